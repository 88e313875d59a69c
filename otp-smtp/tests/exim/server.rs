//! Exim, run with a configuration of its own in a temporary directory.

use std::{
    fs,
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use otp_smtp::{SmtpBuilder, Tls};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    common::certificates::{Authority, Identity},
    real::{builder, free_ports, is_root, mails, skip, wait},
};

const PROGRAM: &str = "/usr/sbin/exim4";

/// Whether the tests can run; says so where they cannot.
pub(crate) fn is_installed() -> bool {
    let missing = if !Path::new(PROGRAM).exists() {
        "it is not installed (apt-get install exim4-daemon-light)"
    } else if !is_root() {
        "only root may start it with a configuration of its own"
    } else {
        return true;
    };
    skip(PROGRAM, missing);
    false
}

/// A running server. Its own users: `alice` and all others but `nobody`; `later` once the file `now` is there.
pub(crate) struct Exim {
    directory: TempDir,
    daemon: Child,
    starttls_port: u16,
    implicit_port: u16,
}

impl Exim {
    /// `options` go into the main part of the configuration.
    pub(crate) async fn start(identity: &Identity, options: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        // Exim gives up root's rights with a configuration that is not the system's.
        for place in [".", "spool", "inbox"] {
            let place = path.join(place);
            fs::create_dir_all(&place).expect("a directory");
            fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).expect("permissions");
        }
        for (name, pem) in [("certificate.pem", &identity.certificate), ("key.pem", &identity.key)] {
            fs::write(path.join(name), pem).expect("written");
            fs::set_permissions(path.join(name), fs::Permissions::from_mode(0o644)).expect("permissions");
        }
        let [starttls_port, implicit_port] = free_ports();
        let configuration = include_str!("exim.conf")
            .replace("DIRECTORY", &path.display().to_string())
            .replace("STARTTLS_PORT", &starttls_port.to_string())
            .replace("IMPLICIT_PORT", &implicit_port.to_string())
            .replace("# OPTIONS", options);
        fs::write(path.join("exim.conf"), configuration).expect("written");
        let daemon = Command::new(PROGRAM)
            .arg("-C")
            .arg(path.join("exim.conf"))
            .arg("-bdf")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(path.join("stderr")).expect("a file"))
            .spawn()
            .expect("the program starts");
        let exim = Self { directory, daemon, starttls_port, implicit_port };
        let listens = || TcpStream::connect(("127.0.0.1", implicit_port)).is_ok();
        exim.wait("it listens", || listens().then_some(())).await;
        exim
    }

    pub(crate) fn builder(&self, tls: Tls, authority: &Authority) -> SmtpBuilder {
        let port = if tls == Tls::Implicit { self.implicit_port } else { self.starttls_port };
        builder(port, tls, authority)
    }

    /// The port for `STARTTLS`.
    pub(crate) fn port(&self) -> u16 {
        self.starttls_port
    }

    pub(crate) fn create(&self, name: &str) {
        fs::write(self.directory.path().join(name), "").expect("written");
    }

    /// The server's log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("mainlog")).unwrap_or_default()
    }

    /// Waits until so many mails were delivered, and returns them.
    pub(crate) async fn inbox(&self, count: usize) -> Vec<String> {
        let inbox = self.directory.path().join("inbox/new");
        self.wait("mail", || mails(&inbox, count)).await
    }

    async fn wait<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let stderr = || fs::read_to_string(self.directory.path().join("stderr")).unwrap_or_default();
        wait(what, || format!("{}\n{}", self.log(), stderr()), look).await
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        drop(self.daemon.kill());
        drop(self.daemon.wait());
        // What it began ends by itself, and would make the log's directory anew.
        let deadline = Instant::now() + Duration::from_secs(5);
        while is_running(self.directory.path()) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Whether a process has this directory in its command line.
fn is_running(directory: &Path) -> bool {
    let name = directory.as_os_str().as_encoded_bytes();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| line.windows(name.len()).any(|part| part == name))
}
