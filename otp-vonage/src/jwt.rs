//! JSON Web Tokens: RS256 for requests of an application, HS256 from signed webhooks.

use std::fmt;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use otp_core::Timestamp;
use otp_provider::Secret;
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::signature::hex;

/// How long a request's token is good, in seconds: as in Vonage's own libraries (the API takes up to a day).
const TOKEN_LIFE: i64 = 900;
/// `{"alg":"RS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";

/// Why a text is no private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the private key is not a PEM block of an RSA key of 2048 to 4096 bits (\"BEGIN PRIVATE KEY\")")]
pub struct InvalidPrivateKey;

/// A token could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request's token could not be signed")]
pub(crate) struct Unsigned;

/// An application's identity: its id and its private key.
pub(crate) struct Application {
    id: String,
    key: RsaKeyPair,
}

impl Application {
    /// `pem` is PKCS#8 or PKCS#1. White space around it and `\n` written as two characters, as environment files have
    /// it, do no harm.
    pub(crate) fn new(id: String, pem: &Secret) -> Result<Self, InvalidPrivateKey> {
        Ok(Self { id, key: private_key(pem)? })
    }

    /// Whether [`Application::new`] would take the key.
    pub(crate) fn check(pem: &Secret) -> Result<(), InvalidPrivateKey> {
        private_key(pem).map(drop)
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// A token for one request. `random` makes its id.
    pub(crate) fn token(&self, now: Timestamp, random: [u8; 16]) -> Result<Secret, Unsigned> {
        let iat = now.as_seconds();
        let claims = serde_json::json!({
            "application_id": self.id,
            "iat": iat,
            "jti": uuid(random),
            "exp": iat + TOKEN_LIFE,
        });
        let mut token = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| Unsigned)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(Secret::new(token))
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Application([redacted])")
    }
}

fn private_key(pem: &Secret) -> Result<RsaKeyPair, InvalidPrivateKey> {
    let (label, der) = decode_pem(pem.expose()).ok_or(InvalidPrivateKey)?;
    let key = match label {
        Label::Pkcs8 => RsaKeyPair::from_pkcs8(&der),
        Label::Pkcs1 => RsaKeyPair::from_der(&der),
    };
    key.map_err(|_| InvalidPrivateKey)
}

/// What a webhook's token claims.
#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iat: i64,
    pub(crate) jti: String,
    pub(crate) iss: String,
    pub(crate) api_key: String,
    pub(crate) application_id: Option<String>,
    pub(crate) payload_hash: Option<String>,
}

/// The claims of a token that `secret` signed with HS256; no other algorithm is known here.
pub(crate) fn open(token: &str, secret: &Secret) -> Option<Claims> {
    #[derive(Deserialize)]
    struct Header {
        alg: String,
        typ: Option<String>,
        crit: Option<serde_json::Value>,
    }

    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    // Strict base64: a signature has one spelling.
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::verify(&key, signed.as_bytes(), &signature).ok()?;

    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    // RFC 7515, section 4.1.11: whoever does not understand what `crit` names must refuse.
    let is_plain = header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT")) && header.crit.is_none();
    if header.alg != "HS256" || !is_plain {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

#[derive(Clone, Copy)]
enum Label {
    Pkcs8,
    Pkcs1,
}

fn decode_pem(text: &str) -> Option<(Label, Zeroizing<Vec<u8>>)> {
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    for (label, name) in [(Label::Pkcs8, "PRIVATE KEY"), (Label::Pkcs1, "RSA PRIVATE KEY")] {
        let (begin, end) = (format!("-----BEGIN {name}-----"), format!("-----END {name}-----"));
        let block = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end));
        if let Some((block, _)) = block {
            let mut base64 = Zeroizing::new(String::with_capacity(block.len()));
            base64.extend(block.chars().filter(|c| !c.is_ascii_whitespace()));
            return Some((label, Zeroizing::new(STANDARD.decode(base64.as_bytes()).ok()?)));
        }
    }
    None
}

