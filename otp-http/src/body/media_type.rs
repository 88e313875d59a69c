//! What a body says it is.

use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};

/// The media types that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    Json,
    Form,
}

impl MediaType {
    /// `None` for everything but JSON and forms, uncompressed and in UTF-8.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let (Some(only), None) = (types.next(), types.next()) else { return None };
        let plain = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
        if !headers.get_all(CONTENT_ENCODING).iter().all(plain) {
            return None;
        }
        Self::parse(only.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let essence = parts.next()?;
        let media_type = if essence.eq_ignore_ascii_case("application/json") {
            Self::Json
        } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::Form
        } else {
            return None;
        };
        parts.filter(|parameter| !parameter.is_empty()).all(is_legal).then_some(media_type)
    }
}

/// Whether the parameter leaves the body in UTF-8. Parameters of other names mean nothing here.
fn is_legal(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    !name.eq_ignore_ascii_case("charset") || value.eq_ignore_ascii_case("utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_forms_in_utf_8_are_read() {
        for (text, expected) in [
            ("application/json", Some(MediaType::Json)),
            ("Application/JSON; Charset=UTF-8", Some(MediaType::Json)),
            ("application/json;charset=\"utf-8\"", Some(MediaType::Json)),
            ("application/json ; charset=utf-8 ;", Some(MediaType::Json)),
            ("application/json; profile=x", Some(MediaType::Json)),
            ("application/x-www-form-urlencoded; charset=utf-8", Some(MediaType::Form)),
            ("application/json; charset=utf-16", None),
            ("application/json; charset=iso-8859-1", None),
            ("application/json; charset=utf-8; charset=utf-7", None),
            ("application/json; charset", None),
            ("application/json, text/plain", None),
            ("application/problem+json", None),
            ("application/jsonp", None),
            ("text/json", None),
            ("text/plain", None),
            ("multipart/form-data; boundary=x", None),
            ("", None),
        ] {
            assert_eq!(MediaType::parse(text), expected, "{text}");
        }
    }
}
