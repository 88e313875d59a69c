//! The server on loopback.

use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{Recorded, Reply, Step};
use crate::BaseUrl;

/// A provider's stand-in on loopback. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    next: VecDeque<Step>,
    always: Option<Step>,
    requests: Vec<Recorded>,
    connections: usize,
    written: usize,
}

impl Server {
    /// A server that answers 404 until it has a script.
    ///
    /// # Panics
    ///
    /// Where loopback has no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::new(Mutex::new(State::default()));
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, task }
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a base.
    ///
    /// # Panics
    ///
    /// Never: loopback addresses are taken.
    #[must_use]
    pub fn base(&self) -> BaseUrl {
        format!("http://{}", self.address).parse().expect("http on loopback is a base")
    }

    /// What it does with the next request that has no step yet.
    pub fn then(&self, step: Step) {
        self.lock().next.push_back(step);
    }

    /// What it does with requests when its script has ended.
    pub fn always(&self, step: Step) {
        self.lock().always = Some(step);
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.lock().requests.clone()
    }

    /// The requests so far, which are forgotten.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.lock().requests)
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// How many bytes of bodies the other side took so far.
    #[must_use]
    pub fn written(&self) -> usize {
        self.lock().written
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        lock(&state).connections += 1;
        let state = Arc::clone(&state);
        // A connection that breaks is part of the play.
        tokio::spawn(async move { serve(stream, &state).await.ok() });
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let mut read = Vec::new();
    loop {
        let Some((mut request, length)) = head(&mut stream, &mut read).await? else { return Ok(()) };
        let step = {
            let mut state = lock(state);
            state.next.pop_front().or_else(|| state.always.clone())
        };
        let step = step.unwrap_or(Step::Reply(Reply::status(404)));
        if matches!(step, Step::RefuseBody) {
            lock(state).requests.push(request);
            return stream.set_zero_linger();
        }
        while read.len() < length {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        request.body = read.drain(..length).collect();
        lock(state).requests.push(request.clone());
        if !play(step, &request, &mut stream, state).await? {
            return Ok(());
        }
    }
}

/// Reads a request's head; with it the length of its body. `None` at the end of the connection.
async fn head(stream: &mut TcpStream, read: &mut Vec<u8>) -> io::Result<Option<(Recorded, usize)>> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(read).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&read[..end]).into_owned();
    read.drain(..end + 4);
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let mut next = || first.next().unwrap_or_default().to_owned();
    let (method, target) = (next(), next());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let request = Recorded { method, target, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    Ok(Some((request, length)))
}

/// Plays one step; whether the connection goes on.
async fn play(
    step: Step,
    request: &Recorded,
    stream: &mut TcpStream,
    state: &Mutex<State>,
) -> io::Result<bool> {
    match step {
        Step::Answer(answer) => Box::pin(play(Step::Reply(answer(request)), request, stream, state)).await,
        Step::Reply(reply) => {
            let mut bytes = reply.head(reply.body.len()).into_bytes();
            bytes.extend_from_slice(&reply.body);
            stream.write_all(&bytes).await?;
            Ok(true)
        }
        Step::Late(pause, reply) => {
            tokio::time::sleep(pause).await;
            Box::pin(play(Step::Reply(reply), request, stream, state)).await
        }
        Step::Drip(pause, reply) => {
            stream.write_all(reply.head(reply.body.len()).as_bytes()).await?;
            for byte in reply.body {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(pause).await;
            }
            Ok(true)
        }
        Step::Hang => {
            // Ends when the other side gives up.
            let mut rest = [0; 64];
            while stream.read(&mut rest).await? > 0 {}
            Ok(false)
        }
        Step::Close => Ok(false),
        Step::Reset | Step::RefuseBody => {
            stream.set_zero_linger()?;
            Ok(false)
        }
        Step::Truncated(reply) => {
            let mut bytes = reply.head(reply.body.len() + 1).into_bytes();
            bytes.extend_from_slice(&reply.body);
            stream.write_all(&bytes).await?;
            Ok(false)
        }
        Step::Huge(status, length) => {
            stream.write_all(Reply::status(status).head(length).as_bytes()).await?;
            let block = vec![b' '; 16 * 1024];
            let mut left = length;
            while left > 0 {
                let written = stream.write(&block[..left.min(block.len())]).await?;
                lock(state).written += written;
                left -= written;
            }
            Ok(true)
        }
    }
}
