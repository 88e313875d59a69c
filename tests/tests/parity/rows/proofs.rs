//! Handlers of the host's that require a verification. `/signup` claims the proof, `/form` looks at it.

use crate::{request::Request, row::Row};

const HEADER: &str = "verification-proof";

pub(crate) fn rows() -> Vec<Row> {
    let verified = |name: &str| {
        Row::new(name).post("/api/phone/register", r#"{"phone_number":"+14155550123"}"#).work().post(
            "/api/phone/verify",
            r#"{"phone_number":"+14155550123","session_token":"$TOKEN","security_code":"$CODE"}"#,
        )
    };
    let signup = || Request::new("POST", "/signup").body("");
    let form = || Request::new("POST", "/form").body("");
    let good = || signup().header(HEADER, "$PROOF");
    let none = |name: &str, request: Request| Row::new(name).send(request);
    let bearer = |scheme: &str| signup().header("authorization", format!("{scheme} $PROOF"));
    vec![
        verified("a proof").send(good()),
        verified("a proof, twice").send(good()).send(good()),
        verified("a proof that is looked at").send(form().header(HEADER, "$PROOF")).send(good()),
        verified("a proof as a bearer token").send(bearer("Bearer")).send(bearer("bearer")),
        verified("a proof with another scheme").send(bearer("Basic")),
        verified("a proof beside a session").send(good().header("authorization", "Bearer a-session")),
        verified("two proofs").send(good().header(HEADER, "$PROOF")),
        verified("a proof with more behind it").send(signup().header(HEADER, "$PROOF.x")),
        verified("a proof, expired").pass(601).send(good()).send(form().header(HEADER, "$PROOF")),
        verified("a proof, the store down").down().send(good()),
        none("no proof", signup()),
        none("no proof to look at", form()),
        none("an empty proof", signup().header(HEADER, "")),
        none("nonsense for a proof", signup().header(HEADER, "nonsense")),
        none("three parts of nonsense for a proof", signup().header(HEADER, "e30.e30.e30")),
        none("a proof that is no text", signup().header(HEADER, b"\xff\xfe")),
        none("a bearer token without a token", signup().header("authorization", "Bearer")),
        none("a long proof", signup().header(HEADER, "x".repeat(16_000))),
        Row::new("a proof of another app")
            .post("/api/email/register", r#"{"email":"alice@example.com"}"#)
            .work()
            .post(
                "/api/email/verify",
                r#"{"email":"alice@example.com","session_token":"$TOKEN","security_code":"$CODE"}"#,
            )
            .send(good()),
    ]
}
