//! A provider of one's own: what an application writes where none of the senders that come with otp fits.
//!
//! The gateway takes one line and answers with one:
//!
//! ```text
//! -> PAGE 8c1f0d...e2.1 +14155550123 Your code is 123456
//! <- 202 a71    accepted; its name for the message
//! <- 429 30     busy; seconds to wait
//! ```
//!
//! Most of a sender is telling failures apart, for what happens next follows from the class:
//!
//! | the gateway | class | then |
//! |---|---|---|
//! | 202 | | sent |
//! | cannot be reached, 429, 503 | `Transient` | again, not before the gateway's pause is over |
//! | does not answer, or gibberish | `Unknown` | once more, the same code |
//! | 401 | `Provider` | the channel's next sender |
//! | 404 | `Recipient` | failed |
//! | 403 | `Blocked` | failed |
//! | 400 | `Request` | failed |

use std::{io::Error, time::Duration};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass as Class};
use otp_service::{Message, Receipt, SendError, Sender};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Sends text messages through the gateway at this address, like `localhost:7777`.
pub struct Pager(pub String);

// Thirty lines from here.
#[async_trait]
impl Sender for Pager {
    fn name(&self) -> &str {
        "pager"
    }

    fn carries(&self, channel: Channel) -> bool {
        channel == Channel::Sms
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let broken = |class| move |error: Error| SendError::new("pager", class).source(error);
        let text = message.body.expose().replace('\n', " ");
        let line = format!("PAGE {} {} {text}\n", message.id, message.to.as_str());
        let mut gateway = TcpStream::connect(&self.0).await.map_err(broken(Class::Transient))?;
        // From here on the message may have left, whatever breaks.
        gateway.write_all(line.as_bytes()).await.map_err(broken(Class::Unknown))?;
        let mut answer = String::new();
        BufReader::new(gateway.take(100)).read_line(&mut answer).await.map_err(broken(Class::Unknown))?;

        let (status, rest) = answer.trim_end().split_once(' ').unwrap_or((answer.trim_end(), ""));
        let class = match status {
            "202" => return Ok(Receipt { reference: Some(rest.to_owned()) }),
            "429" | "503" => Class::Transient,
            "401" => Class::Provider,
            "404" => Class::Recipient,
            "403" => Class::Blocked,
            "400" => Class::Request,
            _ => return Err(SendError::new("pager", Class::Unknown)), // unknown words may quote the message
        };
        let retry_after = rest.parse().ok().map(Duration::from_secs);
        Err(SendError { retry_after, ..SendError::new("pager", class).code(status) })
    }
}
// To here.
