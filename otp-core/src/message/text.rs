//! [`RenderedText`]: a text that holds a code.

use std::fmt;

use zeroize::Zeroizing;

/// A text ready to send. It holds the code, so it keeps out of logs: `Debug` is redacted, there is neither
/// `Display` nor `Serialize`, and the memory is overwritten when it is dropped.
///
/// A sender reads it with [`expose`](Self::expose) at the moment it writes its request.
///
/// ```
/// use otp_core::message::RenderedText;
///
/// let text = RenderedText::new("Your code is 012345".to_owned());
/// assert_eq!(text.expose(), "Your code is 012345");
/// assert_eq!(format!("{text:?}"), "RenderedText([redacted])");
/// ```
///
/// ```compile_fail
/// # use otp_core::message::RenderedText;
/// println!("{}", RenderedText::new("Your code is 012345".to_owned()));
/// ```
#[derive(Clone)]
pub struct RenderedText(Zeroizing<String>);

impl RenderedText {
    /// Takes a text that was rendered elsewhere (an HTML body, a test message).
    ///
    /// Build `text` with enough capacity: a `String` that grew left copies behind that nothing overwrites.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, code included. Not for logs, errors or metrics.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RenderedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RenderedText([redacted])")
    }
}
