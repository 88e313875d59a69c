//! A database to measure on, and servers of the program there.

use otp_tests::{
    Server,
    databases::{Database, Kind},
};
use tempfile::TempDir;

use crate::sqlite;

pub(crate) struct Subject {
    database: Database,
    folder: TempDir,
}

impl Subject {
    /// With the tables in place.
    pub(crate) fn new(database: Database) -> Self {
        let subject = Self { database, folder: tempfile::tempdir().expect("a folder") };
        // A server makes them when it starts.
        let stopped = subject.server().stop(std::time::Duration::from_secs(20));
        assert_eq!(stopped, Some(0), "the server stops in order");
        subject
    }

    /// A server there, with nothing to send.
    pub(crate) fn server(&self) -> Server {
        Server::builder(env!("CARGO_BIN_EXE_otp-under-test"), self.folder.path())
            .database(&self.database)
            .set("OTP_SMS", "sandbox")
            .set("OTP_SANDBOX_CODE", "123456")
            .set("OTP_LOG", "error")
            .start()
    }

    /// Makes so many challenges, each with its ledger and its delivery, of the last hours: none of them is over.
    #[expect(clippy::disallowed_methods, reason = "the server's clock is this one")]
    pub(crate) fn fill(&self, rows: u64) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.map_or(0, |since| since.as_millis() as i64);
        match self.database.kind() {
            Kind::Sqlite => sqlite::fill(&self.file(), rows, now),
            #[cfg(feature = "postgres")]
            Kind::Postgres => crate::postgres::fill(self.database.url(), rows, now),
            #[cfg(feature = "mysql")]
            Kind::Mysql => crate::mysql::fill(self.database.url(), rows, now),
            #[cfg(not(all(feature = "postgres", feature = "mysql")))]
            kind => unreachable!("{kind} is not part of this build"),
        }
    }

    /// Queries that use no index.
    pub(crate) fn scans(&self) -> Vec<String> {
        match self.database.kind() {
            Kind::Sqlite => sqlite::scans(&mut connect::<diesel::SqliteConnection>(&self.file())),
            #[cfg(feature = "postgres")]
            Kind::Postgres => {
                crate::postgres::scans(&mut connect::<diesel::PgConnection>(self.database.url()))
            }
            #[cfg(feature = "mysql")]
            Kind::Mysql => crate::mysql::scans(&mut connect::<diesel::MysqlConnection>(self.database.url())),
            #[cfg(not(all(feature = "postgres", feature = "mysql")))]
            kind => unreachable!("{kind} is not part of this build"),
        }
    }

    fn file(&self) -> String {
        self.folder.path().join("otp.db").display().to_string()
    }
}

fn connect<C: diesel::Connection>(url: &str) -> C {
    C::establish(url).expect("the database answers")
}
