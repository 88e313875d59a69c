//! Certificates of an authority made for one test run.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};

/// Names the good certificates are for.
pub const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "test authority");
        let key = KeyPair::generate().expect("a key");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("an authority") }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub fn good(&self) -> Identity {
        self.issue(&NAMES, |_| {})
    }

    pub fn for_another_name(&self) -> Identity {
        self.issue(&["mail.example.net", "127.0.0.2"], |_| {})
    }

    pub fn expired(&self) -> Identity {
        self.issue(&NAMES, |params| params.not_after = date_time_ymd(2020, 1, 1))
    }

    pub fn not_yet_valid(&self) -> Identity {
        self.issue(&NAMES, |params| params.not_before = date_time_ymd(2999, 1, 1))
    }

    fn issue(&self, names: &[&str], change: impl Fn(&mut CertificateParams)) -> Identity {
        let (params, key) = leaf(names, change);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Identity { certificate, key: key.serialize_pem() }
    }
}

/// A certificate that vouches for itself.
pub fn self_signed() -> Identity {
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
