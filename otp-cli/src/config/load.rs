//! From sources to a [`Config`].

use super::{
    Capabilities, Config, DeliveryMode, Environment, MissingKey, Problems, Sources, database, limits,
    secret_key, senders, server, source::settle, test_recipient, texts, values::Values,
};

impl Config {
    /// Reads a configuration. Besides the sources it looks at the files they name: secrets, texts, and in development
    /// the file of the secret key, which `missing_key` allows it to make.
    ///
    /// # Errors
    ///
    /// [`Problems`] with everything that is wrong.
    pub fn load(sources: &Sources, build: &Capabilities, missing_key: MissingKey) -> Result<Self, Problems> {
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
        let senders = senders::read(values, &routes);
        // Last, and only for a configuration that is good otherwise: it may make a file.
        let missing_key = if values.problems.is_empty() { missing_key } else { MissingKey::Ephemeral };
        let keyring =
            secret_key::read(values, environment, database.as_ref(), missing_key, &sources.directory);

        Problems::check(std::mem::take(&mut values.problems))?;
        let invariant = "what is not there has its problem";
        Ok(Self {
            environment,
            bind: values.address("bind").expect(invariant),
            tls_terminator: values.text("tls_terminator").map(str::to_owned),
            trusted_proxies,
            database: database.expect(invariant),
            keyring: keyring.expect(invariant),
            policy: policy.expect(invariant),
            catalogue: catalogue.expect(invariant),
            destinations: destinations.expect(invariant),
            test_recipients,
            routes,
            senders,
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
        })
    }
}
