//! From sources to a [`Config`].

use std::{collections::BTreeMap, net::SocketAddr};

use otp_core::{Channel, Destinations, Keyring, Policy, message::Catalogue};
use otp_http::TrustedProxies;

use super::{
    Admin, Capabilities, Config, DatabaseUrl, DeliveryMode, Environment, MissingKey, Problem, Problems,
    SenderName, SenderOptions, Setting, Sources, TestRecipient, database, limits, secret_key,
    senders::{self, Placeholder},
    server,
    source::settle,
    test_recipient, texts,
    values::Values,
};

/// A configuration as far as it can be understood: what `otp doctor` looks at, and all that a [`Config`] is made of.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) environment: Environment,
    pub(crate) bind: Option<SocketAddr>,
    pub(crate) tls_terminator: Option<String>,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) database: Option<DatabaseUrl>,
    pub(crate) keyring: Option<Keyring>,
    pub(crate) policy: Option<Policy>,
    pub(crate) catalogue: Option<Catalogue>,
    pub(crate) destinations: Option<Destinations>,
    pub(crate) test_recipients: Vec<TestRecipient>,
    pub(crate) routes: BTreeMap<Channel, Vec<SenderName>>,
    pub(crate) senders: SenderOptions,
    pub(crate) placeholders: Vec<Placeholder>,
    pub(crate) delivery: DeliveryMode,
    pub(crate) strict_errors: bool,
    pub(crate) record_retention_days: u32,
    pub(crate) admin: Option<Admin>,
    pub(crate) log: String,
    pub(crate) settings: Vec<Setting>,
    pub(crate) warnings: Vec<String>,
    pub(crate) problems: Vec<Problem>,
}

impl Draft {
    /// Reads a configuration. Besides the sources it looks at the files they name: secrets, texts, and in development
    /// the file of the secret key, which `missing_key` allows it to make.
    pub(crate) fn read(sources: &Sources, build: &Capabilities, missing_key: MissingKey) -> Self {
        let mut problems = Vec::new();
        let given = settle(sources, &mut problems);
        let values = &mut Values::new(given, problems);

        let environment = match values.choice("environment") {
            "production" => Environment::Production,
            _ => Environment::Development,
        };
        let trusted_proxies = server::trusted_proxies(values, environment);
        server::check_production(values, environment, &trusted_proxies);
        let database = database::read(values, build);
        let admin = server::admin(values);
        let log = server::log(values);
        let routes = senders::routes(values, environment, build);
        let policy = limits::policy(values, environment);
        let destinations = limits::destinations(values);
        let catalogue = texts::catalogue(values, &sources.directory);
        let test_recipients = test_recipient::read(values);
        let placeholders = senders::placeholders(values, &routes);
        let senders = senders::read(values, &routes);
        // Last, and only for a configuration that is good otherwise: it may make a file.
        let missing_key = if values.problems.is_empty() { missing_key } else { MissingKey::Ephemeral };
        let keyring =
            secret_key::read(values, environment, database.as_ref(), missing_key, &sources.directory);

        Self {
            environment,
            bind: values.address("bind"),
            tls_terminator: values.text("tls_terminator").map(str::to_owned),
            trusted_proxies,
            database,
            keyring,
            policy,
            catalogue,
            destinations,
            test_recipients,
            routes,
            senders,
            placeholders,
            delivery: match values.choice("delivery") {
                "inline" => DeliveryMode::Inline,
                _ => DeliveryMode::Queue,
            },
            strict_errors: values.boolean("strict_errors"),
            record_retention_days: values.number("record_retention_days"),
            admin,
            log,
            settings: values.settings(),
            warnings: std::mem::take(&mut values.warnings),
            problems: std::mem::take(&mut values.problems),
        }
    }
}

impl Config {
    /// Reads a configuration. Besides the sources it looks at the files they name: secrets, texts, and in development
    /// the file of the secret key, which `missing_key` allows it to make.
    ///
    /// # Errors
    ///
    /// [`Problems`] with everything that is wrong.
    pub fn load(sources: &Sources, build: &Capabilities, missing_key: MissingKey) -> Result<Self, Problems> {
        let draft = Draft::read(sources, build, missing_key);
        Problems::check(draft.problems)?;
        let invariant = "what is not there has its problem";
        Ok(Self {
            environment: draft.environment,
            bind: draft.bind.expect(invariant),
            tls_terminator: draft.tls_terminator,
            trusted_proxies: draft.trusted_proxies,
            database: draft.database.expect(invariant),
            keyring: draft.keyring.expect(invariant),
            policy: draft.policy.expect(invariant),
            catalogue: draft.catalogue.expect(invariant),
            destinations: draft.destinations.expect(invariant),
            test_recipients: draft.test_recipients,
            routes: draft.routes,
            senders: draft.senders,
            delivery: draft.delivery,
            strict_errors: draft.strict_errors,
            record_retention_days: draft.record_retention_days,
            admin: draft.admin,
            log: draft.log,
            settings: draft.settings,
            warnings: draft.warnings,
        })
    }
}