/// RFC 9562, version 4.
fn uuid(mut random: [u8; 16]) -> String {
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    let mut text = hex(&random);
    for at in [20, 16, 12, 8] {
        text.insert(at, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = include_str!("../../tests/golden/test-only-rsa-private.pem");

    fn application(pem: &str) -> Result<Application, InvalidPrivateKey> {
        Application::new("aaaaaaaa-bbbb-cccc-dddd-0123456789ab".to_owned(), &Secret::from(pem))
    }

    #[test]
    fn keys_as_people_paste_them() {
        let (_, pkcs8) = decode_pem(PEM).unwrap();
        // RFC 5958: behind version, algorithm (13 bytes of content) and the octet string's head lies PKCS#1.
        let pkcs1 = STANDARD.encode(&pkcs8[26..]);
        for (what, pem, good) in [
            ("as it is", PEM.to_owned(), true),
            ("carriage returns", PEM.replace('\n', "\r\n"), true),
            ("in one line of an environment file", PEM.replace('\n', "\\n"), true),
            ("with text around", format!("key:\n{PEM}\nend"), true),
            (
                "PKCS#1",
                format!("-----BEGIN RSA PRIVATE KEY-----\n{pkcs1}\n-----END RSA PRIVATE KEY-----"),
                true,
            ),
            ("nothing", String::new(), false),
            ("no block", "a key".to_owned(), false),
            ("cut", PEM[..PEM.len() / 2].to_owned(), false),
            ("another kind", PEM.replace("PRIVATE", "PUBLIC"), false),
            ("empty block", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----".to_owned(), false),
            ("not base64", PEM.replace('M', "*"), false),
            ("one letter changed", PEM.replacen("MII", "MIJ", 1), false),
        ] {
            assert_eq!(application(&pem).is_ok(), good, "{what}");
        }
    }

    #[test]
    fn a_token_for_each_request() {
        let application = application(PEM).unwrap();
        let now = Timestamp::from_millis(1_795_290_258_999);
        let tokens = [[0; 16], [1; 16]].map(|random| application.token(now, random).unwrap());
        assert_ne!(tokens[0].expose(), tokens[1].expose());

        let claims = tokens[0].expose().split('.').nth(1).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        let expected = serde_json::json!({
            "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
            "iat": 1_795_290_258,
            "exp": 1_795_291_158,
            "jti": "00000000-0000-4000-8000-000000000000",
        });
        assert_eq!(claims, expected);
        assert_eq!(format!("{application:?}"), "Application([redacted])");
    }

    #[test]
    fn only_plain_hs256_opens() {
        let secret = Secret::from("a secret of thirty-two bytes or more");
        let claims = r#"{"iat":1,"jti":"a","iss":"Vonage","api_key":"abcd1234"}"#;
        let token = |header: &str, claims: &str| {
            let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
        };
        for (header, claims, good) in [
            (r#"{"alg":"HS256","typ":"JWT"}"#, claims, true),
            (r#"{"alg":"HS256"}"#, claims, true),
            (r#"{"alg":"none"}"#, claims, false),
            (r#"{"alg":"hs256"}"#, claims, false),
            (r#"{"alg":"RS256"}"#, claims, false),
            (r#"{"alg":"HS256","alg":"none"}"#, claims, false),
            (r#"{"alg":"HS256","typ":"JWE"}"#, claims, false),
            (r#"{"alg":"HS256","crit":["b64"]}"#, claims, false),
            (r#"{"typ":"JWT"}"#, claims, false),
            ("", claims, false),
            (r#"{"alg":"HS256"}"#, "{}", false),
            (r#"{"alg":"HS256"}"#, r#"{"iat":1,"iat":2,"jti":"a","iss":"Vonage","api_key":"a"}"#, false),
            (r#"{"alg":"HS256"}"#, r#"{"iat":"1","jti":"a","iss":"Vonage","api_key":"a"}"#, false),
        ] {
            assert_eq!(open(&token(header, claims), &secret).is_some(), good, "{header} {claims}");
        }
        let good = token(r#"{"alg":"HS256"}"#, claims);
        for bad in
            ["", ".", "..", &good[1..], &good[..good.len() - 1], &format!("{good}="), &format!("a.{good}")]
        {
            assert!(open(bad, &secret).is_none(), "{bad}");
        }
    }
}
