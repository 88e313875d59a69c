//! What the operators' commands share: the records of a configuration, without its senders.

use std::str::FromStr as _;

use otp_core::{Purpose, Recipient};
use otp_service::{Keys, Records, StoreError, StoreExt as _, Verifier};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    cli::GlobalOptions,
    command::CommandError,
    config::{Config, MissingKey},
    records::Shown,
    service::{PURPOSES, Service},
};

/// An opened database and a runtime to ask it in.
pub(super) struct Operator {
    runtime: Runtime,
    config: Config,
}

/// The purposes a command works on.
#[derive(Debug, clap::Args)]
pub(super) struct PurposeOption {
    /// For this purpose only [default: every one that `otp serve` uses]
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<Purpose>,
}

impl PurposeOption {
    /// Whether none was named.
    pub(super) const fn is_any(&self) -> bool {
        self.purpose.is_none()
    }

    pub(super) fn purposes(&self) -> Vec<Purpose> {
        self.purpose.clone().map_or_else(purposes, |purpose| vec![purpose])
    }
}

/// Every purpose that `otp serve` uses.
pub(super) fn purposes() -> Vec<Purpose> {
    PURPOSES.iter().map(|name| Purpose::from_str(name).expect("legal names")).collect()
}

impl Operator {
    /// Reads the configuration. No file is made, no sender is opened.
    pub(super) fn open(options: &GlobalOptions) -> Result<Self, CommandError> {
        let config = options.load(MissingKey::Ephemeral)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, config })
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    /// Runs `work` on the database, which has to be there and up to date.
    pub(super) fn run<T>(
        self,
        work: impl AsyncFnOnce(&Service) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let Self { runtime, config } = self;
        runtime.block_on(async {
            let service = Service::records(config)?;
            work(&service).await
        })
    }
}

impl Service {
    /// Reads a recipient that an operator typed. Records are found by the secret key they were made with, so another
    /// key is refused rather than told "nobody".
    pub(super) async fn recipient(&self, text: &str) -> Result<Recipient, CommandError> {
        let recipient = self.verifier.parse_recipient(text).map_err(CommandError::Recipient)?;
        let newest = self.verifier.list(None, None, 1).await?.pop().map(|listed| listed.challenge.key_id);
        match newest {
            Some(id) if !self.key_ids.contains(&id) => Err(CommandError::OtherKey(id)),
            _ => Ok(recipient),
        }
    }

    /// Challenges as operators may see them, newest first.
    pub(super) async fn list(
        &self,
        recipient: Option<&Recipient>,
        limit: usize,
    ) -> Result<Vec<Shown>, CommandError> {
        let verifier = &self.verifier;
        let purposes = purposes();
        let of = recipient.map(|recipient| (recipient, purposes.as_slice()));
        let listed = verifier.list(of, None, limit).await?;
        let now = verifier.now();
        let mut reads = JoinSet::new();
        for (number, listed) in listed.into_iter().enumerate() {
            let verifier = verifier.clone();
            reads.spawn(async move {
                let ledger = ledger(&verifier, listed.challenge.ledger).await?;
                Ok::<_, StoreError>((number, Shown::new(listed, ledger, verifier.policy(), now)))
            });
        }
        let mut shown = Vec::with_capacity(reads.len());
        while let Some(read) = reads.join_next().await {
            shown.push(read.map_err(std::io::Error::other)??);
        }
        shown.sort_by_key(|(number, _)| *number);
        Ok(shown.into_iter().map(|(_, shown)| shown).collect())
    }
}

/// One call each, since in a partitioned store every ledger may live somewhere else.
async fn ledger(
    verifier: &Verifier,
    key: otp_core::LedgerKey,
) -> Result<Option<otp_core::Ledger>, StoreError> {
    let keys = Keys { ledgers: vec![key], ..Keys::default() };
    verifier.store().run(keys, move |records: &mut Records| records.ledgers.find(&key).cloned()).await
}
