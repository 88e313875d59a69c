//! Accepting connections until told to stop, then letting answers finish.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use otp_service::CancellationToken;
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service as _;

/// How long a client may take for a request's head, and may idle between requests.
const HEAD_LIMIT: Duration = Duration::from_secs(30);
/// How long a request may take from its head to its answer, its body included.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long answers may take to finish after the stop.
const GRACE: Duration = Duration::from_secs(5);
/// The pause after a failed accept: out of file descriptors, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` until `stop`, then takes no new connection and lets the answers at hand finish.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(64 * 1024);
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let connection = connect(&http, stream, peer, router.clone());
        tokio::spawn(graceful.watch(connection));
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped before all answers were given");
    }
}

type Connection<S> = http1::Connection<TokioIo<TcpStream>, S>;

fn connect(
    http: &http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> Connection<
    impl hyper::service::HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send> + use<>,
> {
    // Answers are small: waiting to fill a segment would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut router = router.clone();
        async move {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            match tokio::time::timeout(REQUEST_LIMIT, router.call(request)).await {
                Ok(answered) => answered,
                Err(_) => Ok(too_slow()),
            }
        }
    });
    http.serve_connection(TokioIo::new(stream), service)
}

fn too_slow() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = axum::http::StatusCode::REQUEST_TIMEOUT;
    response
}
