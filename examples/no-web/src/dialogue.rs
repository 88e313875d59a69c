//! What is asked, and what is done with the answer.

use std::io;

use otp_core::{Outcome, Purpose, Recipient, Refusal, Timestamp};
use otp_service::{Address, CheckRequest, ResendRequest, Session, StartError, StartRequest, Verifier};

use crate::{terminal::Terminal, words};

pub(crate) struct Dialogue {
    verifier: Verifier,
    terminal: Terminal,
}

/// A code that was sent.
struct Sent {
    recipient: Recipient,
    address: Address,
    expires_at: Timestamp,
    resend_at: Timestamp,
}

/// How the questions about one code ended.
enum Ended {
    Verified,
    /// This code leads nowhere any more.
    InVain,
    /// The person left.
    Left,
}

impl Dialogue {
    pub(crate) const fn new(verifier: Verifier, terminal: Terminal) -> Self {
        Self { verifier, terminal }
    }

    /// Talks until the person is verified (`true`) or leaves.
    pub(crate) async fn run(mut self) -> io::Result<bool> {
        self.terminal.say(words::WELCOME)?;
        while let Some(text) = self.terminal.ask("Phone number or e-mail address: ").await? {
            if text == "quit" {
                break;
            }
            let Some(sent) = self.start(&text).await? else { continue };
            match self.ask_for_code(sent).await? {
                Ended::Verified => return Ok(true),
                Ended::InVain => {}
                Ended::Left => break,
            }
        }
        self.terminal.say(words::NOT_VERIFIED)?;
        Ok(false)
    }

    /// Sends a code to what was typed, or says why not.
    async fn start(&self, text: &str) -> io::Result<Option<Sent>> {
        let recipient = match self.verifier.parse_recipient(text) {
            Ok(recipient) => recipient,
            Err(invalid) => return self.terminal.say(&words::invalid(&invalid)).map(|()| None),
        };
        match self.verifier.start(StartRequest::new(recipient)).await {
            Ok(session) => {
                self.terminal.say(&words::sent(&session))?;
                Ok(Some(Sent::new(session, self.verifier.now())))
            }
            Err(error) => self.terminal.say(&words::not_sent(&error)).map(|()| None),
        }
    }

    async fn ask_for_code(&mut self, mut sent: Sent) -> io::Result<Ended> {
        self.terminal.say(words::HELP)?;
        loop {
            let countdown = || words::countdown(self.verifier.now(), sent.expires_at, sent.resend_at);
            let Some(text) = self.terminal.ask_below(countdown, "Code: ").await? else {
                return Ok(Ended::Left);
            };
            let ended = match text.as_str() {
                "" => None,
                "cancel" => self.cancel(&sent).await?,
                "resend" => self.resend(&mut sent).await?,
                code => self.check(&sent, code).await?,
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    async fn check(&self, sent: &Sent, code: &str) -> io::Result<Option<Ended>> {
        let request = CheckRequest::new(sent.recipient.clone(), sent.address.clone(), code);
        let outcome = match self.verifier.check(request).await {
            Ok(checked) => checked.outcome,
            Err(error) => return self.terminal.say(&words::not_checked(&error)).map(|()| None),
        };
        self.terminal.say(&words::checked(outcome))?;
        Ok(match outcome {
            Outcome::Verified => Some(Ended::Verified),
            Outcome::Wrong { checks_left: 1.. } | Outcome::Expired => None,
            Outcome::Wrong { checks_left: 0 }
            | Outcome::Mismatch
            | Outcome::AlreadyVerified
            | Outcome::TooManyChecks
            | Outcome::Locked { .. } => Some(Ended::InVain),
        })
    }

    async fn resend(&self, sent: &mut Sent) -> io::Result<Option<Ended>> {
        let request = ResendRequest::new(sent.recipient.clone(), sent.address.clone());
        match self.verifier.resend(request).await {
            Ok(session) => {
                self.terminal.say(&words::sent(&session))?;
                *sent = Sent::new(session, self.verifier.now());
                Ok(None)
            }
            Err(error) => {
                self.terminal.say(&words::not_sent(&error))?;
                Ok(match error {
                    StartError::Refused(
                        Refusal::Mismatch
                        | Refusal::AlreadyVerified
                        | Refusal::TooManyChecks
                        | Refusal::Locked { .. },
                    ) => Some(Ended::InVain),
                    // The code that was sent before may still be right.
                    _ => None,
                })
            }
        }
    }

    async fn cancel(&self, sent: &Sent) -> io::Result<Option<Ended>> {
        match self.verifier.cancel(&Purpose::default(), &sent.recipient, &sent.address).await {
            // A refusal says that there is nothing to withdraw any more.
            Ok(Ok(()) | Err(_)) => self.terminal.say(words::CANCELED).map(|()| Some(Ended::InVain)),
            Err(error) => self.terminal.say(&words::not_canceled(&error)).map(|()| None),
        }
    }
}

impl Sent {
    fn new(session: Session, now: Timestamp) -> Self {
        Self {
            address: session.token.map_or(Address::Recipient, Address::Token),
            expires_at: now + session.expires_in,
            resend_at: now + session.resend_in,
            recipient: session.recipient,
        }
    }
}
