//! The sender.

use otp_core::Channel;
use otp_service::{Message, Receipt, SendError, Sender};

/// Prints messages, where a real application has `otp-twilio` or the like.
pub(crate) struct Terminal;

#[async_trait::async_trait]
impl Sender for Terminal {
    fn name(&self) -> &str {
        "terminal"
    }

    fn carries(&self, channel: Channel) -> bool {
        matches!(channel, Channel::Sms | Channel::Email)
    }

    #[expect(clippy::print_stdout, reason = "printing is this sender's job")]
    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        println!("to {}: {}", message.to.as_str(), message.body.expose());
        Ok(Receipt::default())
    }
}
