//! `otp doctor`: checks of everything that the troubleshooting guides speak of.
//!
//! | file | checks |
//! |---|---|
//! | [`configuration`] | what was configured, placeholders, keys, logs |
//! | [`senders`] | who carries messages, whether providers are reachable and take our credentials |
//! | [`texts`] | lengths of messages, lives of codes |
//! | [`records`] | the database and what it holds |
//! | [`server`] | a running server |
//!
//! A new check is a row of [`CHECKS`] and a function in one of these files; the guides' entries are in [`reference`].

mod configuration;
mod finding;
mod patient;
mod records;
mod reference;
mod senders;
mod server;
mod texts;

use std::{pin::Pin, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::timeout};

pub(crate) use self::finding::{Finding, Status};
use self::patient::Patient;
pub use self::reference::reference;
use crate::{command::CommandError, config::Sources};

/// The longest a check may take, as long as a sender may take for one message.
const LIMIT: Duration = Duration::from_secs(8);

/// One thing to look at.
struct Check {
    name: &'static str,
    /// One sentence for the reference.
    about: &'static str,
    run: fn(Arc<Patient>) -> Running,
}

/// A check under way.
type Running = Pin<Box<dyn Future<Output = Vec<Finding>> + Send>>;

/// Makes a check of a function: `check!("name", "about", function)`. A function that waits for nothing may be one
/// without `async`, as `now function`.
macro_rules! check {
    ($name:literal, $about:literal, now $run:path) => {
        Check { name: $name, about: $about, run: |patient| Box::pin(async move { $run(&patient) }) }
    };
    ($name:literal, $about:literal, $run:path) => {
        Check { name: $name, about: $about, run: |patient| Box::pin($run(patient)) }
    };
}

/// Every check, in the order of the report.
const CHECKS: &[Check] = &[
    check!(
        "configuration",
        "Everything `otp serve` would refuse or warn about, each with its key and source; missing keys by name.",
        now configuration::problems
    ),
    check!(
        "build",
        "Which senders and databases this program has.",
        now configuration::build
    ),
    check!(
        "credentials",
        "Values that were copied from a guide and never filled in: a fail for a sender in use, a warning else.",
        now configuration::credentials
    ),
    check!(
        "secret key",
        "Where the key is from, and how many there are; weak ones are a problem of the configuration.",
        now configuration::secret_key
    ),
    check!(
        "log",
        "Whether the log's filter lets libraries write what must not be written.",
        now configuration::log
    ),
    check!(
        "senders",
        "Which senders each channel has; one that shows codes, or sends nothing, is a warning.",
        now senders::routes
    ),
    check!(
        "real messages",
        "Whether messages that are paid for leave from a development environment.",
        now senders::real_messages
    ),
    check!(
        "from",
        "Whether what messages come from is a number in E.164, a sender id or a short code.",
        now senders::from
    ),
    check!(
        "sender",
        "For each sender: TCP, TLS with a verified certificate, and login, without sending; state, credit and trial \
         mode of the account where the provider tells them. Something that stands in for a provider and does not is a \
         warning.",
        senders::probe
    ),
    check!(
        "receipts",
        "Whether providers report what became of messages, and whether these reports can be believed.",
        now senders::receipts
    ),
    check!(
        "message length",
        "Text messages that take more than one SMS, with their count, for each purpose and language.",
        now texts::length
    ),
    check!(
        "codes",
        "Life, digits and limits of codes: what suits people, and what production would refuse.",
        now texts::codes
    ),
    check!(
        "answers",
        "Whether callers learn why a code was refused.",
        now texts::answers
    ),
    check!(
        "delivery",
        "Whether a request waits for the provider.",
        now texts::delivery
    ),
    check!("database", "Whether it is reachable, of a kind that works, and migrated.", records::database),
    check!("clock", "How far the database's clock and this machine's differ.", records::clock),
    check!("tables", "How many rows there are, and how many are over.", records::tables),
    check!("queue", "Whether messages wait that nobody sends.", records::queue),
    check!("deliveries", "How many of the last messages failed, and why.", records::deliveries),
    check!(
        "live codes",
        "Whether the keys are there that the codes on their way were made with.",
        records::live_codes
    ),
    check!("server", "Whether a server runs at `bind`, is ready, and has the calls.", server::running),
];

/// Runs every check, all at a time, and returns what they found in their order.
///
/// # Errors
///
/// [`CommandError::Io`] where there is no runtime to be had. What is wrong with the patient is no error.
pub(crate) fn examine(sources: Sources) -> Result<Vec<Finding>, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let patient = Arc::new(Patient::new(sources));
    let found = runtime.block_on(run(Arc::clone(&patient)));
    // Closes the database; what hangs in it is left behind.
    drop(patient);
    runtime.shutdown_background();
    Ok(found)
}

async fn run(patient: Arc<Patient>) -> Vec<Finding> {
    let mut running = JoinSet::new();
    for (number, check) in CHECKS.iter().enumerate() {
        let run = (check.run)(Arc::clone(&patient));
        running.spawn(async move {
            let found = timeout(LIMIT, run).await.unwrap_or_else(|_| {
                let finding = format!("no result within {} s", LIMIT.as_secs());
                vec![Finding::fail(check.name, finding, "what it asks does not answer: see the other lines")]
            });
            (number, found)
        });
    }
    let mut found = Vec::with_capacity(CHECKS.len());
    while let Some(ended) = running.join_next().await {
        found.push(ended.unwrap_or_else(|_| {
            let finding = Finding::fail("doctor", "a check broke off", "please report it");
            (CHECKS.len(), vec![finding])
        }));
    }
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().flat_map(|(_, found)| found).collect()
}
