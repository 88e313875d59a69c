//! Accepting connections until told to stop, then letting answers finish.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use otp_http::ApiError;
use otp_service::CancellationToken;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

/// How long a client may take for a request's head, and may idle between requests.
const HEAD_LIMIT: Duration = Duration::from_secs(30);
/// How long a request may take from its head to its answer, its body included.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long a connection lives. A client that never reads its answers is gone after this and [`GRACE`].
const CONNECTION_LIFE: Duration = Duration::from_secs(300);
/// How long answers may take to finish after the stop, or after the end of their connection's life.
const GRACE: Duration = Duration::from_secs(5);
/// Connections at a time: fewer than the usual limit of 1,024 open files, so that the database and providers find some.
const CONNECTIONS: usize = 900;
/// The pause after a failed accept: out of file descriptors, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` until `stop`, then takes no new connection and lets the answers at hand finish.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let (places, connections) = (Arc::new(Semaphore::new(CONNECTIONS)), TaskTracker::new());
    while let Some(place) = stop.run_until_cancelled(Arc::clone(&places).acquire_owned()).await {
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            let _place = place;
            answer(stream, peer, router, stop).await;
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Answers one connection's requests until it ends, its life is over, or `stop`.
async fn answer(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    // Answers are small: waiting to fill a segment would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut router = router.clone();
        async move {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            match tokio::time::timeout(REQUEST_LIMIT, router.call(request)).await {
                Ok(answered) => answered,
                Err(_) => Ok::<_, Infallible>(too_slow()),
            }
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(64 * 1024);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // A client that breaks off or sends no HTTP is no news.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(CONNECTION_LIFE) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(GRACE, connection).await;
}

fn too_slow() -> Response {
    let answer: axum::http::Response<_> = otp_http::Response::from(ApiError::RequestTimeout).into();
    answer.map(Body::from)
}
