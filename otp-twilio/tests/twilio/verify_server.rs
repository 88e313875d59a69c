//! A stand-in for Verify that has its state: one verification a number, which a second start continues.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use otp_provider::BaseUrl;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::support::SERVICE;

/// Messages and guesses of one verification.
const LIMIT: usize = 5;

/// What Verify knows.
#[derive(Clone, Default)]
pub(crate) struct State {
    verifications: Vec<Verification>,
    /// The next start is done and not answered.
    pub(crate) loses_next: bool,
    /// Cancellations, each answered with a 200.
    pub(crate) canceled: usize,
    /// Whether cancellations do nothing.
    pub(crate) keeps_canceled: bool,
}

#[derive(Clone)]
struct Verification {
    number: String,
    status: &'static str,
    sends: usize,
    guesses: usize,
}

/// The stand-in on loopback. It ends when it is dropped.
pub(crate) struct VerifyServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl VerifyServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move { serve(stream, &state).await.ok() });
            }
        });
        Self { address, state, task }
    }

    pub(crate) fn base(&self) -> BaseUrl {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// What it knows now.
    pub(crate) fn state(&self) -> State {
        self.state.lock().unwrap().clone()
    }

    /// Changes what it knows.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }
}

impl Drop for VerifyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The SID of the verification at this place.
fn sid(place: usize) -> String {
    format!("VE{place:032x}")
}

/// The code that the texts of a verification hold.
pub(crate) fn code_of(sid: &str) -> String {
    let place = usize::from_str_radix(&sid[2..], 16).unwrap();
    (100_000 + place).to_string()
}

impl State {
    /// The SIDs that a number had so far.
    pub(crate) fn sids(&self, number: &str) -> Vec<String> {
        let all = self.verifications.iter().enumerate();
        all.filter(|(_, verification)| verification.number == number).map(|(place, _)| sid(place)).collect()
    }

    fn answer(&mut self, path: &str, form: &[(String, String)]) -> (u16, Value) {
        let field =
            |name: &str| form.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let path = path.strip_prefix(&format!("/v2/Services/{SERVICE}/")).unwrap_or_default();
        match path.split_once('/').unwrap_or((path, "")) {
            ("Verifications", "") => self.begin(field("To").unwrap()),
            ("Verifications", sid) => self.update(sid, field("Status").unwrap()),
            ("VerificationCheck", "") => self.check(field("To").unwrap(), field("Code").unwrap()),
            _ => problem(404, 20404),
        }
    }

    fn running(&self, number: &str) -> Option<usize> {
        let is_running = |found: &Verification| found.number == number && found.status == "pending";
        self.verifications.iter().position(is_running)
    }

    fn begin(&mut self, number: &str) -> (u16, Value) {
        let place = self.running(number).unwrap_or_else(|| {
            let number = number.to_owned();
            self.verifications.push(Verification { number, status: "pending", sends: 0, guesses: 0 });
            self.verifications.len() - 1
        });
        if self.verifications[place].sends == LIMIT {
            return problem(429, 60203);
        }
        self.verifications[place].sends += 1;
        (201, self.resource(place, false))
    }

    fn update(&mut self, reference: &str, status: &str) -> (u16, Value) {
        let status = if status == "approved" { "approved" } else { "canceled" };
        let place = (0..self.verifications.len()).find(|place| sid(*place) == reference);
        let Some(place) = place.filter(|place| self.verifications[*place].status == "pending") else {
            return problem(404, 20404);
        };
        self.canceled += usize::from(status == "canceled");
        if !self.keeps_canceled {
            self.verifications[place].status = status;
        }
        (200, self.resource(place, false))
    }

    fn check(&mut self, number: &str, code: &str) -> (u16, Value) {
        let Some(place) = self.running(number) else { return problem(404, 20404) };
        if self.verifications[place].guesses == LIMIT {
            return problem(429, 60202);
        }
        self.verifications[place].guesses += 1;
        let is_right = code == code_of(&sid(place));
        if is_right {
            self.verifications[place].status = "approved";
        }
        (200, self.resource(place, is_right))
    }

    fn resource(&self, place: usize, is_valid: bool) -> Value {
        let Verification { number, status, sends, .. } = &self.verifications[place];
        let attempts: Vec<Value> = (0..*sends)
            .map(|send| json!({"channel": "sms", "attempt_sid": format!("VL{send:032x}")}))
            .collect();
        json!({
            "sid": sid(place), "service_sid": SERVICE, "to": number, "channel": "sms", "status": status,
            "valid": is_valid, "send_code_attempts": attempts,
        })
    }
}

fn problem(status: u16, code: u32) -> (u16, Value) {
    (status, json!({"code": code, "message": "...", "status": status}))
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
        while read.len() < end + length {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let path = String::from_utf8_lossy(&read[..end]).split(' ').nth(1).unwrap_or_default().to_owned();
        let form: Vec<_> = form_urlencoded::parse(&read[end..end + length]).into_owned().collect();
        read.drain(..end + length);
        let (status, body, is_lost) = {
            let mut state = state.lock().unwrap();
            let (status, body) = state.answer(&path, &form);
            (status, body.to_string(), std::mem::take(&mut state.loses_next))
        };
        if is_lost {
            return Ok(());
        }
        let head = format!(
            "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all([head, body].concat().as_bytes()).await?;
    }
}
