//! Flows (one register, one verify) per second over HTTP at 1, 16 and 64 callers: a bare axum handler that parses and
//! answers the same JSON, and `otp serve` on SQLite with synchronous=FULL, side by side in one run.
//!
//! `cargo bench --package otp-tests --bench http`; `OTP_BENCH_SECONDS` is the time of one measurement (3).

use std::{
    net::SocketAddr,
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use otp_tests::Server;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const CALLERS: [usize; 3] = [1, 16, 64];
const ROUNDS: usize = 3;

/// Numbers are used once over the whole run, so that no budget but the database is in the way.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(2_000_000);

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let time = Duration::from_secs_f64(seconds());
    let folder = tempfile::tempdir().expect("a folder");
    let server = |name: &str, sender: &str| {
        let place = folder.path().join(name);
        std::fs::create_dir(&place).expect("a folder");
        Server::builder(env!("CARGO_BIN_EXE_otp-under-test"), place)
            .set("OTP_SMS", sender)
            .set("OTP_SANDBOX_CODE", "123456")
            .set("OTP_LOG", "error")
            .start()
    };
    let bare = Bare::start();
    let (sandbox, discard) = (server("sandbox", "sandbox"), server("discard", "discard"));
    let rows: [(&str, SocketAddr, &str); 3] = [
        ("bare axum handler", bare.address, "123456"),
        ("otp, SQLite FULL, nothing to send, right code", sandbox.address(), "123456"),
        ("otp, SQLite FULL, queued and sent, wrong code", discard.address(), "12345x"),
    ];
    println!(
        "{:<48} {:>8} {:>10} {:>9} {:>9} {:>8}",
        "flows per second", "callers", "median", "p50 ms", "p99 ms", "ratio"
    );
    for callers in CALLERS {
        let mut runs: [Vec<Load>; 3] = Default::default();
        for _ in 0..ROUNDS {
            for (runs, (_, address, code)) in runs.iter_mut().zip(rows) {
                runs.push(runtime.block_on(load(address, callers, code, time)));
            }
        }
        let medians = runs.map(|mut runs| {
            runs.sort_by(|a, b| a.flows_per_second.total_cmp(&b.flows_per_second));
            runs.swap_remove(ROUNDS / 2)
        });
        let yardstick = medians[0].flows_per_second;
        for ((name, ..), load) in rows.iter().zip(&medians) {
            println!(
                "{name:<48} {callers:>8} {:>10.0} {:>9.2} {:>9.2} {:>8.2}",
                load.flows_per_second,
                load.p50,
                load.p99,
                load.flows_per_second / yardstick
            );
        }
    }
}

#[derive(Debug, Default)]
struct Load {
    flows_per_second: f64,
    /// Milliseconds of one request.
    p50: f64,
    /// Milliseconds of one request.
    p99: f64,
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
async fn load(address: SocketAddr, callers: usize, code: &'static str, time: Duration) -> Load {
    let (stop, flows) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..callers)
        .map(|_| tokio::spawn(caller(address, code, Arc::clone(&stop), Arc::clone(&flows))))
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

/// One caller's flows until told to stop; returns microseconds of each request.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
async fn caller(address: SocketAddr, code: &str, stop: Arc<AtomicBool>, flows: Arc<AtomicU64>) -> Vec<u32> {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket option");
    let (mut buffer, mut times) = (vec![0; 8 * 1024], Vec::with_capacity(100_000));
    while !stop.load(Ordering::Relaxed) {
        let number = format!("+1415{}", NEXT_NUMBER.fetch_add(1, Ordering::Relaxed));
        let start = Instant::now();
        let body = format!(r#"{{"phone_number":"{number}"}}"#);
        let answer = exchange(&mut stream, &mut buffer, "register", &body).await;
        let middle = Instant::now();
        let token = member(answer, "session_token").unwrap_or_else(|| panic!("no session: {answer}"));
        let body =
            format!(r#"{{"phone_number":"{number}","session_token":"{token}","security_code":"{code}"}}"#);
        let answer = exchange(&mut stream, &mut buffer, "verify", &body).await;
        let end = Instant::now();
        assert!(answer.contains("is valid") || answer.contains("code_invalid"), "{answer}");
        flows.fetch_add(1, Ordering::Relaxed);
        times.extend([middle - start, end - middle].map(|time| time.as_micros() as u32));
    }
    times
}

async fn exchange<'a>(stream: &mut TcpStream, buffer: &'a mut [u8], call: &str, body: &str) -> &'a str {
    let head =
        format!("POST /api/phone/{call} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n");
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.expect("the server takes the request");
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await.expect("the server answers");
        assert!(read > 0, "the server hung up");
        filled += read;
        let Some(head) = buffer[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).expect("ASCII").to_ascii_lowercase();
        let length =
            text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse::<usize>().ok());
        if filled >= head + 4 + length.unwrap_or(0) {
            return std::str::from_utf8(&buffer[..filled]).expect("UTF-8");
        }
    }
}

fn member<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer.split(&format!("\"{name}\":\"")).nth(1)?.split('"').next()
}

struct Bare {
    child: Child,
    address: SocketAddr,
}

impl Bare {
    fn start() -> Self {
        let address = otp_tests::free_address();
        let child = Command::new(env!("CARGO_BIN_EXE_bare-handler"))
            .arg(address.to_string())
            .spawn()
            .expect("it starts");
        while std::net::TcpStream::connect(address).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, address }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "the length of a benchmark is the caller's wish")]
fn seconds() -> f64 {
    std::env::var("OTP_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3.0)
}
