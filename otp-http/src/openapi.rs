//! The OpenAPI document, made from the tables that requests go by.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::ErrorCode,
    fields::{Field, Takes},
    request::BODY_LIMIT,
    route::{Kind, Member, Route, Verb},
};

/// What can go wrong with every body.
const BODY_ERRORS: [ErrorCode; 5] = [
    ErrorCode::InvalidRequest,
    ErrorCode::UnsupportedMediaType,
    ErrorCode::PayloadTooLarge,
    ErrorCode::RequestTimeout,
    ErrorCode::Unavailable,
];

/// Puts the OpenAPI 3.1 document of the mounted apps together.
///
/// ```
/// # fn example(phone: otp_http::VerificationApp) {
/// let document = otp_http::OpenApi::new("Acme").mount("/api/phone", &phone).document();
/// assert!(document["paths"]["/api/phone/register"]["post"].is_object());
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is put together by `document`"]
pub struct OpenApi {
    title: String,
    paths: Map<String, Value>,
}

impl OpenApi {
    /// A document of this title without calls.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), paths: Map::new() }
    }

    /// Adds the calls of an app at `mount`, `""` for the root.
    pub fn mount(mut self, mount: &str, app: &impl App) -> Self {
        self.paths.extend(app.paths(mount.trim_end_matches('/')));
        self
    }

    /// The document.
    #[must_use]
    pub fn document(self) -> Value {
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": self.title,
                "version": env!("CARGO_PKG_VERSION"),
                "description": "One-time-code verification of phone numbers and e-mail addresses.",
            },
            "paths": self.paths,
            "components": { "schemas": { "Problem": problem() } },
        })
    }
}

/// The path items of an app's routes.
pub(crate) fn paths<C>(routes: &[Route<C>], mount: &str, tag: &str) -> Map<String, Value> {
    let item = |route: &Route<C>| {
        let method = match route.verb {
            Verb::Read => "get",
            Verb::Act | Verb::Report => "post",
        };
        (format!("{mount}/{}", route.path), json!({ method: operation(route, tag) }))
    };
    routes.iter().map(item).collect()
}

fn operation<C>(route: &Route<C>, tag: &str) -> Value {
    let mut operation = json!({
        "operationId": format!("{tag}_{}", route.path.replace(['/', '.', '-'], "_")),
        "summary": route.summary,
        "tags": [tag],
        "responses": responses(route),
    });
    if !route.fields.is_empty() {
        let schema = body(route);
        operation["requestBody"] = json!({
            "required": true,
            "description": format!("At most {BODY_LIMIT} bytes."),
            "content": {
                "application/json": { "schema": schema },
                "application/x-www-form-urlencoded": { "schema": schema },
            },
        });
    }
    if route.is_idempotent {
        operation["parameters"] = json!([
            header(
                "Idempotency-Key",
                "The same key and body within 24 hours give the same answer and no second \
                message.",
                json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" })
            ),
            header("Accept-Language", "The language of the message.", json!({ "type": "string" })),
        ]);
    }
    operation
}

fn header(name: &str, about: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "header", "required": false, "description": about, "schema": schema })
}

fn body<C>(route: &Route<C>) -> Value {
    let properties: Map<_, _> =
        route.fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<_> =
        route.fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(field: &Field) -> Value {
    let kind = match field.takes {
        Takes::Text | Takes::PhoneNumber => json!("string"),
        Takes::Code => json!(["string", "integer"]),
    };
    let mut property = json!({ "type": kind, "description": field.about });
    if !field.example.is_empty() {
        property["examples"] = json!([field.example]);
    }
    property
}

fn responses<C>(route: &Route<C>) -> Value {
    let answer: Map<_, _> =
        route.answer.iter().map(|member| (member.name.to_owned(), described(member))).collect();
    let names: Vec<_> = route.answer.iter().map(|member| member.name).collect();
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({
            "description": route.summary,
            "content": { "application/json": { "schema": {
                "type": "object", "properties": answer, "required": names,
            } } },
        }),
    );
    let mut by_status: BTreeMap<String, Vec<ErrorCode>> = BTreeMap::new();
    for code in errors(route) {
        by_status.entry(code.status().as_str().to_owned()).or_default().push(code);
    }
    responses.extend(by_status.into_iter().map(|(status, codes)| (status, problems(&codes))));
    responses.into()
}

fn errors<C>(route: &Route<C>) -> Vec<ErrorCode> {
    let mut errors = route.errors.to_vec();
    if !route.fields.is_empty() {
        errors.extend(BODY_ERRORS);
    }
    let names = |name: &str| route.fields.iter().any(|field| field.name == name);
    errors.extend((names("phone_number") || names("phone")).then_some(ErrorCode::InvalidPhoneNumber));
    errors.extend(names("email").then_some(ErrorCode::InvalidEmail));
    errors.push(ErrorCode::MethodNotAllowed);
    errors
}

fn problems(codes: &[ErrorCode]) -> Value {
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let lines: Vec<_> = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.detail())).collect();
    json!({
        "description": lines.join("\n\n"),
        "content": { "application/problem+json": { "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "code": { "enum": names } } },
            ],
        } } },
    })
}

fn described(member: &Member) -> Value {
    let mut schema = match member.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Integer => json!({ "type": "integer", "minimum": 0 }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::OneOf(texts) => json!({ "type": "string", "enum": texts }),
        Kind::Objects => json!({ "type": "array", "items": { "type": "object" } }),
    };
    schema["description"] = member.about.into();
    schema
}

/// The schema of every problem document.
fn problem() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let statuses: std::collections::BTreeSet<_> =
        ErrorCode::ALL.iter().map(|code| code.status().as_u16()).collect();
    json!({
        "type": "object",
        "description": "RFC 9457. Of a field's problems there is a member of the field's name as well.",
        "properties": {
            "type": { "type": "string", "format": "uri-reference", "examples": ["/problems/code_invalid"] },
            "title": { "type": "string" },
            "status": { "type": "integer", "enum": statuses },
            "detail": { "type": "string" },
            "code": { "type": "string", "enum": codes },
            "non_field_errors": texts,
            "errors": { "type": "object", "additionalProperties": texts },
            "checks_left": { "type": "integer", "minimum": 0 },
            "retry_after": { "type": "integer", "minimum": 1, "description": "Seconds, as in Retry-After." },
            "class": { "type": "string" },
            "other_channel": { "type": "string", "description": "The channel that may reach the recipient." },
            "message": { "type": "string", "description": "Of a code that the account calls refuse." },
            "verified": { "const": false },
            "success": { "const": false },
        },
        "required": ["type", "title", "status", "detail", "code"],
    })
}
