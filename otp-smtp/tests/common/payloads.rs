//! Line ends, and what somebody would like a mail server to read behind them.

use otp_core::message::RenderedText;
use otp_service::Message;

const BREAKS: [&str; 20] = [
    "\r\n",
    "\n",
    "\r",
    "\n\r",
    "\r\n\r\n",
    "\n\n",
    "\r\r",
    "\r\n.\r\n",
    "\n.\n",
    "\n.\r\n",
    "\r\n.\n",
    "\r.\r",
    "\r\n ",
    "\0\r\n",
    "\u{b}\r\n",
    "\u{c}\n",
    "\u{85}",
    "\u{2028}",
    "%0d%0a",
    "=?utf-8?q?=0d=0a?=",
];

const WORDS: [&str; 25] = [
    "RCPT TO:<evil@example.net>",
    "MAIL FROM:<evil@example.net>",
    "RSET",
    "QUIT",
    "DATA",
    "RSET\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<evil@example.net>\r\nDATA\r\nevil\r\n.\r\n",
    "NOOP\nRCPT TO:<evil@example.net>",
    "Bcc: evil@example.net",
    "bcc : evil@example.net",
    "Cc: evil@example.net",
    "To: evil@example.net",
    "Resent-To: evil@example.net",
    "From: evil@example.net",
    "Sender: evil@example.net",
    "Reply-To: evil@example.net",
    "Subject: evil",
    "Message-ID: <evil@example.net>",
    "Content-Type: text/html",
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nevil\r\n--x--",
    "MIME-Version: 9",
    "X-Evil: yes",
    ", evil@example.net",
    "> , <evil@example.net>",
    "<evil@example.net>",
    ".",
];

/// All pairs of the two.
pub(crate) fn payloads() -> Vec<String> {
    let payloads: Vec<_> = BREAKS
        .iter()
        .flat_map(|line_end| WORDS.iter().map(move |words| format!("a{line_end}{words}{line_end}b")))
        .collect();
    assert_eq!(payloads.len(), 500);
    payloads
}

/// Puts a text into one field of a message.
pub(crate) type Field = fn(&mut Message, &str);

pub(crate) const FIELDS: [(&str, Field); 6] = [
    ("id", |message, text| message.id = text.to_owned()),
    ("app name", |message, text| {
        message.app_name = text.to_owned();
        message.subject = None;
    }),
    ("subject", |message, text| message.subject = Some(RenderedText::new(text.to_owned()))),
    ("body", |message, text| message.body = RenderedText::new(text.to_owned())),
    ("code", |message, text| message.code = RenderedText::new(text.to_owned())),
    ("code in body", |message, text| {
        message.body = RenderedText::new(format!("The code is {text} today."));
        message.code = RenderedText::new(text.to_owned());
    }),
];
