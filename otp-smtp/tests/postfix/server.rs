//! Postfix, run with a configuration of its own in a temporary directory.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use otp_smtp::{SmtpBuilder, Tls};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    common::certificates::{Authority, Identity},
    login,
    real::{builder, free_ports, is_root, mails, skip, wait},
};

/// Where `.ci/packages` unpacks the package: it cannot be installed beside another mail server.
const UNPACKED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/postfix");
const MASTER: &str = "usr/lib/postfix/sbin/master";
/// Directories of the queue, and who may enter them beside their owner.
const QUEUE: [(&str, u32); 13] = [
    ("active", 0o700),
    ("bounce", 0o700),
    ("corrupt", 0o700),
    ("defer", 0o700),
    ("deferred", 0o700),
    ("flush", 0o700),
    ("hold", 0o700),
    ("incoming", 0o700),
    ("private", 0o700),
    ("saved", 0o700),
    ("trace", 0o700),
    ("maildrop", 0o730),
    ("public", 0o710),
];

/// Where its programs are, as if that were the root directory; says so where there are none, or they cannot run.
pub(crate) fn programs() -> Option<PathBuf> {
    let found = [UNPACKED, "/"].into_iter().map(PathBuf::from).find(|root| root.join(MASTER).exists());
    if found.is_none() {
        skip("Postfix", "it is neither unpacked nor installed (.ci/packages)");
    } else if !is_root() {
        skip("Postfix", "only root may start it");
        return None;
    }
    found
}

/// A running server. Its users: `alice`, and `later`, for whom it never has time.
pub(crate) struct Postfix {
    directory: TempDir,
    master: Child,
    starttls_port: u16,
    implicit_port: u16,
}

impl Postfix {
    /// `options` end the configuration.
    pub(crate) async fn start(programs: &Path, identity: &Identity, options: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        make_directories(path);
        for (name, pem) in [("certificate.pem", &identity.certificate), ("key.pem", &identity.key)] {
            fs::write(path.join(name), pem).expect("written");
        }
        let ([starttls_port, implicit_port], login_port) = (free_ports(), login::start());
        for (name, text) in [
            ("main.cf", include_str!("main.cf").to_owned() + options),
            ("master.cf", include_str!("master.cf").to_owned()),
        ] {
            let text = text
                .replace("DIRECTORY", &path.display().to_string())
                .replace("PROGRAMS", programs.display().to_string().trim_end_matches('/'))
                .replace("USER_ID", &id("nobody", 2).to_string())
                .replace("GROUP_ID", &id("nobody", 3).to_string())
                .replace("LOGIN_PORT", &login_port.to_string())
                .replace("STARTTLS_PORT", &starttls_port.to_string())
                .replace("IMPLICIT_PORT", &implicit_port.to_string());
            fs::write(path.join(name), text).expect("written");
            // Postfix waits until a file that was just written has not changed for a second.
            let file = fs::File::options().append(true).open(path.join(name)).expect("a file");
            file.set_modified(SystemTime::UNIX_EPOCH).expect("its owner may");
        }
        let master = Command::new(programs.join(MASTER))
            .arg("-d")
            .arg("-c")
            .arg(path)
            .env("MAIL_CONFIG", path)
            .env("LD_LIBRARY_PATH", programs.join("usr/lib/postfix"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(path.join("stderr")).expect("a file"))
            .spawn()
            .expect("the program starts");
        let postfix = Self { directory, master, starttls_port, implicit_port };
        postfix.wait("it runs", || postfix.log().contains("daemon started").then_some(())).await;
        postfix
    }

    pub(crate) fn builder(&self, tls: Tls, authority: &Authority) -> SmtpBuilder {
        let port = if tls == Tls::Implicit { self.implicit_port } else { self.starttls_port };
        builder(port, tls, authority)
    }

    /// The port for `STARTTLS`.
    pub(crate) fn port(&self) -> u16 {
        self.starttls_port
    }

    /// The server's log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Waits until alice has so many mails, and returns them.
    pub(crate) async fn inbox(&self, count: usize) -> Vec<String> {
        let inbox = self.directory.path().join("inbox/alice/new");
        self.wait("mail", || mails(&inbox, count)).await
    }

    /// Waits until its log has so many lines with this text, and returns them.
    pub(crate) async fn lines(&self, text: &str, count: usize) -> Vec<String> {
        let lines = || {
            let log = self.log();
            let lines: Vec<_> = log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect();
            (lines.len() >= count).then_some(lines)
        };
        self.wait(text, lines).await
    }

    async fn wait<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let stderr = || fs::read_to_string(self.directory.path().join("stderr")).unwrap_or_default();
        wait(what, || format!("{}\n{}", self.log(), stderr()), look).await
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let daemons = daemons(self.master.id());
        drop(self.master.kill());
        drop(self.master.wait());
        // They end when they see that it is gone, and may write until then.
        let deadline = Instant::now() + Duration::from_secs(5);
        while daemons.iter().any(|id| is_running(id)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn make_directories(path: &Path) {
    let make = |name: &str, owner: Option<&str>, mode| {
        let directory = path.join(name);
        fs::create_dir_all(&directory).expect("a directory");
        chown(&directory, owner.map(|user| id(user, 2)), None).expect("root may");
        fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    for name in [".", "spool", "spool/pid"] {
        make(name, None, 0o755);
    }
    make("data", Some("daemon"), 0o700);
    make("inbox", Some("nobody"), 0o700);
    for (name, mode) in QUEUE {
        make(&format!("spool/{name}"), Some("daemon"), mode);
    }
}

/// A number of a user: field 2 for the user, 3 for its group.
fn id(user: &str, field: usize) -> u32 {
    let users = fs::read_to_string("/etc/passwd").expect("the system's users");
    let line = users.lines().find(|line| line.split(':').next() == Some(user)).expect(user);
    line.split(':').nth(field).and_then(|id| id.parse().ok()).expect("a number")
}

/// Processes that the master started.
fn daemons(master: u32) -> Vec<String> {
    let ids = fs::read_to_string(format!("/proc/{master}/task/{master}/children")).unwrap_or_default();
    ids.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Whether a process has not ended; one that ended, and that nobody asked for its status, has no command line.
fn is_running(id: &str) -> bool {
    fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| !line.is_empty())
}
