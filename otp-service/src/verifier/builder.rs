//! Putting a verifier together.

use std::sync::Arc;

use otp_core::{
    Destinations, Keyring, Namespace, Policy,
    message::{Catalogue, CatalogueProblems},
};
use tokio::sync::{Notify, Semaphore};

use super::{DeliveryMode, Inner, PrescribedCodes, Verifier, receive::MOST_WAITING};
use crate::{
    clock::{Clock, SystemClock},
    desk::Desk,
    events::{Events, TracingEvents},
    proof::Proofs,
    routes::Routes,
    store::Store,
};

/// What a [`Verifier`] is made of. Only store, keyring and routes have no default.
#[must_use = "a builder does nothing until `build`"]
pub struct VerifierBuilder {
    store: Arc<dyn Store>,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
    events: Arc<dyn Events>,
    namespace: Namespace,
    policy: Policy,
    destinations: Destinations,
    app_name: String,
    catalogue: Option<Catalogue>,
    issuer: String,
    audience: Option<String>,
    routes: Routes,
    prescribed: PrescribedCodes,
    delivery: DeliveryMode,
}

impl VerifierBuilder {
    pub(super) fn new(store: Arc<dyn Store>, keyring: Keyring) -> Self {
        Self {
            store,
            keyring,
            clock: Arc::new(SystemClock::new()),
            events: Arc::new(TracingEvents),
            namespace: Namespace::default(),
            policy: Policy::default(),
            destinations: Destinations::default(),
            app_name: "this service".to_owned(),
            catalogue: None,
            issuer: "otp".to_owned(),
            audience: None,
            routes: Routes::default(),
            prescribed: PrescribedCodes::default(),
            delivery: DeliveryMode::default(),
        }
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another taker of events than `tracing`.
    pub fn events(mut self, events: Arc<dyn Events>) -> Self {
        self.events = events;
        self
    }

    /// The tenant. A [`Worker`](crate::Worker) sends the messages of its verifier's namespace and no others, so that
    /// each has its own texts and senders: give every namespace a worker.
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// The limits.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Countries and prefixes that messages may go to.
    pub fn destinations(mut self, destinations: Destinations) -> Self {
        self.destinations = destinations;
        self
    }

    /// The name in the built-in texts.
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = name.into();
        self
    }

    /// Other texts than the built-in ones; the catalogue brings its own name of the app.
    pub fn catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = Some(catalogue);
        self
    }

    /// The issuer in proofs: this service's name, `otp` by default.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// The audience in proofs: the service that takes them, the namespace's name by default. A proof opens for its own
    /// namespace alone whatever the audience.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The senders of each channel.
    pub fn routes(mut self, routes: Routes) -> Self {
        self.routes = routes;
        self
    }

    /// Fixed codes of test recipients and sandboxes.
    pub fn prescribed(mut self, prescribed: PrescribedCodes) -> Self {
        self.prescribed = prescribed;
        self
    }

    /// Queue (the default) or inline.
    pub fn delivery(mut self, mode: DeliveryMode) -> Self {
        self.delivery = mode;
        self
    }

    /// The verifier.
    ///
    /// # Errors
    ///
    /// [`CatalogueProblems`] where the app's name makes no valid text.
    pub fn build(self) -> Result<Verifier, CatalogueProblems> {
        let catalogue = match self.catalogue {
            Some(catalogue) => catalogue,
            None => Catalogue::builder().app_name(self.app_name).build()?,
        };
        let proofs = Proofs::new(&self.keyring, self.issuer, self.namespace.clone());
        let inner = Inner {
            proofs: match self.audience {
                Some(audience) => proofs.with_audience(audience),
                None => proofs,
            },
            store: self.store,
            clock: self.clock,
            events: self.events,
            keyring: self.keyring,
            namespace: self.namespace,
            policy: self.policy,
            destinations: self.destinations,
            catalogue,
            routes: self.routes,
            prescribed: self.prescribed,
            delivery: self.delivery,
            queued: Notify::new(),
            waiting_receipts: Semaphore::new(MOST_WAITING),
            desk: Desk::default(),
        };
        Ok(Verifier { inner: Arc::new(inner) })
    }
}
