//! One row of a table.

use otp_core::FailureClass;

use crate::request::{JSON, Request};

/// A short story.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) agreement: Agreement,
}

/// What happens.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Send(Request),
    /// Anything on a connection.
    Bytes(Vec<u8>),
    /// A worker sends what is queued; the last message's head is compared.
    Work,
    /// Seconds pass.
    Pass(u64),
    /// The next message fails.
    Fail(FailureClass),
    /// The store goes down.
    Down,
    /// The host's accounts go down.
    NoAccounts,
}

/// How far the frameworks agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    Whole,
    /// On the status alone, with the reason.
    Status(&'static str),
    /// On refusing alone (no answer, or a status of 400 and above), with the reason.
    Refusal(&'static str),
}

impl Row {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), steps: Vec::new(), agreement: Agreement::Whole }
    }

    pub(crate) fn send(self, request: Request) -> Self {
        self.step(Step::Send(request))
    }

    pub(crate) fn post(self, target: &str, body: &str) -> Self {
        self.send(Request::post(target, JSON, body))
    }

    pub(crate) fn bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Bytes(bytes.into()))
    }

    pub(crate) fn work(self) -> Self {
        self.step(Step::Work)
    }

    pub(crate) fn pass(self, seconds: u64) -> Self {
        self.step(Step::Pass(seconds))
    }

    pub(crate) fn fail(self, class: FailureClass) -> Self {
        self.step(Step::Fail(class))
    }

    pub(crate) fn down(self) -> Self {
        self.step(Step::Down)
    }

    pub(crate) fn no_accounts(self) -> Self {
        self.step(Step::NoAccounts)
    }

    /// The row again and again.
    pub(crate) fn times(self, times: usize, more: impl Fn(Self) -> Self) -> Self {
        (0..times).fold(self, |row, _| more(row))
    }

    pub(crate) fn agreeing(mut self, agreement: Agreement) -> Self {
        self.agreement = agreement;
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
