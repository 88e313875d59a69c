//! [`SmtpSender`].

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use otp_core::{Channel, EmailAddress};
use otp_service::{Message, Receipt, SendError, Sender};
use tokio::time::{Instant, timeout};
use tracing::debug;

use crate::{
    Probe, SmtpBuilder, Tls,
    connect::{Connection, Server},
    failure::{Failure, Fault, Step},
    mail::{From, Mail},
    pool::Pool,
    probe, transaction,
};

/// How long a connection that was used before may take for its first answer; it may be one that a firewall forgot, on
/// which nothing ever comes.
const REUSE_PATIENCE: Duration = Duration::from_secs(2);
/// The part of a send's time, one of so many, that is kept for the message itself. With less left it is not begun: its
/// outcome would hardly be known in time, and until here the whole send can be repeated.
const RESERVE: u32 = 8;

/// Sends e-mail through one mail server. The crate's documentation is its guide.
///
/// Clones are not needed: it is shared as an `Arc`, and its connections with it. It must be used within a tokio runtime
/// with time and I/O enabled.
pub struct SmtpSender {
    pub(crate) name: String,
    pub(crate) server: Server,
    pub(crate) tls: Tls,
    pub(crate) from: From,
    pub(crate) pool: Arc<Pool>,
    pub(crate) limit: Duration,
}

impl SmtpSender {
    /// A sender of mail from `from`, through the mail server `server` (a name or an address, without a port).
    pub fn builder(server: impl Into<String>, from: EmailAddress) -> SmtpBuilder {
        SmtpBuilder::new(server.into(), from)
    }

    /// Connects, verifies, logs in and hangs up, without a message. It takes a connection of its own, and as long as a
    /// send at most.
    ///
    /// # Errors
    ///
    /// [`SendError`] as a send would; its source is a [`Failure`], which names the step.
    pub async fn probe(&self) -> Result<Probe, SendError> {
        let mut step = Step::Tcp;
        let ended = timeout(self.limit, probe::probe(&self.server, self.tls, &mut step)).await;
        ended.unwrap_or_else(|_| Err(Fault::TimedOut.at(step))).map_err(|it| it.of_sender(&self.name))
    }

    /// Delivers over a connection that waits, and over a new one where there is none or it turns out to be closed.
    async fn deliver(&self, mail: &Mail, step: &mut Step) -> Result<(), Failure> {
        let late = Instant::now() + self.limit - self.limit / RESERVE;
        *step = Step::Pool;
        let _permit = self.pool.permit().await;
        if let Some(connection) = self.pool.take() {
            match self.hand_over(connection, mail, REUSE_PATIENCE, late, step).await {
                // Nothing of the message was sent.
                Err(failure) if failure.is_end() && failure.step() < Step::Content => {
                    debug!(
                        sender = self.name,
                        step = failure.step().as_str(),
                        "an idle connection to the mail server was closed"
                    );
                    self.pool.clear();
                }
                ended => return ended,
            }
        }
        let (connection, _) = self.server.connect(step).await?;
        self.hand_over(connection, mail, self.limit, late, step).await
    }

    /// Sends a message over a connection, and keeps that for the next where it stays good.
    async fn hand_over(
        &self,
        mut connection: Connection,
        mail: &Mail,
        patience: Duration,
        late: Instant,
        step: &mut Step,
    ) -> Result<(), Failure> {
        let ended = match transaction::announce(&mut connection, mail, patience, step).await {
            Ok(()) if Instant::now() > late => Err(Fault::TimedOut.at(Step::Content)),
            Ok(()) => transaction::content(&mut connection, mail, step).await,
            Err(failure) => Err(failure),
        };
        if ended.as_ref().err().is_none_or(|failure| !failure.is_end()) {
            self.pool.keep(connection);
        }
        ended
    }
}

#[async_trait]
impl Sender for SmtpSender {
    fn name(&self) -> &str {
        &self.name
    }

    fn carries(&self, channel: Channel) -> bool {
        channel == Channel::Email
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let mail = Mail::new(&self.from, message).map_err(|failure| failure.of_sender(&self.name))?;
        let mut step = Step::Pool;
        let ended = timeout(self.limit, self.deliver(&mail, &mut step)).await;
        let sent = ended.unwrap_or_else(|_| Err(Fault::TimedOut.at(step)));
        sent.map_err(|failure| failure.of_sender(&self.name))?;
        Ok(Receipt { reference: Some(mail.id) })
    }
}

impl fmt::Debug for SmtpSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSender")
            .field("name", &self.name)
            .field("server", &self.server.host)
            .field("port", &self.server.port)
            .field("tls", &self.tls)
            .field("from", &self.from.address)
            .finish_non_exhaustive()
    }
}
