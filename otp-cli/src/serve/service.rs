//! From a configuration to a verifier.

use std::{collections::BTreeMap, io, sync::Arc};

use otp_core::Channel;
use otp_diesel::{Options, SqliteStore};
use otp_service::{
    Accounts, Clock, DiscardSender, PrescribedCodes, Routes, Sender, Store, SystemClock, Verifier,
};

use crate::{
    command::CommandError,
    config::{Config, DatabaseUrl, DeliveryMode, SenderName, SenderOptions},
    senders::{ConsoleSender, FileSender},
};

/// A verifier, and the accounts in the same database.
pub(super) struct Service {
    pub(super) verifier: Verifier,
    pub(super) accounts: Arc<dyn Accounts>,
}

/// The service a configuration describes, on its migrated database.
///
/// # Errors
///
/// [`CommandError`] when the database or a sender cannot be opened.
pub(super) fn service(config: Config) -> Result<Service, CommandError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (store, accounts) = open(&config.database)?;
    let routes = routes(&config.routes, &config.senders, &clock)?;
    announce(&config, &*clock);
    let prescribed = prescribed(&config);
    let delivery = match config.delivery {
        DeliveryMode::Queue => otp_service::DeliveryMode::Queue,
        DeliveryMode::Inline => otp_service::DeliveryMode::Inline,
    };
    let builder = Verifier::builder(store, config.keyring)
        .clock(clock)
        .policy(config.policy)
        .destinations(config.destinations)
        .catalogue(config.catalogue)
        .routes(routes)
        .prescribed(prescribed)
        .delivery(delivery);
    Ok(Service { verifier: builder.build().expect("the catalogue is built already"), accounts })
}

/// What a database keeps.
type Opened = (Arc<dyn Store>, Arc<dyn Accounts>);

fn open(database: &DatabaseUrl) -> Result<Opened, CommandError> {
    match database {
        DatabaseUrl::Sqlite(path) => {
            let path = path.display().to_string();
            let store = SqliteStore::open(path, Options::new().migrate(true))?;
            let accounts = Arc::new(store.accounts());
            Ok((Arc::new(store), accounts))
        }
        other => Err(CommandError::NoSuchStore(other.kind().as_str())),
    }
}

fn routes(
    names: &BTreeMap<Channel, Vec<SenderName>>,
    options: &SenderOptions,
    clock: &Arc<dyn Clock>,
) -> Result<Routes, CommandError> {
    let mut senders: BTreeMap<SenderName, Arc<dyn Sender>> = BTreeMap::new();
    let mut routes = Routes::default();
    for (channel, name) in
        names.iter().flat_map(|(channel, names)| names.iter().map(move |name| (channel, name)))
    {
        if !senders.contains_key(name)
            && let Some(sender) = sender(*name, options, clock)?
        {
            senders.insert(*name, sender);
        }
        if let Some(sender) = senders.get(name) {
            routes = routes.with(*channel, Arc::clone(sender));
        }
    }
    Ok(routes)
}

/// The sender of this name; none for the sandbox, which sends nothing.
fn sender(
    name: SenderName,
    options: &SenderOptions,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<dyn Sender>>, CommandError> {
    Ok(Some(match name {
        SenderName::Console => Arc::new(ConsoleSender),
        SenderName::Discard => Arc::new(DiscardSender),
        SenderName::File => {
            let path = &options.file.as_ref().ok_or(CommandError::NoSuchSender("file"))?.path;
            let opened = FileSender::open(path, Arc::clone(clock));
            Arc::new(opened.map_err(|error| {
                io::Error::new(
                    error.kind(),
                    format!("OTP_FILE_PATH: cannot write {}: {error}", path.display()),
                )
            })?)
        }
        SenderName::Sandbox => return Ok(None),
        other => return Err(CommandError::NoSuchSender(other.as_str())),
    }))
}

fn prescribed(config: &Config) -> PrescribedCodes {
    let test_recipients = config.test_recipients.iter().fold(PrescribedCodes::default(), |codes, test| {
        codes.recipient(test.recipient.clone(), test.code.clone(), test.until)
    });
    let Some(sandbox) = &config.senders.sandbox else { return test_recipients };
    let channels = config.routes.iter().filter(|(_, names)| names.first() == Some(&SenderName::Sandbox));
    channels.fold(test_recipients, |codes, (channel, _)| {
        codes.sandbox(*channel, sandbox.code.clone(), sandbox.recipients.clone())
    })
}

/// Says what nobody should find out later.
fn announce(config: &Config, clock: &dyn Clock) {
    let now = clock.now();
    for test in config.test_recipients.iter().filter(|test| test.is_valid_at(now)) {
        tracing::warn!(recipient = %test, "a test recipient has a fixed code");
    }
    for (channel, names) in &config.routes {
        for name in names.iter().filter(|name| name.is_for_development()) {
            tracing::warn!(%channel, sender = %name, "this sender shows codes or sends nothing: development only");
        }
    }
}
