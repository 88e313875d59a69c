//! A provider's OpenAPI description, to hold our requests against.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{Recorded, schema::Schemas};

/// One file of `tests/golden` that holds an OpenAPI description.
#[derive(Debug, Clone)]
pub struct Description(Value);

/// An operation of a description: its template and what it takes.
struct Operation<'a> {
    template: &'a str,
    path: &'a Value,
    said: &'a Value,
}

impl Description {
    /// Reads the file.
    ///
    /// # Panics
    ///
    /// Where it is not there or not JSON.
    #[must_use]
    pub fn read(file: impl AsRef<Path>) -> Self {
        let text = fs::read_to_string(file.as_ref()).expect("the description is readable");
        Self(serde_json::from_str(&text).expect("the description is JSON"))
    }

    /// Method and path of the operation that the request is one of: `POST /v2/verify/{request_id}`.
    #[must_use]
    pub fn operation(&self, request: &Recorded) -> Option<String> {
        self.find(request).map(|operation| format!("{} {}", request.method, operation.template))
    }

    /// Every way in which the request is none of its operation's: `missing To`, `unknown workflow[0].code`,
    /// `Status: "done" is none of its values`.
    #[must_use]
    pub fn violations(&self, request: &Recorded) -> Vec<String> {
        let Some(operation) = self.find(request) else {
            return vec![format!("no operation {} {}", request.method, request.path())];
        };
        let schemas = Schemas(&self.0);
        let mut found = Vec::new();

        let both = [operation.path, operation.said].into_iter();
        let parameters: Vec<_> = both
            .flat_map(|place| place["parameters"].as_array().into_iter().flatten())
            .map(|parameter| schemas.resolve(parameter))
            .collect();
        let within =
            |place: &'static str| parameters.iter().filter(move |parameter| parameter["in"] == place);
        let values = variables(operation.template, request.path()).unwrap_or_default();
        for parameter in within("path") {
            let name = text(&parameter["name"]);
            let value = values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
            schemas.check_text(&parameter["schema"], value, name, &mut found);
        }
        let query = json!({
            "properties": within("query").map(|parameter| (text(&parameter["name"]).to_owned(), parameter["schema"].clone()))
                .collect::<serde_json::Map<_, _>>(),
            "required": within("query").filter(|parameter| parameter["required"] == true)
                .map(|parameter| parameter["name"].clone()).collect::<Vec<_>>(),
        });
        schemas.check_pairs(&query, &request.query(), &mut found);

        let body = schemas.resolve(&operation.said["requestBody"]);
        let content = body["content"].as_object();
        let kind = request.header("content-type").unwrap_or_default();
        match content.and_then(|content| content.get(kind)) {
            Some(content) if kind == "application/json" => match serde_json::from_slice(&request.body) {
                Ok(value) => schemas.check(&content["schema"], &value, "", &mut found),
                Err(_) => found.push("the body is no JSON".to_owned()),
            },
            Some(content) => schemas.check_pairs(&content["schema"], &request.form(), &mut found),
            None if request.body.is_empty() && body["required"] != true => {}
            None => found.push(format!("a body of type {kind:?}")),
        }
        found
    }

    fn find(&self, request: &Recorded) -> Option<Operation<'_>> {
        let method = request.method.to_ascii_lowercase();
        let paths = self.0["paths"].as_object()?.iter();
        let mut fitting: Vec<_> = paths
            .filter_map(|(template, path)| {
                let variables = variables(template, request.path())?;
                let said = path.get(&method)?;
                Some((variables.len(), Operation { template, path, said }))
            })
            .collect();
        // The one with the fewest variables is meant.
        fitting.sort_by_key(|(variables, _)| *variables);
        fitting.into_iter().next().map(|(_, operation)| operation)
    }
}

/// How many requests each file of a crate's `src` makes, by name: whoever writes another one is reminded to hold it against
/// a description.
///
/// # Panics
///
/// Where the folder cannot be read.
#[must_use]
pub fn requests_made_in(source: impl AsRef<Path>) -> Vec<(String, usize)> {
    let mut made = Vec::new();
    for entry in fs::read_dir(source.as_ref()).expect("the source is there") {
        let path = entry.expect("an entry").path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let text = fs::read_to_string(&path).expect("the source is readable");
        let requests = |method| text.matches(&format!("Request::{method}(")).count();
        let count: usize = ["get", "post", "delete"].into_iter().map(requests).sum();
        if count > 0 {
            made.push((name.to_owned(), count));
        }
    }
    made.sort();
    made
}

