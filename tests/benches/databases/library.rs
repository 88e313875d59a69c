//! Callers in this process, who use the library: no HTTP, on the same databases.

use std::{net::IpAddr, sync::Arc};

use otp_core::{Channel, Code, Keyring, Outcome, Policy, Recipient, SessionToken};
#[cfg(feature = "mysql")]
use otp_diesel::MysqlStore;
#[cfg(feature = "postgres")]
use otp_diesel::PostgresStore;
use otp_diesel::{Options, SqliteStore};
use otp_service::{
    CancellationToken, CheckRequest, DiscardSender, PrescribedCodes, Routes, StartRequest, Store, Verifier,
    Worker, random_bytes,
};
use otp_tests::{
    databases::{Database, Kind},
    load::{Caller, caller_address},
};
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinHandle};

use crate::What;

/// A verifier and its worker.
pub(crate) struct Library {
    verifier: Verifier,
    code: &'static str,
    worker: JoinHandle<()>,
    stop: CancellationToken,
    _folder: TempDir,
}

impl Library {
    pub(crate) fn open(database: &Database, what: &What, runtime: &Runtime) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = ("k1".parse().expect("a name"), random_bytes::<32>().expect("randomness").to_vec());
        let keyring = Keyring::new([key]).expect("a strong key");
        // Budgets are spent, as by HTTP, and never used up.
        let policy = Policy::builder()
            .starts_per_caller_per_hour(u32::MAX)
            .starts_per_block_per_hour(u32::MAX)
            .build()
            .expect("a policy");
        let builder = Verifier::builder(store(database, &folder), keyring).app_name("Acme").policy(policy);
        let verifier = if what.is_sent {
            builder.routes(Routes::default().with(Channel::Sms, Arc::new(DiscardSender)))
        } else {
            let code = Code::prescribed("123456").expect("six digits");
            builder.prescribed(PrescribedCodes::default().sandbox(Channel::Sms, code, Vec::new()))
        };
        let verifier = verifier.build().expect("the catalogue is complete");
        let stop = CancellationToken::new();
        let worker = runtime.spawn(Worker::new(&verifier).run(stop.clone()));
        Self { verifier, code: what.code, worker, stop, _folder: folder }
    }

    pub(crate) fn callers(&self, callers: usize) -> Vec<impl Caller + use<>> {
        let caller = |place| LibraryCaller {
            verifier: self.verifier.clone(),
            address: caller_address(place),
            code: self.code,
        };
        (0..callers).map(caller).collect()
    }

    pub(crate) fn close(self, runtime: &Runtime) {
        self.stop.cancel();
        runtime.block_on(self.worker).expect("the worker ends");
    }
}

fn store(database: &Database, folder: &TempDir) -> Arc<dyn Store> {
    let options = Options::new().migrate(true);
    match database.kind() {
        Kind::Sqlite => {
            let file = folder.path().join("otp.db").display().to_string();
            Arc::new(SqliteStore::open(file, options).expect("the database opens"))
        }
        #[cfg(feature = "postgres")]
        Kind::Postgres => Arc::new(PostgresStore::open(database.url(), options).expect("the database opens")),
        #[cfg(feature = "mysql")]
        Kind::Mysql => Arc::new(MysqlStore::open(database.url(), options).expect("the database opens")),
        #[cfg(not(all(feature = "postgres", feature = "mysql")))]
        kind => unreachable!("{kind} is not part of this build"),
    }
}

struct LibraryCaller {
    verifier: Verifier,
    address: IpAddr,
    code: &'static str,
}

impl Caller for LibraryCaller {
    type Session = (Recipient, SessionToken);

    async fn register(&mut self, number: String) -> Self::Session {
        let recipient = Recipient::parse(&number).expect("a number");
        let request = StartRequest::new(recipient).caller(self.address);
        let session = self.verifier.start(request).await.expect("a start");
        (session.recipient, session.token.expect("a token"))
    }

    async fn verify(&mut self, (recipient, token): &Self::Session) {
        let request = CheckRequest::new(recipient.clone(), token.clone(), self.code);
        let checked = self.verifier.check(request).await.expect("a check");
        assert_eq!(checked.outcome == Outcome::Verified, self.code == "123456", "{:?}", checked.outcome);
    }
}
