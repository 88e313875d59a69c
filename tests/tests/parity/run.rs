//! Runs rows through both servers.

use std::{collections::BTreeSet, fmt::Write as _, net::SocketAddr, time::Duration};

use otp_core::Purpose;
use otp_service::Worker;
use serde_json::Value;

use crate::{
    request::shown,
    row::{Agreement, Row, Step},
    servers,
    service::Service,
    wire::{self, Answer},
};

/// Runs `rows` and returns what was asked and answered.
///
/// # Panics
///
/// When the frameworks differ anywhere, with all differences.
pub(crate) fn run(rows: Vec<Row>) -> String {
    let mut sides = [Service::new(), Service::new()].map(Side::new);
    sides[0].address = servers::axum(servers::router(&sides[0].service));
    sides[1].address = servers::actix(1, servers::configure(&sides[1].service));
    let names: BTreeSet<_> = rows.iter().map(|row| row.name.clone()).collect();
    assert_eq!(names.len(), rows.len(), "every row has a name of its own");

    let (mut told, mut differences) = (format!("{} rows\n", rows.len()), String::new());
    for row in rows {
        let [axum, actix] = [0, 1].map(|side| sides[side].play(&row));
        if !agree(&row.agreement, &axum, &actix) {
            let _ =
                writeln!(differences, "\n# {}\n\naxum:\n{}\nactix:\n{}", row.name, text(&axum), text(&actix));
        }
        let _ = match row.agreement {
            Agreement::Whole => writeln!(told, "\n# {}\n\n{}", row.name, text(&axum).trim_end()),
            Agreement::Status(why) | Agreement::Refusal(why) => writeln!(
                told,
                "\n# {}\n({why})\n\naxum:\n{}\nactix:\n{}",
                row.name,
                text(&axum).trim_end(),
                text(&actix).trim_end()
            ),
        };
    }
    assert!(differences.is_empty(), "the frameworks differ:\n{differences}");
    told
}

/// One framework's server, and what its service told so far.
struct Side {
    service: Service,
    address: SocketAddr,
    runtime: tokio::runtime::Runtime,
    tokens: Vec<String>,
    accounts: Vec<String>,
    /// The newest.
    proof: String,
}

/// What one step showed.
#[derive(PartialEq)]
struct Scene {
    asked: String,
    answers: Vec<Answer>,
}

fn agree(agreement: &Agreement, axum: &[Scene], actix: &[Scene]) -> bool {
    let statuses = |scenes: &[Scene]| -> Vec<u16> {
        scenes.iter().flat_map(|scene| scene.answers.iter().map(|answer| answer.status)).collect()
    };
    match agreement {
        Agreement::Whole => axum == actix,
        Agreement::Status(_) => statuses(axum) == statuses(actix),
        Agreement::Refusal(_) => [axum, actix].map(statuses).concat().iter().all(|status| *status >= 400),
    }
}

fn text(scenes: &[Scene]) -> String {
    scenes.iter().fold(String::new(), |mut text, scene| {
        text.push_str(&scene.asked);
        if scene.answers.is_empty() && scene.asked.starts_with('>') {
            text.push_str("< (closed)\n");
        }
        scene.answers.iter().for_each(|answer| text.push_str(&answer.to_string()));
        text
    })
}

