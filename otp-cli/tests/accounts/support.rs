//! A server as a process, and HTTP as bytes.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// The longest a test waits for anything.
const LIMIT: Duration = Duration::from_secs(20);

/// `otp serve` on a free port and in a folder of its own, with console senders. Dropping it kills the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    child: Child,
}

impl Server {
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_with(&[], variables)
    }

    /// With more arguments than `serve`.
    pub(crate) fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let file = |name| File::create(folder.path().join(name)).unwrap();
        let child = otp(folder.path())
            .arg("serve")
            .args(arguments)
            .env("OTP_BIND", address.to_string())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(file("console"))
            .stderr(file("log"))
            .spawn()
            .unwrap();
        let mut server = Self { address, folder, child };
        for _ in 0..2_000 {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended with {status}: {}", server.text("log"));
            }
            if TcpStream::connect(address).is_ok() {
                return server;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the server does not listen: {}", server.text("log"));
    }

    /// Runs `otp` with these arguments against the server: exit status, stdout, stderr.
    pub(crate) fn client(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = otp(self.folder.path());
        command.args(arguments).arg("--server").arg(format!("http://localhost:{}", self.address.port()));
        output(command)
    }

    /// The code of message number `count` to `recipient`, as it stands on the console.
    pub(crate) fn code(&self, recipient: &str, count: usize) -> String {
        let sign = format!("to {recipient} | OTP: ");
        for _ in 0..2_000 {
            let console = self.text("console");
            let codes = console.lines().filter_map(|line| line.split_once(&sign)).map(|(_, code)| code);
            if let Some(code) = codes.map(|code| code[..6].to_owned()).nth(count - 1) {
                return code;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("no message {count} on the console: {}", self.text("console"));
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, in `folder` and without any variables.
pub(crate) fn otp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otp"));
    command.current_dir(folder).env_clear();
    command
}

pub(crate) fn output(mut command: Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().expect("no signal ended it"), text(output.stdout), text(output.stderr))
}

/// A kept-alive connection.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends these bytes and reads one answer.
    pub(crate) fn send(&mut self, request: &[u8]) -> (u16, Value) {
        self.0.get_mut().write_all(request).unwrap();
        let (mut status, mut length) = (String::new(), 0);
        self.0.read_line(&mut status).unwrap();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap();
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status[9..12].parse().unwrap(), serde_json::from_slice(&body).unwrap())
    }

    pub(crate) fn post(&mut self, call: &str, body: &Value) -> (u16, Value) {
        self.send(request(call, &body.to_string()).as_bytes())
    }
}

/// The request that `curl -X POST "http://localhost:8000/api/v1/..." -H "Content-Type: application/json" -d '...'`
/// sends.
pub(crate) fn request(call: &str, body: &str) -> String {
    format!(
        "POST /api/v1/{call} HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
