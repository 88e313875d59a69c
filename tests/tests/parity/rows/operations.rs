//! What operators ask.

use crate::{
    request::{JSON, Request},
    row::Row,
};

const PERSON: &str = r#"{"phone_number":"+14155550123"}"#;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for path in ["/healthz", "/readyz", "/openapi.json"] {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "BREW"] {
            rows.push(Row::new(format!("{method} {path}")).send(Request::new(method, path)));
        }
        for target in [format!("{path}/"), format!("{path}?verbose"), format!("{path}//"), format!("/{path}")]
        {
            rows.push(Row::new(format!("GET {target}")).send(Request::new("GET", &target)));
        }
    }
    for target in
        ["/%68ealthz", "/healthz%2F", "/healthz/x", "/Healthz", "/v1/healthz", "/readyz%00", "/openapi"]
    {
        rows.push(Row::new(format!("GET {target}")).send(Request::new("GET", target)));
    }
    let get = |target: &str| Request::new("GET", target);
    rows.extend([
        Row::new("a body that is not asked for").send(Request::post("/healthz", JSON, "{")),
        Row::new("a long body that is not asked for").send(get("/healthz").body("x".repeat(20_000))),
        Row::new("ready: the store is down").down().send(get("/readyz")).send(get("/healthz")),
        Row::new("ready: the store is down, HEAD").down().send(Request::new("HEAD", "/readyz")),
        Row::new("ready: messages wait")
            .post("/api/phone/register", PERSON)
            .pass(60)
            .send(get("/readyz"))
            .pass(1)
            .send(get("/readyz"))
            .work()
            .send(get("/readyz")),
    ]);
    rows
}
