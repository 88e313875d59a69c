//! An HTTP/1.1 client of one connection: little enough to cost a load run nothing.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::{Value, json};

/// The longest a test waits for an answer.
const LIMIT: Duration = Duration::from_secs(20);

/// A kept-alive connection.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A text member of the body; empty where there is none.
    #[must_use]
    pub fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_default().to_owned()
    }

    /// The first header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { address, stream: open(address)? })
    }

    /// Posts JSON; connects again once where the server closed the idle connection.
    ///
    /// # Errors
    ///
    /// What broke the connection.
    pub fn post(&mut self, path: &str, body: &Value) -> io::Result<Answer> {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// Registers a phone number.
    ///
    /// # Errors
    ///
    /// What broke the connection.
    pub fn register(&mut self, number: &str) -> io::Result<Answer> {
        self.post("/api/phone/register", &json!({ "phone_number": number }))
    }

    /// Brings a code.
    ///
    /// # Errors
    ///
    /// What broke the connection.
    pub fn verify(&mut self, number: &str, token: &str, code: &str) -> io::Result<Answer> {
        let body = json!({ "phone_number": number, "session_token": token, "security_code": code });
        self.post("/api/phone/verify", &body)
    }

    /// Gets.
    ///
    /// # Errors
    ///
    /// What broke the connection.
    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, &[], b"")
    }

    /// Sends any request.
    ///
    /// # Errors
    ///
    /// What broke the connection.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let request = [request.as_bytes(), body].concat();
        match self.exchange(&request, method) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                self.stream = open(self.address)?;
                self.exchange(&request, method)
            }
            answered => answered,
        }
    }

    fn exchange(&mut self, request: &[u8], method: &str) -> io::Result<Answer> {
        self.stream.get_mut().write_all(request)?;
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            // The server closed an idle connection before it took the request.
            return Err(io::ErrorKind::NotConnected.into());
        }
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status line: {line:?}")))?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if method != "HEAD" {
            answer.body.resize(length, 0);
            self.stream.read_exact(&mut answer.body)?;
        }
        Ok(answer)
    }
}

fn open(address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    Ok(BufReader::new(stream))
}
