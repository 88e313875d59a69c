//! [`Fields`]: the parameters of a request to a webhook, read strictly.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value};

/// The most parameters read: a receipt has fifteen.
const MOST_FIELDS: usize = 64;

/// Names and values, in the order they came; each name is there once.
///
/// A text is refused where two readers might disagree about it (a name twice, a pair without `=`, escapes in two
/// spellings, a name that would be ambiguous in the signed text): whoever changes a byte of a signed request must not
/// get the same parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a query or an `application/x-www-form-urlencoded` body.
    pub(crate) fn from_form(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut fields = Self::default();
        if has_two_spellings(text) {
            return None;
        }
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=')?;
            fields.push(decode(name)?, decode(value)?)?;
        }
        Some(fields)
    }

    /// Of a JSON object whose values are texts or integers.
    pub(crate) fn from_json(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.iter().find(|(present, _)| *present == name).map(|(_, value)| value)
    }

    /// As an object, to read a receipt from.
    pub(crate) fn to_value(&self) -> Value {
        Value::Object(self.iter().map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>())
    }

    /// As the text of an object in the order they came, without white space: what Vonage hashes for a `GET`.
    pub(crate) fn to_json(&self) -> String {
        let pairs: Vec<_> = self
            .iter()
            .map(|(name, value)| format!("{}:{}", Value::from(name), Value::from(value)))
            .collect();
        format!("{{{}}}", pairs.join(","))
    }

    fn push(&mut self, name: String, value: String) -> Option<()> {
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if !is_name || self.0.len() == MOST_FIELDS || self.find(&name).is_some() {
            return None;
        }
        self.0.push((name, value));
        Some(())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts and integers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    let value = match value {
                        Value::String(text) => text,
                        Value::Number(number) if number.is_i64() => number.to_string(),
                        _ => return Err(A::Error::custom("neither text nor integer")),
                    };
                    fields.push(name, value).ok_or_else(|| A::Error::custom("not a list of parameters"))?;
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// `+` is a space, `%41` is `A`; no other byte than printable ASCII is taken, and `=` only between name and value.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            b'=' | b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => return None,
            byte if byte.is_ascii_graphic() => byte,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Whether escapes are written `%3A` here and `%3a` there: an encoder does one of the two.
fn has_two_spellings(text: &str) -> bool {
    let escapes = text.split('%').skip(1).map(|rest| rest.get(..2).map_or(Cow::Borrowed(""), Cow::Borrowed));
    let (mut lower, mut upper) = (false, false);
    for escape in escapes {
        lower |= escape.bytes().any(|b| b.is_ascii_lowercase());
        upper |= escape.bytes().any(|b| b.is_ascii_uppercase());
    }
    lower && upper
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let pairs = |pairs: &[(&str, &str)]| {
            Some(Fields(
                pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ))
        };
        for (text, fields) in [
            ("a=1&b=2", pairs(&[("a", "1"), ("b", "2")])),
            ("a=", pairs(&[("a", "")])),
            ("a=x+y%20z%26%3D%2B", pairs(&[("a", "x y z&=+")])),
            ("a=%C5%BD%F0%9F%90%8E", pairs(&[("a", "Ž🐎")])),
            ("a=%c5%bd", pairs(&[("a", "Ž")])),
            ("", None),
            ("a", None),
            ("a=1&", None),
            ("&a=1", None),
            ("a=1&&b=2", None),
            ("a=1&a=2", None),
            ("a=1=2", None),
            ("=1", None),
            ("a%26b=1", None),
            ("a%3Db=1", None),
            ("a b=1", None),
            ("a=%", None),
            ("a=%4", None),
            ("a=%+1", None),
            ("a=%zz", None),
            ("a=%C5", None),
            ("a=%3A%3a", None),
            ("a=1\n", None),
            ("a=é", None),
            ("a={1}", None),
        ] {
            assert_eq!(Fields::from_form(text.as_bytes()), fields, "{text}");
        }
        let many: Vec<_> = (0..=MOST_FIELDS).map(|n| format!("a{n}=1")).collect();
        assert!(Fields::from_form(many[1..].join("&").as_bytes()).is_some());
        assert!(Fields::from_form(many.join("&").as_bytes()).is_none());
    }

    #[test]
    fn objects() {
        let fields = Fields::from_json(br#"{"b":"x \"y\"","a":-7,"c":"\u017d/"}"#).unwrap();
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("b", "x \"y\""), ("a", "-7"), ("c", "Ž/")]);
        assert_eq!(fields.to_json(), r#"{"b":"x \"y\"","a":"-7","c":"Ž/"}"#);
        for bad in [
            "",
            "1",
            "[]",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":true}"#,
            r#"{"a":{}}"#,
            r#"{"a":null}"#,
            r#"{"&":1}"#,
        ] {
            assert_eq!(Fields::from_json(bad.as_bytes()), None, "{bad}");
        }
    }
}
