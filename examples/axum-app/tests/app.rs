//! The application as its users meet it.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use otp_tests::{Client, client_of, free_address};
use serde_json::json;

struct App {
    child: Child,
    address: SocketAddr,
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl App {
    fn start(database: &std::path::Path) -> Self {
        let address = free_address();
        let child = Command::new(env!("CARGO_BIN_EXE_example-axum-app"))
            .args([address.to_string(), database.display().to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let app = Self { child, address };
        drop(client_of(address));
        app
    }
}

#[test]
fn its_own_routes_and_the_mounted_ones_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut app = App::start(&folder.path().join("shop.db"));
    let mut client = Client::connect(app.address).expect("it listens");
    assert_eq!(client.get("/").expect("an answer").body, b"Welcome to Acme\n");

    let number = "+14155550123";
    let answer = client.post("/api/phone/register", &json!({ "phone_number": number })).expect("an answer");
    assert_eq!(answer.status, 200);
    let mut message = String::new();
    BufReader::new(app.child.stdout.take().expect("piped")).read_line(&mut message).expect("the message");
    let code = message.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).expect("a code");
    let body = json!({
        "phone_number": number,
        "session_token": answer.text("session_token"),
        "security_code": code,
    });
    let answer = client.post("/api/phone/verify", &body).expect("an answer");
    assert_eq!((answer.status, answer.text("message").as_str()), (200, "Security code is valid."));
    assert_eq!(client.get("/api/phone/nowhere").expect("an answer").text("code"), "not_found");
}