/// The values of a template's variables in a path of its shape.
fn variables(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (ours, theirs): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
    if ours.len() != theirs.len() {
        return None;
    }
    let mut values = Vec::new();
    for (ours, theirs) in ours.into_iter().zip(theirs) {
        let Some((before, rest)) = theirs.split_once('{') else {
            if ours == theirs {
                continue;
            }
            return None;
        };
        let (name, after) = rest.split_once('}')?;
        let value = ours.strip_prefix(before)?.strip_suffix(after).filter(|value| !value.is_empty())?;
        values.push((name.to_owned(), value.replace("%2B", "+")));
    }
    Some(values)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_found() {
        let file = |name: &str| {
            Description::read(format!("{}/../tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR")))
        };
        let (messages, verify) = (file("twilio-messages"), file("vonage-verify-v2"));
        let request = |method: &str, target: &str, kind: &str, body: &str| Recorded {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.into(),
        };
        let (form, json) = ("application/x-www-form-urlencoded", "application/json");
        let account = "/2010-04-01/Accounts/AC00000000000000000000000000000001";
        let post = |body: &str| {
            messages.violations(&request("POST", &format!("{account}/Messages.json"), form, body))
        };
        for (body, expected) in [
            ("To=%2B447700900000&From=Acme&ValidityPeriod=300&SmartEncoded=true", vec![]),
            ("From=Acme", vec!["missing To"]),
            ("To=1&Test=1", vec!["unknown Test"]),
            ("To=1&ValidityPeriod=soon", vec!["ValidityPeriod: \"soon\" is no integer"]),
            ("To=1&SmartEncoded=yes", vec!["SmartEncoded: \"yes\" is no boolean"]),
            (
                "To=1&MessagingServiceSid=MG1",
                vec![
                    "MessagingServiceSid: \"MG1\" is too short",
                    "MessagingServiceSid: \"MG1\" is not like ^MG[0-9a-fA-F]{32}$",
                ],
            ),
            ("To=1&RiskCheck=maybe", vec!["RiskCheck: \"maybe\" is none of its values"]),
        ] {
            assert_eq!(post(body), expected, "{body}");
        }
        for (method, path) in
            [("PUT", "/Messages.json"), ("POST", "/Messages"), ("POST", "/Messages/a/b.json")]
        {
            let found = messages.violations(&request(method, &format!("{account}{path}"), form, "To=1"));
            assert!(found.len() == 1 && found[0].starts_with("no operation"), "{found:?}");
        }
        assert_eq!(post("").len(), 1);

        let start = |body: Value| verify.violations(&request("POST", "/v2/verify", json, &body.to_string()));
        let step = json!({"channel": "sms", "to": "447700900000"});
        for (body, expected) in [
            (json!({"brand": "Acme", "workflow": [step]}), vec![]),
            (json!({"brand": "Acme", "workflow": [step], "code": "123456"}), vec!["unknown code"]),
            (json!({"brand": "Acme"}), vec!["missing workflow"]),
            (json!({"brand": 7, "workflow": [step]}), vec!["brand: 7 is no string"]),
            (json!({"brand": "Acme", "workflow": [{"channel": "sms"}]}), vec!["missing workflow[0].to"]),
            (
                json!({"brand": "Acme", "workflow": [step], "channel_timeout": 5}),
                vec!["channel_timeout: 5 is too little"],
            ),
        ] {
            assert_eq!(start(body.clone()), expected, "{body}");
        }
        let checked = request("POST", "/v2/verify/c11236f4", json, r#"{"code": "123"}"#);
        assert_eq!(verify.operation(&checked).as_deref(), Some("POST /v2/verify/{request_id}"));
        assert_eq!(verify.violations(&checked), ["code: \"123\" is too short"]);
        assert_eq!(verify.violations(&request("POST", "/v2/verify", json, "code")), ["the body is no JSON"]);
        assert_eq!(verify.violations(&request("POST", "/v2/verify", form, "a=b")).len(), 1);
    }
}
