//! A TCP proxy that breaks connections.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// Passes bytes between clients and a server until told otherwise. Each client request is one chunk here, since clients
/// wait for the answer before they write again.
#[derive(Clone)]
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// Requests to pass until a connection is cut; negative: never.
    requests_left: AtomicI64,
    /// Whether the request at which the connection is cut still reaches the server, whose answer is lost.
    passes_last: AtomicBool,
    passed: AtomicU64,
    /// Whether everything is swallowed.
    is_hole: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared {
            requests_left: AtomicI64::new(-1),
            passes_last: AtomicBool::new(false),
            passed: AtomicU64::new(0),
            is_hole: AtomicBool::new(false),
            open: Mutex::new(Vec::new()),
        });
        let proxy = Self { address: listener.local_addr().unwrap(), shared };
        let shared = Arc::clone(&proxy.shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let mut open = shared.open.lock().unwrap();
                open.push(client.try_clone().unwrap());
                open.push(server.try_clone().unwrap());
                drop(open);
                let (to_server, to_client) = (Arc::clone(&shared), Arc::clone(&shared));
                let (client_2, server_2) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || to_server.pass(client, server, true));
                thread::spawn(move || to_client.pass(server_2, client_2, false));
            }
        });
        proxy
    }

    /// Cuts the connection that makes the request after `requests` more: before the server has it, or, with
    /// `passes_last`, before the client has the answer.
    pub fn cut_after(&self, requests: i64, passes_last: bool) {
        self.shared.passes_last.store(passes_last, Ordering::SeqCst);
        self.shared.requests_left.store(requests, Ordering::SeqCst);
    }

    /// Whether the cut has happened.
    pub fn has_cut(&self) -> bool {
        self.shared.requests_left.load(Ordering::SeqCst) < 0
    }

    pub fn passed(&self) -> u64 {
        self.shared.passed.load(Ordering::SeqCst)
    }

    /// From now on nothing arrives, in connections that stay open.
    pub fn swallow(&self, is_hole: bool) {
        self.shared.is_hole.store(is_hole, Ordering::SeqCst);
    }

    pub fn cut_all(&self) {
        for stream in self.shared.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn pass(&self, mut from: TcpStream, mut to: TcpStream, is_request: bool) {
        let mut buffer = vec![0; 1 << 18];
        let mut is_swallowed = false;
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            // What was once swallowed leaves a gap: nothing may follow it.
            is_swallowed |= self.is_hole.load(Ordering::SeqCst);
            if is_swallowed {
                continue;
            }
            if is_request {
                self.passed.fetch_add(1, Ordering::SeqCst);
                if self.requests_left.load(Ordering::SeqCst) >= 0
                    && self.requests_left.fetch_sub(1, Ordering::SeqCst) == 0
                {
                    // The client is cut off first: it must not see the answer.
                    let _ = from.shutdown(Shutdown::Both);
                    if self.passes_last.load(Ordering::SeqCst) {
                        let _ = to.write_all(&buffer[..length]);
                        thread::sleep(Duration::from_millis(20));
                    }
                    break;
                }
            }
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
