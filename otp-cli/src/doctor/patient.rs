//! [`Patient`]: what the checks look at.

use std::{path::Path, sync::Arc};

use otp_core::Timestamp;
use otp_diesel::Inspection;
use otp_service::{Clock, Store, SystemClock};
use tokio::sync::OnceCell;

use crate::{
    command::causes,
    config::{Capabilities, DatabaseUrl, Draft, MissingKey, Sources},
    database::{self, Database},
};

/// The configuration as far as it can be understood, and the database once somebody asks for it.
pub(crate) struct Patient {
    pub(crate) draft: Draft,
    pub(crate) build: Capabilities,
    /// Names of the files that were read.
    pub(crate) files: Vec<String>,
    pub(crate) clock: Arc<dyn Clock>,
    database: OnceCell<Examined>,
}

/// What a first look into the database found.
#[derive(Clone)]
pub(crate) enum Examined {
    /// The configuration names none that could be looked into.
    Unknown,
    /// There is none yet.
    Missing,
    /// In memory: gone with its process.
    InMemory,
    /// It cannot be opened: why, and what to do.
    Closed(String),
    /// It can be read.
    Open {
        inspection: Inspection,
        /// This machine's time before and after the database told its own.
        asked: (Timestamp, Timestamp),
        /// Absent while migrations are missing.
        database: Option<Arc<Database>>,
    },
}

impl Patient {
    pub(crate) fn new(sources: Sources) -> Self {
        let build = Capabilities::of_this_build();
        let draft = Draft::read(&sources, &build, MissingKey::Ephemeral);
        let files = [&sources.file, &sources.env_file];
        let files = files.into_iter().flatten().map(|(path, _)| path.clone()).collect();
        let clock = Arc::new(SystemClock::new());
        Self { draft, build, files, clock, database: OnceCell::new() }
    }

    /// Opens the database once, however many checks ask.
    pub(crate) async fn database(&self) -> &Examined {
        let url = self.draft.database.clone().filter(|url| self.build.databases.contains(&url.kind()));
        let clock = Arc::clone(&self.clock);
        let open = || async move {
            let Some(url) = url else { return Examined::Unknown };
            let opened = tokio::task::spawn_blocking(move || open(&url, &*clock)).await;
            opened.unwrap_or_else(|_| Examined::Closed("opening it broke off".to_owned()))
        };
        self.database.get_or_init(open).await
    }

    /// The records, where they can be read.
    pub(crate) async fn store(&self) -> Option<Arc<dyn Store>> {
        match self.database().await {
            Examined::Open { database: Some(database), .. } => Some(Arc::clone(&database.store)),
            _ => None,
        }
    }
}

fn open(url: &DatabaseUrl, clock: &dyn Clock) -> Examined {
    let directory = url.path().and_then(Path::parent).filter(|directory| !directory.as_os_str().is_empty());
    if let Some(missing) = directory.filter(|directory| !directory.is_dir()) {
        return Examined::Closed(format!("the directory {} does not exist", missing.display()));
    }
    let begun = clock.now();
    let inspection = match database::inspect(url) {
        Ok(Some(inspection)) => inspection,
        Ok(None) if matches!(url, DatabaseUrl::SqliteInMemory) => return Examined::InMemory,
        Ok(None) => return Examined::Missing,
        Err(error) => return Examined::Closed(causes(&error)),
    };
    let asked = (begun, clock.now());
    let database = if inspection.pending_migrations.is_empty() {
        match Database::open(url, false) {
            Ok(database) => Some(Arc::new(database)),
            Err(error) => return Examined::Closed(error.to_string()),
        }
    } else {
        None
    };
    Examined::Open { inspection, asked, database }
}
