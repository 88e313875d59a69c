//! Values against the schemas of an OpenAPI description: as much of them as providers' descriptions use.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The schemas of a document, by their references.
pub(crate) struct Schemas<'a>(pub(crate) &'a Value);

impl Schemas<'_> {
    /// What a reference leads to, or the value itself.
    pub(crate) fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let place = reference.strip_prefix('#').expect("references stay within the document");
                self.resolve(self.0.pointer(place).expect("a reference leads somewhere"))
            }
            None => value,
        }
    }

    /// Every way in which the value is none of the schema's.
    pub(crate) fn check(&self, schema: &Value, value: &Value, name: &str, found: &mut Vec<String>) {
        self.check_known(schema, value, name, found);
        let (Some(known), Some(object)) = (self.members(schema, value), value.as_object()) else { return };
        let unknown = object.keys().filter(|member| !known.contains(*member));
        found.extend(unknown.map(|member| format!("unknown {}", below(name, member))));
    }

    /// The same of a text that may stand for a number or a boolean.
    pub(crate) fn check_text(&self, schema: &Value, text: &str, name: &str, found: &mut Vec<String>) {
        let schema = self.resolve(schema);
        let meant = match schema["type"].as_str() {
            Some("integer" | "number") => text.parse().ok().map(Value::Number),
            Some("boolean") => text.parse().ok().map(Value::Bool),
            _ => None,
        };
        self.check(schema, &meant.unwrap_or_else(|| text.into()), name, found);
    }

    /// The same of pairs of a form or query.
    pub(crate) fn check_pairs(&self, schema: &Value, pairs: &[(String, String)], found: &mut Vec<String>) {
        let schema = self.resolve(schema);
        let mut members = Map::new();
        for (name, text) in pairs {
            let property = self.resolve(&schema["properties"][name]);
            let is_list = property["type"] == "array";
            if !property.is_null() {
                self.check_text(if is_list { &property["items"] } else { property }, text, name, found);
            }
            if members.insert(name.clone(), json!(text)).is_some() && !is_list {
                found.push(format!("{name} is there twice"));
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                found.push(format!("missing {name}"));
            }
        }
        let unknown = members.keys().filter(|name| schema["properties"].get(name).is_none());
        found.extend(unknown.map(|name| format!("unknown {name}")));
    }

    /// All but members that the schema does not know.
    fn check_known(&self, schema: &Value, value: &Value, name: &str, found: &mut Vec<String>) {
        let schema = self.resolve(schema);
        for part in list(schema, "allOf") {
            self.check_known(part, value, name, found);
        }
        if let Some(best) = self.best(schema, value) {
            self.check_known(best, value, name, found);
        }
        if !has_type(schema, value) {
            found.push(format!("{name}: {value} is no {}", schema["type"].as_str().unwrap_or_default()));
            return;
        }
        if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
            found.push(format!("{name}: {value} is none of its values"));
        }
        match value {
            Value::Object(members) => {
                for required in list(schema, "required").filter_map(Value::as_str) {
                    if !members.contains_key(required) {
                        found.push(format!("missing {}", below(name, required)));
                    }
                }
                for (member, value) in members {
                    if let Some(property) = schema["properties"].get(member) {
                        self.check(property, value, &below(name, member), found);
                    }
                }
            }
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate().filter(|_| !schema["items"].is_null()) {
                    self.check(&schema["items"], item, &format!("{name}[{place}]"), found);
                }
            }
            Value::String(text) => {
                let length = text.chars().count() as u64;
                if schema["minLength"].as_u64().is_some_and(|least| length < least) {
                    found.push(format!("{name}: {value} is too short"));
                }
                if schema["maxLength"].as_u64().is_some_and(|most| length > most) {
                    found.push(format!("{name}: {value} is too long"));
                }
                if let Some(pattern) = schema["pattern"].as_str().filter(|pattern| !is_like(pattern, text)) {
                    found.push(format!("{name}: {value} is not like {pattern}"));
                }
            }
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or_default();
                if schema["minimum"].as_f64().is_some_and(|least| number < least) {
                    found.push(format!("{name}: {value} is too little"));
                }
                if schema["maximum"].as_f64().is_some_and(|most| number > most) {
                    found.push(format!("{name}: {value} is too much"));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// The alternative that the value comes closest to.
    fn best<'v>(&'v self, schema: &'v Value, value: &Value) -> Option<&'v Value> {
        let count = |alternative: &&Value| {
            let mut found = Vec::new();
            self.check(alternative, value, "", &mut found);
            found.len()
        };
        list(schema, "oneOf").chain(list(schema, "anyOf")).min_by_key(count)
    }

    /// The members that the schema knows; `None` where it names none.
    fn members(&self, schema: &Value, value: &Value) -> Option<BTreeSet<String>> {
        let schema = self.resolve(schema);
        let own = schema["properties"].as_object().map(|members| members.keys().cloned().collect());
        let parts = list(schema, "allOf").chain(self.best(schema, value));
        let parts = parts.filter_map(|part| self.members(part, value));
        parts.chain(own).reduce(|mut all, more: BTreeSet<String>| {
            all.extend(more);
            all
        })
    }
}

fn list<'v>(schema: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    schema[name].as_array().into_iter().flatten()
}

fn below(name: &str, member: &str) -> String {
    if name.is_empty() { member.to_owned() } else { format!("{name}.{member}") }
}

fn has_type(schema: &Value, value: &Value) -> bool {
    match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        None => true,
        Some(other) => panic!("nobody reads the type {other}"),
    }
}

/// The patterns that descriptions have.
fn is_like(pattern: &str, text: &str) -> bool {
    let hexadecimal = |prefixes: &str| {
        let mut prefixes = prefixes.trim_matches(['(', ')']).split('|');
        prefixes.any(|prefix| {
            let rest = text.strip_prefix(prefix).unwrap_or_default();
            rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    let plain = pattern.trim_start_matches('^').trim_end_matches('$');
    match plain.strip_suffix("[0-9a-fA-F]{32}") {
        Some(prefixes) => hexadecimal(prefixes),
        None if plain == r"\d{7,15}" => {
            (7..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        }
        None if plain == r"[0-9-+\(\)\s]*" => {
            text.bytes().all(|byte| byte.is_ascii_digit() || b"-+() ".contains(&byte))
        }
        None => panic!("nobody reads the pattern {pattern}"),
    }
}
