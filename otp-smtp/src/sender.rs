//! [`SmtpSender`].

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use otp_core::{Channel, EmailAddress};
use otp_service::{Message, Receipt, SendError, Sender};
use tokio::time::timeout;
use tracing::debug;

use crate::{
    Probe, SmtpBuilder, Tls,
    connect::Server,
    failure::{Failure, Fault, Step},
    mail::{From, Mail},
    pool::Pool,
    probe, transaction,
};

/// How long a connection that was used before may take for its first answer; it may be one that a firewall forgot, on
/// which nothing ever comes.
const REUSE_PATIENCE: Duration = Duration::from_secs(2);

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
        *step = Step::Pool;
        let _permit = self.pool.permit().await;
        if let Some(mut connection) = self.pool.take() {
            match transaction::announce(&mut connection, mail, REUSE_PATIENCE, step).await {
                Ok(()) => return self.finish(connection, mail, step).await,
                Err(failure) if failure.is_end() => {
                    debug!(step = %failure.step(), "an idle connection to the mail server was closed");
                    self.pool.clear();
                }
                Err(failure) => {
                    self.pool.keep(connection);
                    return Err(failure);
                }
            }
        }
        let (mut connection, _) = self.server.connect(step).await?;
        match transaction::announce(&mut connection, mail, self.limit, step).await {
            Ok(()) => self.finish(connection, mail, step).await,
            Err(failure) => {
                if !failure.is_end() {
                    self.pool.keep(connection);
                }
                Err(failure)
            }
        }
    }

    async fn finish(
        &self,
        mut connection: crate::connect::Connection,
        mail: &Mail,
        step: &mut Step,
    ) -> Result<(), Failure> {
        let sent = transaction::content(&mut connection, mail, step).await;
        if sent.as_ref().err().is_none_or(|failure| !failure.is_end()) {
            self.pool.keep(connection);
        }
        sent
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