impl Side {
    fn new(service: Service) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self {
            service,
            address: ([127, 0, 0, 1], 0).into(),
            runtime: runtime.expect("a runtime"),
            tokens: Vec::new(),
            accounts: Vec::new(),
            proof: String::new(),
        }
    }

    fn play(&mut self, row: &Row) -> Vec<Scene> {
        self.service.reset();
        self.tokens.clear();
        self.accounts.clear();
        self.proof.clear();
        row.steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: &Step) -> Scene {
        let told = |asked: String| Scene { asked: format!("{asked}\n"), answers: Vec::new() };
        match step {
            Step::Send(request) => {
                let bytes = request.bytes(|text| self.fill(text));
                Scene { asked: request.to_string(), answers: self.exchange(&bytes, request.is_cut) }
            }
            Step::Bytes(bytes) => {
                Scene { asked: format!("> {}\n", shown(bytes)), answers: self.exchange(bytes, false) }
            }
            Step::Work => told(self.work()),
            Step::Pass(seconds) => {
                self.service.clock.advance(Duration::from_secs(*seconds));
                told(format!("- {seconds} s pass"))
            }
            Step::Fail(class) => {
                self.service.sender.fail_next([*class]);
                told(format!("- the next message fails: {}", class.as_str()))
            }
            Step::Down => {
                self.service.store.set(None);
                told("- the store is down".to_owned())
            }
            Step::NoAccounts => {
                self.service.accounts.set(None);
                told("- the accounts are down".to_owned())
            }
        }
    }

    /// Sends what is queued, and tells the last message.
    fn work(&self) -> String {
        let before = self.service.sender.messages().len();
        let worker = Worker::new(&self.service.verifier);
        self.runtime.block_on(worker.run_once()).expect("the store answers");
        let messages = self.service.sender.messages();
        let Some(message) = messages[before..].last() else { return "- nothing to send".to_owned() };
        let code = message.code.expose();
        let spoken = code.chars().map(String::from).collect::<Vec<_>>().join(", ");
        let text = message.body.expose().replace(code, "<code>").replace(&spoken, "<code>");
        let (to, channel) = (message.to.as_str(), message.channel.as_str());
        format!("- sent by {channel} to {to} in {}: {}", message.language, shown(text.as_bytes()))
    }

    fn exchange(&mut self, bytes: &[u8], is_cut: bool) -> Vec<Answer> {
        let answers = wire::exchange(self.address, bytes, is_cut);
        answers.into_iter().map(|answer| Answer { body: self.named(answer.body), ..answer }).collect()
    }

    /// The body with names in place of what is random by design.
    fn named(&mut self, body: String) -> String {
        let Ok(Value::Object(members)) = serde_json::from_str(&body) else { return body };
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let mut named = body.clone();
        if let Some(token) = text("session_token") {
            assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
            named = named.replace(token, &format!("<session token {}>", place(&mut self.tokens, token)));
        }
        if let Some(id) = text("id") {
            assert!(
                id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()),
                "{id}"
            );
            named = named.replace(id, &format!("<account {}>", place(&mut self.accounts, id)));
        }
        if let Some(proof) = text("proof") {
            let verifier = &self.service.verifier;
            let claims = verifier.proofs().open(proof, &Purpose::default(), verifier.now());
            let mut claims = serde_json::to_value(claims.expect("a good proof")).expect("claims are JSON");
            assert_eq!(claims["jti"].take().as_str().map(str::len), Some(22), "128 random bits");
            named = named.replace(proof, &format!("<proof of {claims}>"));
            proof.clone_into(&mut self.proof);
        }
        named
    }

    /// A body or header with what this service told in place of names.
    fn fill(&self, body: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(body) else { return body.to_vec() };
        if !text.contains('$') {
            return body.to_vec();
        }
        let code = self.service.sender.messages().last().map(|message| message.code.expose().to_owned());
        let code = code.unwrap_or_default();
        let wrong: String = code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect();
        let token = |token: Option<&String>| token.cloned().unwrap_or_default();
        text.replace("$TOKEN", &token(self.tokens.last()))
            .replace("$FIRST", &token(self.tokens.first()))
            .replace("$CODE", &code)
            .replace("$WRONG", &wrong)
            .replace("$PROOF", &self.proof)
            .into_bytes()
    }
}

/// The place of `text` among those told so far, from 1.
fn place(told: &mut Vec<String>, text: &str) -> usize {
    let known = told.iter().position(|known| known == text);
    known.unwrap_or_else(|| {
        told.push(text.to_owned());
        told.len() - 1
    }) + 1
}
