//! Certificates: who is trusted, and that nothing leaves before that is settled.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use otp_core::FailureClass;
use otp_provider::{BaseUrl, Client, Limits, Request, Secret};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, date_time_ymd};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// An authority, and servers with certificates of it.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A client that trusts this authority and no other.
    fn client(&self) -> Client {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Client::with_tls(Limits::default(), config).unwrap()
    }

    /// A server for this host name that answers 200 and counts the bytes it reads.
    async fn serve(&self, host: &str, is_expired: bool) -> (BaseUrl, Arc<AtomicUsize>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        if is_expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 2, 1);
        }
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let base = format!("https://localhost:{}", listener.local_addr().unwrap().port()).parse().unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut bytes = [0; 4096];
                counter.fetch_add(stream.read(&mut bytes).await.unwrap_or(0), Ordering::SeqCst);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        });
        (base, seen)
    }
}

async fn call(client: &Client, base: &BaseUrl) -> Result<u16, (FailureClass, Option<String>)> {
    let request = Request::get(base.at(["a"])).bearer(&Secret::from("token"));
    let answer = client.call("example", request).await;
    answer.map(|answer| answer.status()).map_err(|error| (error.class, error.code))
}

#[tokio::test]
async fn only_a_valid_certificate_gets_a_request() {
    let (ours, other) = (Authority::new(), Authority::new());
    let client = ours.client();
    let refused = Err((FailureClass::Provider, Some("certificate".to_owned())));

    let (good, seen) = ours.serve("localhost", false).await;
    assert_eq!(call(&client, &good).await, Ok(200));
    assert!(seen.load(Ordering::SeqCst) > 0);

    for (what, (base, seen)) in [
        ("expired", ours.serve("localhost", true).await),
        ("another host's", ours.serve("provider.example", false).await),
        ("an unknown authority's", other.serve("localhost", false).await),
    ] {
        assert_eq!(call(&client, &base).await, refused, "{what}");
        assert_eq!(seen.load(Ordering::SeqCst), 0, "{what}: something left");
    }
    // The platform does not know our authority either.
    assert_eq!(call(&Client::new().unwrap(), &good).await, refused);
}
