//! The accounts of the example applications as their owners, and others, meet them: the same stories under every web
//! framework. Each takes the path of the application's program.

mod program;

use std::path::PathBuf;

use program::{NUMBER, Program, Unhurried};
use serde_json::json;

use crate::databases::Database;

const ADA: &str = "ada@example.org";

/// An example application to start.
#[derive(Debug)]
pub struct App {
    program: PathBuf,
    database: Option<String>,
}

impl App {
    /// With its data at this URL instead of in a file.
    #[must_use]
    pub fn on(mut self, database: &Database) -> Self {
        self.database = Some(database.url().to_owned());
        self
    }
}

impl From<&str> for App {
    fn from(program: &str) -> Self {
        Self { program: program.into(), database: None }
    }
}

/// An account is made with a proof of the phone, once.
///
/// # Panics
///
/// When the application does otherwise.
pub fn signup_needs_a_verified_phone(app: impl Into<App>) {
    let mut app = Program::start(&app.into());
    assert_eq!(app.get("/").body, b"Welcome to Acme\n");
    let form = json!({ "name": "ada", "email": ADA, "password": "first" });
    let refused = app.post("/signup", None, &form);
    assert_eq!((refused.status, refused.text("code").as_str()), (401, "proof_missing"));

    let proof = app.phone_proof("signup", NUMBER);
    let malformed = json!({ "name": "ada", "email": "nobody", "password": "first" });
    assert_eq!(app.post("/signup", Some(&proof), &malformed).status, 400, "and costs no proof");
    let created = app.post("/signup", Some(&proof), &form);
    assert_eq!((created.status, created.body.as_slice()), (201, &b"welcome, ada\n"[..]));

    let another = json!({ "name": "eve", "email": "eve@example.org", "password": "first" });
    let refused = app.post("/signup", Some(&proof), &another);
    assert_eq!((refused.status, refused.text("code").as_str()), (409, "proof_already_claimed"));
}

/// A login takes the password and then a proof of the phone.
///
/// # Panics
///
/// When the application does otherwise.
pub fn login_needs_the_password_and_the_phone(app: impl Into<App>) {
    let mut app = Program::start(&app.into());
    app.sign_up("ada", ADA);
    let wrong = app.post("/login", None, &json!({ "name": "ada", "password": "guess" }));
    let nobody = app.post("/login", None, &json!({ "name": "nobody", "password": "guess" }));
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.unhurried(), nobody.unhurried());

    let login = app.post("/login", None, &json!({ "name": "ada", "password": "first" })).text("login");
    let finish = json!({ "login": login });
    assert_eq!(app.post("/login/finish", None, &finish).text("code"), "proof_missing");
    let other = app.phone_proof("login", "+14155550199");
    assert_eq!(app.post("/login/finish", Some(&other), &finish).status, 403, "another phone");

    let proof = app.phone_proof("login", NUMBER);
    assert_eq!(app.post("/login/finish", Some(&proof), &json!({ "login": "0" })).status, 403, "no password");
    let signup = json!({ "name": "eve", "email": ADA, "password": "first" });
    assert_eq!(app.post("/signup", Some(&proof), &signup).text("code"), "proof_invalid", "another purpose");
    let done = app.post("/login/finish", Some(&proof), &finish);
    assert_eq!((done.status, done.body.as_slice()), (200, &b"ada is logged in\n"[..]));
    assert_eq!(app.post("/login/finish", Some(&proof), &finish).status, 403, "a login ends once");
}

/// A reset answers the same for addresses that have an account and those that have none.
///
/// # Panics
///
/// When the application does otherwise.
pub fn reset_tells_nobody_who_has_an_account(app: impl Into<App>) {
    let mut app = Program::start(&app.into());
    app.sign_up("ada", ADA);
    let unknown = "bob@example.org";
    for expected in [200, 429] {
        let known = app.post("/reset/start", None, &json!({ "email": ADA }));
        let other = app.post("/reset/start", None, &json!({ "email": unknown }));
        assert_eq!(known.status, expected);
        assert_eq!(known.unhurried(), other.unhurried());
    }
    let code = app.code(ADA);
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..2 {
        let known = app.post("/reset/verify", None, &json!({ "email": ADA, "security_code": wrong }));
        let other = app.post("/reset/verify", None, &json!({ "email": unknown, "security_code": code }));
        assert_eq!((known.status, known.text("code").as_str()), (400, "code_invalid"));
        assert_eq!(known.unhurried(), other.unhurried());
    }

    let right = json!({ "email": ADA, "security_code": code });
    let proof = app.post("/reset/verify", None, &right).text("proof");
    assert_eq!(app.post("/reset/verify", None, &right).text("code"), "code_invalid", "a code counts once");
    let form = json!({ "name": "ada", "password": "second" });
    assert_eq!(app.post("/reset", None, &form).text("code"), "proof_missing");
    let stranger = json!({ "name": "eve", "password": "second" });
    assert_eq!(app.post("/reset", Some(&proof), &stranger).status, 403, "another's account");
    let done = app.post("/reset", Some(&proof), &form);
    assert_eq!((done.status, done.body.as_slice()), (200, &b"the new password is set\n"[..]));
    let reused = app.post("/reset", Some(&proof), &form);
    assert_eq!((reused.status, reused.text("code").as_str()), (409, "proof_already_claimed"));
    assert_eq!(app.post("/login", None, &json!({ "name": "ada", "password": "first" })).status, 401);
    assert_eq!(app.post("/login", None, &json!({ "name": "ada", "password": "second" })).status, 200);
    assert!(!app.was_sent_to(unknown));
}
