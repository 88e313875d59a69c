//! Certificates of an authority made for one test run.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};

/// Names the good certificates are for.
pub(crate) const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "test authority");
        let key = KeyPair::generate().expect("a key");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("an authority") }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(crate) fn good(&self) -> Identity {
        self.issue(&NAMES, |_| {})
    }

    pub(crate) fn for_another_name(&self) -> Identity {
        self.issue(&["mail.example.net", "127.0.0.2"], |_| {})
    }

    pub(crate) fn expired(&self) -> Identity {
        self.issue(&NAMES, |params| params.not_after = date_time_ymd(2020, 1, 1))
    }

    pub(crate) fn not_yet_valid(&self) -> Identity {
        self.issue(&NAMES, |params| params.not_before = date_time_ymd(2999, 1, 1))
    }

    fn issue(&self, names: &[&str], change: impl Fn(&mut CertificateParams)) -> Identity {
        let (params, key) = leaf(names, change);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Identity { certificate, key: key.serialize_pem() }
    }
}

/// A certificate that vouches for itself.
pub(crate) fn self_signed() -> Identity {
    let (params, key) = leaf(&NAMES, |_| {});
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    Identity { certificate, key: key.serialize_pem() }
}

fn leaf(names: &[&str], change: impl Fn(&mut CertificateParams)) -> (CertificateParams, KeyPair) {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("legal names");
    change(&mut params);
    (params, KeyPair::generate().expect("a key"))
}
