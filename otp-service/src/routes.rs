//! Which senders a channel has, and in which order.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use otp_core::{Channel, FailureClass};

use crate::sender::{Message, Receipt, SendError, Sender};

/// The longest a sender may take for one message.
pub const SEND_LIMIT: Duration = Duration::from_secs(8);

/// Ordered senders per channel: the first is preferred, the rest take over where that can help.
///
/// ```
/// use std::sync::Arc;
/// use otp_core::Channel;
/// use otp_service::{DiscardSender, Routes};
///
/// let routes = Routes::default().with(Channel::Sms, Arc::new(DiscardSender));
/// assert!(routes.serves(Channel::Sms) && !routes.serves(Channel::Email));
/// ```
#[derive(Clone, Default)]
pub struct Routes {
    senders: BTreeMap<Channel, Vec<Arc<dyn Sender>>>,
}

impl Routes {
    /// Adds a sender behind those the channel has.
    #[must_use]
    pub fn with(mut self, channel: Channel, sender: Arc<dyn Sender>) -> Self {
        self.senders.entry(channel).or_default().push(sender);
        self
    }

    /// The same sender for every channel it carries.
    #[must_use]
    pub fn all(sender: &Arc<dyn Sender>) -> Self {
        let channels = Channel::ALL.into_iter().filter(|channel| sender.carries(*channel));
        channels.fold(Self::default(), |routes, channel| routes.with(channel, Arc::clone(sender)))
    }

    /// Whether the channel has a sender.
    #[must_use]
    pub fn serves(&self, channel: Channel) -> bool {
        self.senders.get(&channel).is_some_and(|senders| !senders.is_empty())
    }

    /// Tries the channel's senders in order until one accepts, none can help, or it is too late for the next; returns
    /// the one that accepted.
    pub(crate) async fn send(
        &self,
        message: &Message,
        in_time: impl Fn() -> bool,
    ) -> Result<(String, Receipt), SendError> {
        let mut last = SendError::new("routes", FailureClass::Route);
        for sender in self.senders.get(&message.channel).into_iter().flatten().take_while(|_| in_time()) {
            let sent = match tokio::time::timeout(SEND_LIMIT, sender.send(message)).await {
                Ok(sent) => sent,
                Err(_) => Err(SendError::new(sender.name(), FailureClass::Unknown).code("timeout")),
            };
            match sent {
                Ok(receipt) => return Ok((sender.name().to_owned(), receipt)),
                Err(error) if error.class.may_fail_over() => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |senders: &Vec<Arc<dyn Sender>>| senders.iter().map(|s| s.name().to_owned()).collect::<Vec<_>>();
        f.debug_map()
            .entries(self.senders.iter().map(|(channel, senders)| (channel, names(senders))))
            .finish()
    }
}
