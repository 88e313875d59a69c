//! A recorded request of a provider's own library, to hold ours against.

use std::{fs, path::Path};

use serde_json::Value;

use super::{Recorded, Reply};

/// One file of `tests/golden` that holds a request: what went over the wire, what counts, and the answer that was given.
#[derive(Debug, Clone)]
pub struct Golden(Value);

impl Golden {
    /// Reads the file.
    ///
    /// # Panics
    ///
    /// Where it is not there or not JSON.
    #[must_use]
    pub fn read(file: impl AsRef<Path>) -> Self {
        let text = fs::read_to_string(file.as_ref()).expect("the golden file is readable");
        Self(serde_json::from_str(&text).expect("the golden file is JSON"))
    }

    /// The whole document.
    #[must_use]
    pub const fn document(&self) -> &Value {
        &self.0
    }

    /// The answer that was given.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let reply = &self.0["reply_used"];
        let status = reply["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        match &reply["body"] {
            Value::Null => Reply::status(status),
            body => Reply::json(status, &body.to_string()),
        }
    }

    /// Every difference between a request of ours and the recorded one: method, path, query, headers that count, body.
    /// The order of form fields does not count; `skipped` names headers and form fields that the caller checks itself.
    #[must_use]
    pub fn differences(&self, ours: &Recorded, skipped: &[&str]) -> Vec<String> {
        let (theirs, compare) = (&self.0["request"], &self.0["compare"]);
        let mut found = Vec::new();
        let mut differ = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                found.push(format!("{what}: ours {ours}, recorded {theirs}"));
            }
        };
        differ("method", ours.method.clone(), text(&theirs["method"]).to_owned());
        differ("path", decoded(ours.path()), decoded(text(&theirs["path"])));
        differ("query", format!("{:?}", ours.query()), format!("{:?}", pairs(&theirs["query"])));

        let ignored = compare["ignore_headers"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let counts = |name: &str| !ignored.iter().any(|ignored| ignored == name) && !skipped.contains(&name);
        let names = theirs["headers"].as_object().into_iter().flat_map(|headers| headers.keys());
        let mut names: Vec<&str> = names.map(String::as_str).collect();
        names.extend(ours.headers.iter().map(|(name, _)| name.as_str()));
        names.sort_unstable();
        names.dedup();
        for name in names.into_iter().filter(|name| counts(name)) {
            let recorded = theirs["headers"][name].as_str();
            differ(name, format!("{:?}", ours.header(name)), format!("{recorded:?}"));
        }

        match text(&compare["body"]) {
            "form-multiset" => {
                let keep = |pairs: Vec<(String, String)>| -> Vec<(String, String)> {
                    pairs.into_iter().filter(|(name, _)| !skipped.contains(&name.as_str())).collect()
                };
                let recorded = keep(pairs(&theirs["body_form"]));
                differ("body", format!("{:?}", keep(ours.form())), format!("{recorded:?}"));
            }
            "json" => {
                let parsed: Option<Value> = serde_json::from_slice(&ours.body).ok();
                let recorded: Option<Value> = match &theirs["body_json"] {
                    Value::Null => serde_json::from_str(text(&theirs["body_text"])).ok(),
                    document => Some(document.clone()),
                };
                differ("body", format!("{parsed:?}"), format!("{recorded:?}"));
            }
            "empty" => differ("body", format!("{} bytes", ours.body.len()), "0 bytes".to_owned()),
            other => differ("compare.body", "form-multiset, json or empty".to_owned(), other.to_owned()),
        }
        found
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `+` and `%2B` are the same in a path.
fn decoded(path: &str) -> String {
    path.replace("%2B", "+")
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let pairs = value.as_array().into_iter().flatten();
    let mut pairs: Vec<_> =
        pairs.map(|pair| (text(&pair[0]).to_owned(), text(&pair[1]).to_owned())).collect();
    pairs.sort();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_found() {
        let golden =
            Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/twilio-message-from.json"));
        let recorded = &golden.document()["request"];
        let header = |name: &str| (name.to_owned(), text(&recorded["headers"][name]).to_owned());
        let same = Recorded {
            method: "POST".to_owned(),
            target: text(&recorded["path"]).to_owned(),
            headers: vec![header("accept"), header("authorization"), header("content-type")],
            body: text(&recorded["body_text"]).into(),
        };
        assert_eq!(golden.differences(&same, &[]), [""; 0]);

        let change = |what: &str, changed: &dyn Fn(&mut Recorded)| {
            let mut ours = same.clone();
            changed(&mut ours);
            let found = golden.differences(&ours, &[]);
            assert!(found.len() == 1 && found[0].starts_with(what), "{what}: {found:?}");
        };
        change("method", &|ours| ours.method = "PUT".to_owned());
        change("path", &|ours| ours.target.push('x'));
        change("query", &|ours| ours.target.push_str("?a=1"));
        change("accept", &|ours| drop(ours.headers.remove(0)));
        change("authorization", &|ours| ours.headers[1].1.push('x'));
        change("x-more", &|ours| ours.headers.push(("x-more".to_owned(), "1".to_owned())));
        change("body", &|ours| ours.body.push(b'x'));
        change("body", &|ours| ours.body.extend_from_slice(b"&More=1"));
    }
}
