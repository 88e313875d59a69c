//! The program, what its sender printed, and what its clients do.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::App;
use crate::{Answer, Client, client_of, free_address};

pub(crate) const NUMBER: &str = "+14155550123";

pub(crate) struct Program {
    child: Child,
    client: Client,
    lines: Receiver<String>,
    seen: Vec<String>,
    _folder: TempDir,
}

impl Program {
    pub(crate) fn start(app: &App) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let address = free_address();
        let file = folder.path().join("accounts.db").display().to_string();
        let mut child = Command::new(&app.program)
            .args([address.to_string(), app.database.clone().unwrap_or(file)])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let stdout = BufReader::new(child.stdout.take().expect("its output is piped"));
        let (sender, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        Self { child, client: client_of(address), lines, seen: Vec::new(), _folder: folder }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.client.get(path).expect("an answer")
    }

    pub(crate) fn post(&mut self, path: &str, proof: Option<&str>, body: &Value) -> Answer {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(proof.map(|proof| ("verification-proof", proof)));
        self.client.send("POST", path, &headers, body.to_string().as_bytes()).expect("an answer")
    }

    /// Waits for the code sent to this recipient.
    pub(crate) fn code(&mut self, recipient: &str) -> String {
        let start = format!("to {recipient}: ");
        let mut is_theirs = false;
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(20)).expect("a message");
            is_theirs |= line.starts_with(&start);
            let text = line.strip_prefix(&start).unwrap_or(&line).to_owned();
            self.seen.push(line);
            let code = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6);
            if let Some(code) = code.filter(|_| is_theirs) {
                return code.to_owned();
            }
        }
    }

    /// Whether a message to this recipient was printed until now.
    pub(crate) fn was_sent_to(&mut self, recipient: &str) -> bool {
        self.seen.extend(self.lines.try_iter());
        self.seen.iter().any(|line| line.contains(recipient))
    }

    /// Verifies a phone for a purpose, as its owner.
    pub(crate) fn phone_proof(&mut self, purpose: &str, number: &str) -> String {
        let path = format!("/api/{purpose}");
        let session = self.post(&format!("{path}/register"), None, &json!({ "phone_number": number }));
        let code = self.code(number);
        let token = session.text("session_token");
        let body = json!({ "phone_number": number, "session_token": token, "security_code": code });
        let proof = self.post(&format!("{path}/verify"), None, &body).text("proof");
        assert!(!proof.is_empty(), "no proof for {purpose}");
        proof
    }

    /// Makes an account with the password "first".
    pub(crate) fn sign_up(&mut self, name: &str, email: &str) {
        let proof = self.phone_proof("signup", NUMBER);
        let form = json!({ "name": name, "email": email, "password": "first" });
        assert_eq!(self.post("/signup", Some(&proof), &form).status, 201);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is equal whoever asks: an answer without the time it was given at.
pub(crate) trait Unhurried {
    fn unhurried(self) -> Answer;
}

impl Unhurried for Answer {
    fn unhurried(mut self) -> Answer {
        for (name, value) in &mut self.headers {
            if matches!(name.as_str(), "date" | "retry-after") {
                value.clear();
            }
        }
        let mut body = self.json();
        if let Some(pause) = body.get_mut("retry_after") {
            *pause = Value::Null;
            self.body = body.to_string().into_bytes();
        }
        self
    }
}
