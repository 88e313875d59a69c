//! A database server of one's own: made in a folder of its own, killed on purpose, started again. It is durable, and has
//! memory and log as a server in production would; what comes with the packages suits a small machine.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    databases::{Database, Kind, skip},
    free_address,
};

/// A server of one's own. Dropping it kills the server and deletes what it kept.
#[derive(Debug)]
pub struct Instance {
    kind: Kind,
    address: SocketAddr,
    programs: PathBuf,
    child: Option<Child>,
    folder: TempDir,
}

impl Instance {
    /// Makes and starts a server; `None` where its programs are not installed, or this build does not know its kind,
    /// which is said.
    ///
    /// # Panics
    ///
    /// When it does not start; or where a test may not be left out ([`skip`]).
    #[must_use]
    pub fn start(kind: Kind) -> Option<Self> {
        let is_built = match kind {
            Kind::Sqlite => false,
            Kind::Postgres => cfg!(feature = "postgres"),
            Kind::Mysql => cfg!(feature = "mysql"),
        };
        if !is_built {
            skip(&format!("built without {kind}"));
            return None;
        }
        let Some(programs) = programs(kind) else {
            skip(&format!("no programs of {kind}: install {}", package(kind)));
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let mut instance = Self { kind, address: free_address(), programs, child: None, folder };
        instance.make();
        instance.restart();
        Some(instance)
    }

    /// Kills the server and all its processes, as a power cut would.
    ///
    /// # Panics
    ///
    /// When they cannot be killed.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let others = children(child.id());
        child.kill().expect("the process is ours");
        child.wait().expect("the process ended");
        for id in others {
            // Most have noticed by now and ended.
            let _ = Command::new("kill").args(["-KILL", &id.to_string()]).stderr(Stdio::null()).status();
        }
    }

    /// Starts the server, again where it was killed, and waits until it takes connections.
    ///
    /// # Panics
    ///
    /// When it does not within a minute, with what it said.
    pub fn restart(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).expect("a log file");
        let (data, port) = (self.data(), self.address.port().to_string());
        let mut command = match self.kind {
            Kind::Mysql => {
                let mut command = Command::new(self.programs.join("mariadbd"));
                command
                    .arg("--no-defaults")
                    .args(as_owner())
                    .args([format!("--datadir={}", data.display()), format!("--port={port}")])
                    .arg(format!("--socket={}", self.folder.path().join("socket").display()))
                    .arg(format!("--pid-file={}", self.folder.path().join("pid").display()))
                    .args(["--bind-address=127.0.0.1", "--max-connections=300", "--skip-name-resolve"])
                    .args(["--innodb-flush-log-at-trx-commit=1", "--innodb-log-file-size=2G"])
                    .arg("--innodb-buffer-pool-size=2G");
                command
            }
            _ => {
                let mut command = not_as_root(&self.programs.join("postgres"));
                command
                    .arg("-D")
                    .arg(&data)
                    .args(["-p", &port, "-h", "127.0.0.1", "-k", "", "-N", "300"])
                    .args(["-c", "synchronous_commit=on", "-c", "shared_buffers=2GB"])
                    .args(["-c", "max_wal_size=16GB", "-c", "checkpoint_timeout=15min"]);
                command
            }
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut child = command.spawn().expect("the server starts");
        for _ in 0..3_000 {
            assert!(child.try_wait().expect("it is ours").is_none(), "{} ended: {}", self.kind, self.log());
            if TcpStream::connect(self.address).is_ok()
                && self.database().texts("SELECT 'up' AS text").is_ok()
            {
                self.child = Some(child);
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("{} is not ready: {}", self.kind, self.log());
    }

    /// A database of its own for one test.
    ///
    /// # Panics
    ///
    /// When there is none to be had.
    #[must_use]
    pub fn create(&self) -> Database {
        Database::on(self.kind, &self.url()).expect("the server makes a database")
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The directory of its programs.
    #[must_use]
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The ids of its processes.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        let Some(child) = &self.child else { return Vec::new() };
        let mut all = children(child.id());
        all.push(child.id());
        all
    }

    /// The server's own database, which is there from the start.
    fn database(&self) -> Database {
        Database::at(self.kind, &self.url())
    }

    fn url(&self) -> String {
        match self.kind {
            Kind::Mysql => format!("mysql://root@{}/mysql", self.address),
            _ => format!("postgres://postgres@{}/postgres", self.address),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn make(&self) {
        let data = self.data();
        let mut command = match self.kind {
            Kind::Mysql => {
                let mut command = Command::new("mariadb-install-db");
                command
                    .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
                    .args(as_owner())
                    .arg(format!("--datadir={}", data.display()));
                command
            }
            _ => {
                fs::create_dir(&data).expect("a folder");
                if is_root() {
                    give_to_postgres(self.folder.path(), &data);
                }
                let mut command = not_as_root(&self.programs.join("initdb"));
                command.args([
                    "--no-sync",
                    "-A",
                    "trust",
                    "-U",
                    "postgres",
                    "-E",
                    "UTF8",
                    "--locale=C",
                    "-D",
                ]);
                command.arg(&data);
                command
            }
        };
        let made = command.current_dir(self.folder.path()).output().expect("the server's programs run");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The directory of the server's programs.
fn programs(kind: Kind) -> Option<PathBuf> {
    let (program, places) = match kind {
        Kind::Mysql => ("mariadbd", vec![PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")]),
        _ => {
            let told = Command::new("pg_config").arg("--bindir").output();
            let told = told.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
            let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
            let found = versions.map(|version| version.path().join("bin"));
            ("postgres", found.chain(told.map(PathBuf::from)).collect())
        }
    };
    places.into_iter().find(|place| place.join(program).exists())
}

const fn package(kind: Kind) -> &'static str {
    match kind {
        Kind::Mysql => "mariadb-server",
        _ => "postgresql",
    }
}

/// Processes that this one started.
fn children(id: u32) -> Vec<u32> {
    let path = format!("/proc/{id}/task/{id}/children");
    let ids = fs::read_to_string(path).unwrap_or_default();
    ids.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// PostgreSQL refuses to run as root.
fn not_as_root(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

/// MariaDB wants to be told that it may.
fn as_owner() -> Option<&'static str> {
    is_root().then_some("--user=root")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn give_to_postgres(folder: &Path, data: &Path) {
    let open = |path: &Path, mode: &str| Command::new("chmod").arg(mode).arg(path).status();
    let given = Command::new("chown").arg("postgres").arg(data).status();
    assert!(
        open(folder, "755").is_ok_and(|status| status.success())
            && given.is_ok_and(|status| status.success())
    );
}
