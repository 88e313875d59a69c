//! Load for benchmarks: callers that register and verify as fast as they are answered, over HTTP or otherwise.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// Numbers are used once over a whole run, so that no budget but the database is in the way.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(0);
const FIRST_NUMBER: u64 = 2_000_000;
const NUMBERS: u64 = 8_000_000;
/// Has no divisor in common with [`NUMBERS`], so that every number has its turn.
const STRIDE: u64 = 4_999_999;

/// What callers saw of a server.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Load {
    /// A flow is one register and one verify.
    pub flows_per_second: f64,
    /// Milliseconds of one request.
    pub p50: f64,
    /// Milliseconds of one request.
    pub p99: f64,
}

impl Load {
    /// The one of the median rate.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn median(mut runs: Vec<Self>) -> Self {
        runs.sort_by(|a, b| a.flows_per_second.total_cmp(&b.flows_per_second));
        runs.swap_remove(runs.len() / 2)
    }
}

/// A session that was begun.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Session {
    number: String,
    token: String,
}

/// How long one measurement takes: `OTP_BENCH_SECONDS`, or 3 s.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the length of a benchmark is the caller's wish")]
pub fn time() -> Duration {
    let seconds = std::env::var("OTP_BENCH_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs_f64(seconds.unwrap_or(3.0))
}

/// One who registers and verifies.
pub trait Caller: Send + 'static {
    /// What a registration brings.
    type Session: Send;

    /// Registers a number.
    fn register(&mut self, number: String) -> impl Future<Output = Self::Session> + Send;

    /// Brings a code.
    fn verify(&mut self, session: &Self::Session) -> impl Future<Output = ()> + Send;
}

/// Whole flows over HTTP of this many callers, who all bring `code`: see [`flows_of`].
///
/// # Panics
///
/// When the server refuses.
pub async fn flows(address: SocketAddr, callers: usize, code: &'static str, time: Duration) -> Load {
    let mut connected = Vec::with_capacity(callers);
    for place in 0..callers {
        connected.push(HttpCaller::connect(address, place, code).await);
    }
    flows_of(connected, time).await
}

/// Whole flows of these callers for `time` after a quarter of it.
///
/// # Panics
///
/// When one of them does.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub async fn flows_of(callers: Vec<impl Caller>, time: Duration) -> Load {
    let (stop, flows) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = callers
        .into_iter()
        .map(|caller| tokio::spawn(until_told(caller, Arc::clone(&stop), Arc::clone(&flows))))
        .collect();
    tokio::time::sleep(time / 4).await;
    let (before, start) = (flows.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(time).await;
    let (after, passed) = (flows.load(Ordering::Relaxed), start.elapsed());
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("the caller ends"));
    }
    times.sort_unstable();
    let at = |part: f64| {
        times.get((times.len() as f64 * part) as usize).map_or(0.0, |time| f64::from(*time) / 1_000.0)
    };
    Load { flows_per_second: (after - before) as f64 / passed.as_secs_f64(), p50: at(0.5), p99: at(0.99) }
}

/// Registrations only, of this many callers for `time`.
///
/// # Panics
///
/// When the server refuses.
pub async fn starts(address: SocketAddr, callers: usize, time: Duration) -> Vec<Session> {
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..callers)
        .map(|place| {
            let stop = Arc::clone(&stop);
            tokio::spawn(async move {
                // No code is brought.
                let mut caller = HttpCaller::connect(address, place, "").await;
                let mut sessions = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    sessions.push(caller.register(next_number()).await);
                }
                sessions
            })
        })
        .collect();
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let mut sessions = Vec::new();
    for task in tasks {
        sessions.extend(task.await.expect("the caller ends"));
    }
    sessions
}

/// One check of each session, shared among this many callers.
///
/// # Panics
///
/// When the server refuses.
pub async fn checks(address: SocketAddr, callers: usize, code: &'static str, sessions: Vec<Session>) {
    let sessions = Arc::new(sessions);
    let tasks: Vec<_> = (0..callers)
        .map(|place| {
            let sessions = Arc::clone(&sessions);
            tokio::spawn(async move {
                let mut caller = HttpCaller::connect(address, place, code).await;
                for session in sessions.iter().skip(place).step_by(callers) {
                    caller.verify(session).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("the caller ends");
    }
}

/// Processor time that these processes have used until now, in the system's ticks of 10 ms.
#[must_use]
pub fn processor_time(processes: &[u32]) -> Duration {
    let ticks = processes.iter().filter_map(|id| {
        let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name, in parentheses, may hold anything; fields 14 and 15 of the line are user and system time.
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
    });
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// One caller's flows until told to stop; returns microseconds of each request.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
async fn until_told(mut caller: impl Caller, stop: Arc<AtomicBool>, flows: Arc<AtomicU64>) -> Vec<u32> {
    let mut times = Vec::with_capacity(100_000);
    while !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        let session = caller.register(next_number()).await;
        let middle = Instant::now();
        caller.verify(&session).await;
        let end = Instant::now();
        flows.fetch_add(1, Ordering::Relaxed);
        times.extend([middle - start, end - middle].map(|time| time.as_micros() as u32));
    }
    times
}

/// The address of one of many callers: budgets are each caller's own.
#[must_use]
pub fn caller_address(place: usize) -> IpAddr {
    let [.., high, low] = (place + 1).to_be_bytes();
    Ipv4Addr::new(127, 0, high, low).into()
}

/// Numbers come from everywhere: the next one is of another block.
fn next_number() -> String {
    let number = u64::from(NEXT_NUMBER.fetch_add(1, Ordering::Relaxed));
    format!("+1415{}", FIRST_NUMBER + number * STRIDE % NUMBERS)
}

struct HttpCaller {
    stream: TcpStream,
    buffer: Vec<u8>,
    code: &'static str,
}

impl Caller for HttpCaller {
    type Session = Session;

    async fn register(&mut self, number: String) -> Session {
        let body = format!(r#"{{"phone_number":"{number}"}}"#);
        let answer = self.exchange("register", &body).await;
        let token = member(answer, "session_token").unwrap_or_else(|| panic!("no session: {answer}"));
        let token = token.to_owned();
        Session { number, token }
    }

    async fn verify(&mut self, Session { number, token }: &Session) {
        let code = self.code;
        let body =
            format!(r#"{{"phone_number":"{number}","session_token":"{token}","security_code":"{code}"}}"#);
        let answer = self.exchange("verify", &body).await;
        assert!(answer.contains("is valid") || answer.contains("code_invalid"), "{answer}");
    }
}

impl HttpCaller {
    async fn connect(address: SocketAddr, place: usize, code: &'static str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind((caller_address(place), 0).into())
            .expect("every address of 127.0.0.0/8 is this machine's");
        let stream = socket.connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket option");
        Self { stream, buffer: vec![0; 8 * 1024], code }
    }

    async fn exchange(&mut self, call: &str, body: &str) -> &str {
        let head = format!(
            "POST /api/phone/{call} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        );
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        self.stream.write_all(request.as_bytes()).await.expect("the server takes the request");
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.expect("the server answers");
            assert!(read > 0, "the server hung up");
            filled += read;
            let answer = &self.buffer[..filled];
            let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
            if filled >= head + 4 + content_length(&answer[..head]) {
                return std::str::from_utf8(&self.buffer[..filled]).expect("UTF-8");
            }
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).expect("ASCII").to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    length.unwrap_or(0)
}

fn member<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer.split(&format!("\"{name}\":\"")).nth(1)?.split('"').next()
}
