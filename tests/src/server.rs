//! The program as a process: started on a free port, ended by id, killed on purpose.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    databases::{Database, Kind, SECRET_KEY},
    http::Client,
    outbox::Outbox,
};

/// How long a server may take until it is ready, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(5);

/// How often a race is run: `OTP_TEST_ROUNDS`, or `default`.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the length of a test run is the caller's wish")]
pub fn rounds(default: usize) -> usize {
    std::env::var("OTP_TEST_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What a server is started with.
#[derive(Debug)]
#[must_use = "nothing runs until `start`"]
pub struct ServerBuilder {
    program: PathBuf,
    folder: PathBuf,
    settings: Vec<(String, String)>,
}

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl ServerBuilder {
    /// With one more setting, as an environment variable.
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.push((name.to_owned(), value.to_string()));
        self
    }

    /// With this database instead of a file in its folder.
    pub fn database(self, database: &Database) -> Self {
        match database.kind() {
            Kind::Sqlite => self,
            _ => self.database_url(database.url()),
        }
    }

    /// With the database at this URL, which others may use as well.
    pub fn database_url(self, url: &str) -> Self {
        self.set("OTP_DATABASE_URL", url).set("OTP_SECRET_KEY", SECRET_KEY)
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Panics
    ///
    /// When it does not get ready, with what it said.
    #[must_use]
    pub fn start(self) -> Server {
        let address = free_address();
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .current_dir(&self.folder)
            .env_clear()
            .env("OTP_BIND", address.to_string())
            .env("OTP_SMS", "file")
            .env("OTP_EMAIL", "file")
            .env("OTP_VOICE", "file")
            .env("OTP_FILE_PATH", Outbox::path(&self.folder))
            .env("OTP_RESEND_COOLDOWN_SECONDS", "0")
            .env("OTP_MAX_SENDS_PER_HOUR", "1000000")
            .env("OTP_MAX_SENDS_PER_DAY", "1000000")
            .env("OTP_MAX_STARTS_PER_ADDRESS_PER_HOUR", "10000000")
            .envs(self.settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(
                fs::File::create(self.folder.join(format!("{}.log", address.port()))).expect("a log file"),
            );
        let child = command.spawn().expect("the program starts");
        let mut server = Server { child, address, folder: self.folder };
        server.wait_until_ready();
        server
    }
}

impl Server {
    /// A server of `program` that keeps its files in `folder`; limits are out of the way, messages go to a file.
    pub fn builder(program: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> ServerBuilder {
        ServerBuilder { program: program.into(), folder: folder.into(), settings: Vec::new() }
    }

    /// The id of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new connection.
    ///
    /// # Panics
    ///
    /// When there is none to be had.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::connect(self.address).expect("the server listens")
    }

    /// Kills the process without a word, as `kill -9` does.
    ///
    /// # Panics
    ///
    /// When the process is not ours to kill.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("the process ended");
    }

    /// Asks the process to stop and returns its exit code; absent where it did not stop within `limit`.
    ///
    /// # Panics
    ///
    /// When the signal cannot be sent.
    pub fn stop(mut self, limit: Duration) -> Option<i32> {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(told.success());
        for _ in 0..limit.as_millis() / 20 {
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                return status.code();
            }
            thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// What it wrote to standard error.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join(format!("{}.log", self.address.port()))).unwrap_or_default()
    }

    /// Registers a number and returns its session token.
    ///
    /// # Panics
    ///
    /// When the server refuses.
    #[must_use]
    pub fn register(&self, number: &str) -> String {
        let answer = self.client().register(number).expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.text("session_token")
    }

    /// Lines of its log that nobody should have to read: warnings and errors, but for what it says about its senders.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let log = self.log();
        let lines = log.lines().filter(|line| line.contains("\"ERROR\"") || line.contains("\"WARN\""));
        lines.filter(|line| !line.contains("development only")).map(str::to_owned).collect()
    }

    /// The messages it sent.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::of(&self.folder)
    }

    fn wait_until_ready(&mut self) {
        for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                panic!("the server ended with {status}: {}", self.log());
            }
            let ready = Client::connect(self.address).and_then(|mut client| client.get("/readyz"));
            if ready.is_ok_and(|answer| answer.status == 200) {
                return;
            }
            thread::sleep(PAUSE);
        }
        panic!("the server is not ready: {}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine that nobody listens on.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

/// A connection to a program that was started a moment ago and told to listen here, once it answers.
///
/// That somebody listens is not enough: while another test is starting a process, that holds a copy of everything that is
/// open, and so for a moment the listener by which [`free_address`] found the address.
#[must_use]
pub fn client_of(address: SocketAddr) -> Client {
    loop {
        if let Ok(mut client) = Client::connect(address)
            && client.get("/").is_ok()
        {
            return client;
        }
        thread::sleep(PAUSE);
    }
}
