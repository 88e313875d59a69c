//! [`Ending`]: the last line of a text message, for the software that takes the code from it.

use super::{AppHash, MAX_RETRIEVER_BYTES, OriginHost, RenderedText, parse_origin_bound};

/// What a text message ends with, so that a phone can offer the code to the page or app it is meant for, and to no other.
///
/// | ending | last line | read by |
/// |---|---|---|
/// | `OriginBound` | `@example.com #012345`, after an empty line | Safari, Chrome and iOS: WebOTP, `autocomplete="one-time-code"` |
/// | `Retriever` | `FA+9qCX9VSu` | Android's SMS Retriever |
///
/// A message carries one of them: each must be last.
///
/// ```
/// use otp_core::message::{AppHash, Ending, OriginHost};
///
/// let web = Ending::OriginBound { host: OriginHost::new("example.com")?, embedded: None };
/// let text = web.append("012345 is your Acme code.", "012345")?;
/// assert_eq!(text.expose(), "012345 is your Acme code.\n\n@example.com #012345");
///
/// let android = Ending::Retriever { app_hash: AppHash::new("FA+9qCX9VSu")? };
/// assert_eq!(android.append("012345 is your Acme code.", "012345")?.expose(), "012345 is your Acme code.\nFA+9qCX9VSu");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// The code is for a page of this host, or for a frame of `embedded` in it.
    OriginBound {
        /// The host of the page.
        host: OriginHost,
        /// The host of a frame that asks for the code; written with `@` as in the WICG draft, where Apple's pages have `%`.
        embedded: Option<OriginHost>,
    },
    /// The code is for this Android app.
    Retriever {
        /// The app.
        app_hash: AppHash,
    },
}

/// Why an [`Ending`] was not appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndingError {
    /// The text lacks the code, or what is to be the code is none.
    #[error("the text does not hold the code that its ending would name")]
    CodeMissing,
    /// Android would not hand the message to the app.
    #[error("{bytes} bytes with the app hash, of which Android reads at most {MAX_RETRIEVER_BYTES}")]
    TooLong {
        /// Bytes (UTF-8) of the whole message.
        bytes: usize,
    },
}

impl Ending {
    /// `text` with this ending: white space at its end gives way, nothing follows. A text that ends so already is left as
    /// it is.
    ///
    /// # Errors
    ///
    /// [`EndingError`] where the ending would be of no use.
    pub fn append(&self, text: &str, security_code: &str) -> Result<RenderedText, EndingError> {
        let is_code = !security_code.is_empty() && security_code.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_code || !text.contains(security_code) {
            return Err(EndingError::CodeMissing);
        }
        let text = text.trim_end();
        let parts: &[&str] = match self {
            _ if self.ends(text, security_code) => &[text],
            Self::OriginBound { host, embedded: None } => {
                &[text, "\n\n@", host.as_str(), " #", security_code]
            }
            Self::OriginBound { host, embedded: Some(embedded) } => {
                &[text, "\n\n@", host.as_str(), " #", security_code, " @", embedded.as_str()]
            }
            Self::Retriever { app_hash } => &[text, "\n", app_hash.as_str()],
        };
        let bytes = parts.iter().map(|part| part.len()).sum();
        if matches!(self, Self::Retriever { .. }) && bytes > MAX_RETRIEVER_BYTES {
            return Err(EndingError::TooLong { bytes });
        }
        // One allocation of the right size: growing would leave a copy of the code behind in freed memory.
        Ok(RenderedText::new(parts.concat()))
    }

    /// Whether the author of `text` wrote such an ending; the code is compared, so that no host parameter can pass for one.
    fn ends(&self, text: &str, security_code: &str) -> bool {
        match self {
            Self::OriginBound { .. } => {
                parse_origin_bound(text).is_some_and(|read| read.code == security_code)
            }
            Self::Retriever { app_hash } => app_hash.retrieves(text),
        }
    }
}
