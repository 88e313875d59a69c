//! A wire between a server and its database that breaks at a chosen statement.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::databases::{Database, Kind};

/// Where the wire breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "suites cut in every way")]
pub enum Cut {
    /// The database never gets the statement.
    Before,
    /// The database does it, but its answer is lost.
    After,
}

/// Passes on what a server and its database say to each other. It takes connections as long as the process lives.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    kind: Kind,
    database: SocketAddr,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    statements: usize,
    cut: Option<(usize, Cut)>,
}

impl Proxy {
    /// A wire to the server of `database`.
    ///
    /// # Panics
    ///
    /// When there is no port to be had.
    #[must_use]
    pub fn start(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let plan = Mutex::default();
        let shared = Arc::new(Shared { kind: database.kind(), database: database.address(), plan });
        let wires = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A database that is down hangs up on its client.
                let _ = wires.connect(client);
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Counts statements from now on, and breaks the connection of statement number `at`, the first being 1. Only this
    /// one breaks, and only once.
    pub fn cut(&self, at: usize, cut: Cut) {
        *self.shared.plan() = Plan { statements: 0, cut: Some((at, cut)) };
    }

    /// Counts statements from now on, and breaks nothing.
    pub fn count(&self) {
        *self.shared.plan() = Plan::default();
    }

    /// How many statements passed, or did not.
    #[must_use]
    pub fn statements(&self) -> usize {
        self.shared.plan().statements
    }

    /// Whether the cut was made.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.shared.plan().cut.is_none()
    }
}

impl Shared {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a statement; what is to be done to its connection.
    fn statement(&self) -> Option<Cut> {
        let mut plan = self.plan();
        plan.statements += 1;
        match plan.cut {
            Some((at, cut)) if at == plan.statements => {
                plan.cut = None;
                Some(cut)
            }
            _ => None,
        }
    }

    fn connect(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        let database = TcpStream::connect(self.database)?;
        client.set_nodelay(true)?;
        database.set_nodelay(true)?;
        let is_mute = Arc::new(AtomicBool::new(false));
        let wire =
            Wire { from: client.try_clone()?, to: database.try_clone()?, is_mute: Arc::clone(&is_mute) };
        let shared = Arc::clone(self);
        thread::spawn(move || wire.questions(&shared));
        let wire = Wire { from: database, to: client, is_mute };
        thread::spawn(move || wire.answers());
        Ok(())
    }
}

/// One direction of a connection.
struct Wire {
    from: TcpStream,
    to: TcpStream,
    is_mute: Arc<AtomicBool>,
}

impl Wire {
    fn answers(mut self) {
        let mut bytes = [0; 16 * 1024];
        while let Ok(read @ 1..) = self.from.read(&mut bytes) {
            // What the database says now is that it has done it: nobody shall hear.
            if self.is_mute.load(Ordering::SeqCst) || self.to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        self.hang_up();
    }

    fn questions(mut self, shared: &Shared) {
        let (mut bytes, mut waiting, mut is_greeted) = ([0; 16 * 1024], Vec::new(), false);
        'open: while let Ok(read @ 1..) = self.from.read(&mut bytes) {
            waiting.extend_from_slice(&bytes[..read]);
            while let Some(length) = length(shared.kind, &waiting, is_greeted) {
                let message: Vec<u8> = waiting.drain(..length).collect();
                let cut =
                    if is_statement(shared.kind, &message, is_greeted) { shared.statement() } else { None };
                is_greeted = true;
                if cut == Some(Cut::After) {
                    self.is_mute.store(true, Ordering::SeqCst);
                }
                if cut == Some(Cut::Before) || self.to.write_all(&message).is_err() {
                    break 'open;
                }
                if cut == Some(Cut::After) {
                    // The other direction hangs up.
                    return;
                }
            }
        }
        self.hang_up();
    }

    fn hang_up(&self) {
        let _ = self.from.shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
    }
}

/// The length of the first message, once all of it is there.
fn length(kind: Kind, bytes: &[u8], is_greeted: bool) -> Option<usize> {
    let length = match kind {
        // Three bytes, little end first, and a number; then the message.
        Kind::Mysql => {
            usize::from(*bytes.first()?)
                | usize::from(*bytes.get(1)?) << 8
                | usize::from(*bytes.get(2)?) << 16
        }
        // A kind, which the first message has not; four bytes that count themselves.
        _ => {
            let start = usize::from(is_greeted);
            let counted: [u8; 4] = bytes.get(start..start + 4)?.try_into().ok()?;
            usize::try_from(u32::from_be_bytes(counted)).ok()? + start
        }
    };
    let length = if kind == Kind::Mysql { length + 4 } else { length };
    (bytes.len() >= length).then_some(length)
}

/// Whether the database answers this message on its own account.
fn is_statement(kind: Kind, message: &[u8], is_greeted: bool) -> bool {
    match kind {
        // The start of a dialogue, but for: quit, long data, close.
        Kind::Mysql => message.get(3) == Some(&0) && !matches!(message.get(4), Some(0x01 | 0x18 | 0x19)),
        // Query, and the end of an extended one.
        _ => is_greeted && matches!(message.first(), Some(b'Q' | b'S')),
    }
}
