//! The same phone number at two tenants: nothing of one counts for the other.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use otp_tests::{Answer, Client, client_of, free_address};
use serde_json::json;

const NUMBER: &str = "+14155550123";

#[test]
fn limits_and_texts_are_the_tenants_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::start(folder.path());
    let mut client = app.client();

    let acme = register(&mut client, "acme", NUMBER);
    assert_eq!((acme.number("code_length"), acme.number("expires_in")), (6, 600));
    assert!(app.message(NUMBER).starts_with("acme-terminal: to +14155550123: Acme: "));

    let again = register(&mut client, "acme", NUMBER);
    assert_eq!((again.status, again.text("code").as_str()), (429, "throttled"));
    let globex = register(&mut client, "globex", NUMBER);
    assert_eq!(globex.status, 200, "throttled at one tenant, not at the other");
    assert_eq!((globex.number("code_length"), globex.number("expires_in")), (8, 180));
    let message = app.message(NUMBER);
    assert!(
        message.starts_with("globex-terminal: to +14155550123: Willkommen bei Globex Bank!"),
        "{message}"
    );
}

#[test]
fn sessions_and_codes_open_nothing_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::start(folder.path());
    let mut client = app.client();
    let acme = app.session(&mut client, "acme");
    let globex = app.session(&mut client, "globex");

    let stolen = verify(&mut client, "globex", &acme);
    assert_eq!((stolen.status, stolen.text("code").as_str()), (400, "session_mismatch"));
    let mixed = Session { code: acme.code.clone(), ..globex.clone() };
    for _ in 0..3 {
        assert_eq!(verify(&mut client, "globex", &mixed).text("code"), "code_invalid");
    }
    assert_eq!(verify(&mut client, "globex", &globex).text("code"), "too_many_checks");

    let status = client
        .post("/t/acme/api/phone/status", &json!({ "phone_number": NUMBER, "session_token": acme.token }));
    assert_eq!(status.expect("an answer").number("checks_left"), 5, "wrong guesses at the other tenant");
    assert_eq!(verify(&mut client, "acme", &acme).status, 200);
}

#[test]
fn proofs_are_for_their_tenant() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::start(folder.path());
    let mut client = app.client();
    let acme = app.session(&mut client, "acme");
    let globex = app.session(&mut client, "globex");
    let proof = verify(&mut client, "acme", &acme).text("proof");

    let refused = sign_up(&mut client, "globex", &proof);
    assert_eq!((refused.status, refused.text("code").as_str()), (401, "proof_invalid"));
    let taken = sign_up(&mut client, "acme", &proof);
    assert_eq!((taken.status, taken.body.as_slice()), (200, &b"+14155550123 is now with acme\n"[..]));
    assert_eq!(sign_up(&mut client, "acme", &proof).text("code"), "proof_already_claimed");

    let proof = verify(&mut client, "globex", &globex).text("proof");
    assert_eq!(sign_up(&mut client, "globex", &proof).body, b"+14155550123 is now with globex\n");
}

#[test]
fn every_message_leaves_through_its_tenants_sender() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::start(folder.path());
    let mut client = app.client();
    let numbers: Vec<_> = (100..120).map(|last| format!("+14155550{last}")).collect();
    for number in &numbers {
        for tenant in ["acme", "globex"] {
            assert_eq!(register(&mut client, tenant, number).status, 200);
        }
    }
    for _ in 0..2 * numbers.len() {
        let message = app.next_message();
        let text = if message.starts_with("acme-terminal: ") { ": Acme: " } else { "Globex Bank" };
        assert!(message.contains(text), "one tenant's text from another's sender: {message}");
        let (_, code) = message.split_once(": to ").expect("a recipient");
        let length = if text == ": Acme: " { 6 } else { 8 };
        assert!(code_of(code, length).is_some(), "{message}");
    }
}

/// The program, and what its senders printed.
struct App {
    child: Child,
    address: SocketAddr,
    messages: Receiver<String>,
}

impl App {
    fn start(folder: &Path) -> Self {
        let address = free_address();
        let mut child = Command::new(env!("CARGO_BIN_EXE_example-multi-tenant"))
            .args([address.to_string(), folder.join("tenants.db").display().to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let stdout = BufReader::new(child.stdout.take().expect("its output is piped"));
        let (sender, messages) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        let app = Self { child, address, messages };
        drop(client_of(address));
        app
    }

    fn client(&self) -> Client {
        Client::connect(self.address).expect("it listens")
    }

    fn next_message(&self) -> String {
        self.messages.recv_timeout(Duration::from_secs(20)).expect("a message")
    }

    fn message(&self, number: &str) -> String {
        let message = self.next_message();
        assert!(message.contains(number), "{message}");
        message
    }

    /// Registers the number with a tenant and reads the code.
    fn session(&self, client: &mut Client, tenant: &str) -> Session {
        let answer = register(client, tenant, NUMBER);
        let length = usize::try_from(answer.number("code_length")).expect("a length");
        let code = code_of(&self.message(NUMBER), length).expect("a code");
        Session { token: answer.text("session_token"), code }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone)]
struct Session {
    token: String,
    code: String,
}

fn register(client: &mut Client, tenant: &str, number: &str) -> Answer {
    let path = format!("/t/{tenant}/api/phone/register");
    client.post(&path, &json!({ "phone_number": number })).expect("an answer")
}

fn verify(client: &mut Client, tenant: &str, session: &Session) -> Answer {
    let body = json!({
        "phone_number": NUMBER,
        "session_token": session.token,
        "security_code": session.code,
    });
    client.post(&format!("/t/{tenant}/api/phone/verify"), &body).expect("an answer")
}

fn sign_up(client: &mut Client, tenant: &str, proof: &str) -> Answer {
    let path = format!("/t/{tenant}/signup");
    client.send("POST", &path, &[("verification-proof", proof)], b"").expect("an answer")
}

fn code_of(message: &str, length: usize) -> Option<String> {
    let mut words = message.split(|c: char| !c.is_ascii_digit());
    words.find(|word| word.len() == length).map(str::to_owned)
}

trait Numbers {
    fn number(&self, member: &str) -> u64;
}

impl Numbers for Answer {
    fn number(&self, member: &str) -> u64 {
        self.json()[member].as_u64().unwrap_or_else(|| panic!("no {member}: {:?}", self.json()))
    }
}
