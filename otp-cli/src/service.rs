//! From a configuration to a verifier.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use otp_core::KeyId;
use otp_service::{Clock, PrescribedCodes, Routes, SystemClock, Verifier, WebhookReader, Worker};

use crate::{
    command::CommandError,
    config::{Config, DeliveryMode, SenderName},
    database::Database,
    senders::{Senders, webhooks},
};

/// The purposes of `otp serve`: the verification apps', and those of the account app's two kinds of recipients.
pub(crate) const PURPOSES: [&str; 3] = ["verify", "email-verification", "phone-verification"];

/// A verifier on its database.
pub(crate) struct Service {
    pub(crate) verifier: Verifier,
    pub(crate) database: Database,
    /// Readers of delivery receipts, for the providers in use.
    pub(crate) webhooks: Vec<Arc<dyn WebhookReader>>,
    /// The secret keys that were given.
    pub(crate) key_ids: Vec<KeyId>,
    retention: Duration,
}

impl Service {
    /// The service a configuration describes, on its database, which is migrated.
    ///
    /// # Errors
    ///
    /// [`CommandError`] when the database or a sender cannot be opened.
    pub(crate) fn open(config: Config) -> Result<Self, CommandError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        // Senders first: what is wrong with them is said without waiting for a database.
        let senders = Senders::build(&config.routes, &config.senders, &clock)?;
        let webhooks = webhooks(&config.senders)?;
        let database = Database::open(&config.database, true)?;
        announce(&config, &*clock);
        let routes = senders.routes(&config.routes);
        Ok(Self::with(config, clock, database, routes, webhooks))
    }

    /// The records alone, for operators: nothing is sent or migrated, and no file is made.
    ///
    /// # Errors
    ///
    /// [`CommandError`] when the database cannot be opened, or is not up to date.
    pub(crate) fn records(config: Config) -> Result<Self, CommandError> {
        let database = Database::open(&config.database, false)?;
        Ok(Self::with(config, Arc::new(SystemClock::new()), database, Routes::default(), Vec::new()))
    }

    /// A worker for the messages of this service.
    pub(crate) fn worker(&self) -> Worker {
        Worker::new(&self.verifier).retention(self.retention)
    }

    fn with(
        config: Config,
        clock: Arc<dyn Clock>,
        database: Database,
        routes: Routes,
        webhooks: Vec<Arc<dyn WebhookReader>>,
    ) -> Self {
        let prescribed = prescribed(&config);
        let delivery = match config.delivery {
            DeliveryMode::Queue => otp_service::DeliveryMode::Queue,
            DeliveryMode::Inline => otp_service::DeliveryMode::Inline,
        };
        let key_ids = config.keyring.ids().cloned().collect();
        let builder = Verifier::builder(Arc::clone(&database.store), config.keyring)
            .clock(clock)
            .policy(config.policy)
            .destinations(config.destinations)
            .catalogue(config.catalogue)
            .routes(routes)
            .prescribed(prescribed)
            .delivery(delivery);
        Self {
            verifier: builder.build().expect("the catalogue is built already"),
            database,
            webhooks,
            key_ids,
            retention: Duration::from_secs(u64::from(config.record_retention_days) * 86_400),
        }
    }
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
    tracing::info!(kind = config.database.kind().as_str(), url = config.database.masked(), "database");
    let senders: BTreeSet<_> = config.routes.values().flatten().collect();
    for sender in senders {
        let carries = config.routes.iter().filter(|(_, names)| names.contains(sender));
        let channels: Vec<_> = carries.map(|(channel, _)| channel.as_str()).collect();
        tracing::info!(%sender, channels = channels.join(","), "sender");
    }
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
