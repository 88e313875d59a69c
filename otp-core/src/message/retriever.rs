//! Codes that Android hands to one app only: the last word is the app's hash (SMS Retriever).

use std::{fmt, str::FromStr, sync::Arc};

use sha2::{Digest, Sha256};

/// Most bytes (UTF-8) of a message that Android hands to an app (Google Play services, SMS Retriever API).
pub const MAX_RETRIEVER_BYTES: usize = 140;

/// Characters of an [`AppHash`].
const LENGTH: usize = 11;

/// Why a text is no [`AppHash`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an app hash takes 11 of the characters A-Z, a-z, 0-9, '+' and '/', like \"FA+9qCX9VSu\"")]
pub struct InvalidAppHash;

/// Names an Android app and the certificate it is signed with. It is no secret: every message shows it.
///
/// An app that Google Play signs has the hash of Play's certificate, not of the upload key; a debug build has another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppHash(Arc<str>);

impl AppHash {
    /// Takes the 11 characters.
    ///
    /// # Errors
    ///
    /// [`InvalidAppHash`].
    pub fn new(hash: &str) -> Result<Self, InvalidAppHash> {
        let is_legal = hash.len() == LENGTH && hash.bytes().all(|byte| BASE64.contains(&byte));
        if is_legal { Ok(Self(hash.into())) } else { Err(InvalidAppHash) }
    }

    /// The hash of an app: of its package name and its signing certificate in DER (`keytool -exportcert`).
    ///
    /// SHA-256 over the name, a space and the certificate in small hexadecimal digits; of that the first 11 characters
    /// in Base64.
    ///
    /// ```
    /// use otp_core::message::AppHash;
    ///
    /// let certificate = b"the DER of a certificate";
    /// assert_eq!(AppHash::of("com.example.app", certificate).as_str(), "CooQzTxBMGN");
    /// ```
    #[must_use]
    pub fn of(package_name: &str, signing_certificate_der: &[u8]) -> Self {
        let mut hash = Sha256::new_with_prefix(package_name);
        hash.update(" ");
        for byte in signing_certificate_der {
            hash.update(format!("{byte:02x}"));
        }
        let digest = hash.finalize();
        let (triples, _) = digest.as_chunks::<3>();
        let characters = triples.iter().flat_map(|triple| base64(*triple)).take(LENGTH);
        Self(characters.collect::<String>().into())
    }

    /// The hash as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Android hands `message` to this app: at most [`MAX_RETRIEVER_BYTES`], and the hash is its last word.
    #[must_use]
    pub fn retrieves(&self, message: &str) -> bool {
        let last = message.rsplit(|c: char| c.is_ascii_whitespace()).next();
        message.len() <= MAX_RETRIEVER_BYTES && last == Some(self.as_str())
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64([a, b, c]: [u8; 3]) -> [char; 4] {
    let bits = u32::from_be_bytes([0, a, b, c]);
    [18, 12, 6, 0].map(|shift| char::from(BASE64[(bits >> shift & 63) as usize]))
}

impl FromStr for AppHash {
    type Err = InvalidAppHash;

    fn from_str(hash: &str) -> Result<Self, InvalidAppHash> {
        Self::new(hash)
    }
}

impl fmt::Display for AppHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
