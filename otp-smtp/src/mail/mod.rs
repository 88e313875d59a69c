//! [`Mail`]: a message as a mail server takes it.

mod direction;
mod html;
mod text;

use lettre::{
    Address,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use otp_core::{EmailAddress, Recipient};
use otp_service::Message;
use zeroize::Zeroizing;

use crate::failure::{Failure, Fault, Step};

/// Longest HTML part in bytes; a longer text goes without one. Clients cut long messages, and a code behind the cut is
/// no use.
const MOST_HTML: usize = 8 * 1024;
/// Longest subject in characters: what any client shows, and far from the 998 of a line (RFC 5322, section 2.1.1).
const LONGEST_SUBJECT: usize = 200;

/// Who mail comes from.
pub(crate) struct From {
    pub(crate) address: EmailAddress,
    pub(crate) name: String,
    pub(crate) sender: Address,
}

impl From {
    /// `None` where the address is none that mail can come from.
    pub(crate) fn new(address: EmailAddress, name: String) -> Option<Self> {
        let sender = address.as_str().parse().ok()?;
        Some(Self { address, name, sender })
    }
}

/// A message as a mail server takes it: one sender, one recipient, ASCII lines.
pub(crate) struct Mail {
    pub(crate) from: Address,
    pub(crate) to: Address,
    /// The message ID without its brackets.
    pub(crate) id: String,
    pub(crate) content: Zeroizing<Vec<u8>>,
}

impl Mail {
    pub(crate) fn new(from: &From, message: &Message) -> Result<Self, Failure> {
        let impossible = |why| Fault::Message(why).at(Step::Message);
        let Recipient::Email(to) = &message.to else {
            return Err(impossible("the recipient is no e-mail address"));
        };
        let to: Address =
            to.as_str().parse().map_err(|_| impossible("the recipient's address cannot be mailed to"))?;
        let id = format!("{}@{}", message_id(&message.id), from.address.domain());
        let subject = message.subject.as_ref().map_or(message.app_name.as_str(), |subject| subject.expose());
        let subject = text::line(subject, LONGEST_SUBJECT);
        let body = text::clean(message.body.expose());
        let html = html::page(&html::Page {
            subject: &subject,
            text: &body,
            code: message.code.expose(),
            language: message.language.as_str(),
        });

        let builder = lettre::Message::builder()
            .from(Mailbox::new(Some(from.name.clone()).filter(|name| !name.is_empty()), from.sender.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(subject)
            .message_id(Some(format!("<{id}>")))
            // Nobody's out-of-office answers, and no loop between two programs (RFC 3834, section 5).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            // The same for Exchange, which does not go by RFC 3834.
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("Content-Language", message.language.as_str()));
        let built = if html.len() < MOST_HTML {
            builder.multipart(MultiPart::alternative_plain_html(body.to_string(), html.to_string()))
        } else {
            builder.singlepart(SinglePart::plain(body.trim_end_matches('\n').to_owned()))
        };
        let built = built.map_err(|_| impossible("the message could not be put together"))?;
        let mut content = Zeroizing::new(built.formatted());
        // The end of the last line comes with the final dot.
        if let Some(length) = content.strip_suffix(b"\r\n").map(<[u8]>::len) {
            content.truncate(length);
        }
        if !is_plain(&content) {
            return Err(impossible("the message has a character that mail cannot carry"));
        }
        Ok(Self { from: from.sender.clone(), to, id, content })
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The left side of a message ID: `id` itself where that is a dot-atom (RFC 5322, section 3.2.3), else with the rest
/// spelled out, so that different ids stay different.
fn message_id(id: &str) -> String {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let dotted = id.split('.').all(|part| !part.is_empty());
    let mut left = String::with_capacity(id.len());
    for byte in id.bytes() {
        if atom(byte) || (dotted && byte == b'.') {
            left.push(char::from(byte));
        } else {
            left.push_str(&format!("={byte:02X}"));
        }
    }
    if left.is_empty() { "=".to_owned() } else { left }
}

/// Whether all lines are ASCII and end in CR LF: a bare CR or LF is the end of a message to some servers and not to
/// others.
fn is_plain(content: &[u8]) -> bool {
    let mut previous = 0;
    let pairs = content.iter().all(|&byte| {
        let paired = (previous == b'\r') == (byte == b'\n');
        previous = byte;
        paired
    });
    pairs && previous != b'\r' && content.iter().all(|byte| byte.is_ascii() && *byte != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_are_dot_atoms_and_stay_different() {
        for (id, left) in [
            ("0123456789abcdef0123456789abcdef.2", "0123456789abcdef0123456789abcdef.2"),
            ("a..b", "a=2E=2Eb"),
            (".a", "=2Ea"),
            ("a\r\nBcc: b@example.com", "a=0D=0ABcc=3A=20b=40example.com"),
            ("a=0D", "a=3D0D"),
            ("é", "=C3=A9"),
            ("", "="),
        ] {
            assert_eq!(message_id(id), left, "{id:?}");
        }
    }

    #[test]
    fn bare_line_ends_are_found() {
        for (content, plain) in [
            ("a\r\nb", true),
            ("a\r\n\r\nb", true),
            ("a\r\n.\r\nb", true),
            ("a\nb", false),
            ("a\rb", false),
            ("a\r", false),
            ("\na", false),
            ("a\n.\r\n", false),
            ("a\r\r\n", false),
            ("é", false),
            ("a\0", false),
        ] {
            assert_eq!(is_plain(content.as_bytes()), plain, "{content:?}");
        }
    }
}
