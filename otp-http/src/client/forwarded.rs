//! What proxies tell about those they speak for.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderValue};

/// The header in which one's proxies tell the caller's address.
///
/// Only this one is read. A proxy leaves the others as the caller sent them, so believing "any" of them would let every
/// caller choose his address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: client, proxy`; each proxy appends the address it speaks for.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=client, for=proxy` (RFC 7239), in the same order.
    Forwarded,
    /// `X-Real-IP: client`, for proxies that overwrite it.
    XRealIp,
}

impl ForwardedHeader {
    /// Its addresses, last first; `None` for what is no address.
    pub(super) fn addresses(self, headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
        // Read from the end and only as far as needed: the front is the caller's to fill.
        let mut lines = headers.get_all(self.name()).iter();
        // Of two such lines the caller wrote one, and nobody knows which.
        let is_ambiguous = self == Self::XRealIp && headers.get_all(self.name()).iter().count() > 1;
        let mut elements = if is_ambiguous { vec![None] } else { Vec::new() };
        std::iter::from_fn(move || {
            while elements.is_empty() {
                elements = self.elements(lines.next_back()?);
            }
            elements.pop().map(|element: Option<&str>| element.and_then(|element| self.address(element)))
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
            Self::XRealIp => "x-real-ip",
        }
    }

    /// A line's elements, first first; a line that is no text is one element that is no address.
    fn elements(self, line: &HeaderValue) -> Vec<Option<&str>> {
        match (line.to_str(), self) {
            (Err(_), _) => vec![None],
            (Ok(line), Self::Forwarded) => split_outside_quotes(line, ',').into_iter().map(Some).collect(),
            (Ok(line), Self::XForwardedFor) => line.split(',').map(Some).collect(),
            (Ok(line), Self::XRealIp) => vec![Some(line)],
        }
    }

    fn address(self, element: &str) -> Option<IpAddr> {
        match self {
            Self::XForwardedFor | Self::XRealIp => address(element.trim()),
            Self::Forwarded => {
                let mut pairs = split_outside_quotes(element, ';').into_iter().filter_map(|pair| {
                    let (name, value) = pair.trim().split_once('=')?;
                    name.eq_ignore_ascii_case("for").then_some(value)
                });
                let (Some(value), None) = (pairs.next(), pairs.next()) else { return None };
                match value.strip_prefix('"') {
                    Some(quoted) => address(quoted.strip_suffix('"')?),
                    None => address(value),
                }
            }
        }
    }
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Splits at `separator`, but not within a quoted string (RFC 9110, section 5.6.4).
fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (place, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if character == separator && !is_quoted => {
                parts.push(&text[start..place]);
                start = place + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
