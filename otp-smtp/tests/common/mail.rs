//! Reads mail as a client does: headers unfolded and decoded (RFC 2047), parts decoded (RFC 2045).

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A message or a part of one.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Names in lower case, values unfolded, not decoded; in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Part {
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n") {
            match (line.starts_with([' ', '\t']), headers.last_mut()) {
                (true, Some((_, value))) => value.push_str(line),
                _ => {
                    let (name, value) = line.split_once(": ").expect("a header has a name");
                    headers.push((name.to_ascii_lowercase(), value.to_owned()));
                }
            }
        }
        Self { headers, body: body.to_owned() }
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The only header of this name.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let value = values.next().unwrap_or_else(|| panic!("no header {name}: {:?}", self.headers));
        assert!(values.next().is_none(), "more than one {name}");
        value
    }

    pub(crate) fn parts(&self) -> Vec<Self> {
        let kind = self.header("content-type");
        let boundary = kind.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).expect(kind);
        let delimiter = format!("--{boundary}");
        let mut parts: Vec<_> = self.body.split(&delimiter).skip(1).collect();
        assert!(parts.pop().is_some_and(|end| end.trim_end() == "--"), "a closing delimiter");
        parts
            .iter()
            .map(|part| {
                let part = part.strip_prefix("\r\n").and_then(|part| part.strip_suffix("\r\n"));
                Self::parse(part.expect("delimiters are lines"))
            })
            .collect()
    }

    /// The body as text, its lines ended by LF.
    pub(crate) fn text(&self) -> String {
        let bytes = match self.header("content-transfer-encoding") {
            "7bit" => self.body.clone().into_bytes(),
            "quoted-printable" => from_quoted_printable(&self.body),
            "base64" => STANDARD.decode(self.body.replace("\r\n", "")).expect("base64"),
            other => panic!("an encoding nobody asked for: {other}"),
        };
        String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
    }
}

fn from_quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let mut rest = joined.as_bytes();
    let mut bytes = Vec::new();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'=' {
            let digits = std::str::from_utf8(&tail[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal"));
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    bytes
}

/// Decodes the encoded words of a header.
pub(crate) fn decoded(value: &str) -> String {
    let mut decoded = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.find("=?utf-8?b?") {
        let between = &rest[..start];
        // White space between two encoded words is not part of the text (RFC 2047, section 6.2).
        if !(after_word && between.trim().is_empty()) {
            decoded.push_str(between);
        }
        let word = &rest[start + 10..];
        let end = word.find("?=").expect("an end");
        let bytes = STANDARD.decode(&word[..end]).expect("base64");
        decoded.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        rest = &word[end + 2..];
        after_word = true;
    }
    decoded.push_str(rest);
    decoded
}
