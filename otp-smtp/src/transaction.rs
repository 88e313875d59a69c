//! One message over one connection, step by step.

use std::{fmt::Display, time::Duration};

use lettre::transport::smtp::{
    client::AsyncSmtpConnection,
    commands::{Data, Mail as MailFrom, Rcpt, Rset},
};
use tokio::time::timeout;

use crate::{
    Reply,
    connect::Connection,
    failure::{Failure, Fault, Step},
    mail::Mail,
};

/// Names sender and recipient and announces the message; nothing of it is sent. `patience` is for the first answer.
pub(crate) async fn announce(
    connection: &mut Connection,
    mail: &Mail,
    patience: Duration,
    step: &mut Step,
) -> Result<(), Failure> {
    *step = Step::Mail;
    let smtp = &mut connection.smtp;
    if connection.in_transaction {
        first_answer(patience, command(smtp, Rset, Step::Mail, 2)).await?;
    }
    connection.in_transaction = true;
    let from = MailFrom::new(Some(mail.from.clone()), Vec::new());
    first_answer(patience, command(smtp, from, Step::Mail, 2)).await?;
    *step = Step::Rcpt;
    command(smtp, Rcpt::new(mail.to.clone(), Vec::new()), Step::Rcpt, 2).await?;
    *step = Step::Data;
    command(smtp, Data, Step::Data, 3).await
}

/// Sends the message. From [`Step::Accept`] on it may have left.
pub(crate) async fn content(
    connection: &mut Connection,
    mail: &Mail,
    step: &mut Step,
) -> Result<(), Failure> {
    *step = Step::Content;
    let parts = Parts { content: Some(&mail.content), step };
    let answer = connection.smtp.message_iter(parts).await;
    let failed = match answer {
        Ok(response) if u16::from(response.code()) / 100 == 2 => None,
        Ok(response) => Some(Fault::Refused(Reply::of_response(&response))),
        Err(error) => Some(Fault::of(&error)),
    };
    connection.in_transaction = false;
    failed.map_or(Ok(()), |fault| Err(fault.at(*step)))
}

/// The message in one part. The library asks for a second one when the first is written, then sends the final dot.
struct Parts<'a> {
    content: Option<&'a [u8]>,
    step: &'a mut Step,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let part = self.content.take();
        if part.is_none() {
            *self.step = Step::Accept;
        }
        part
    }
}

/// Says a command; any answer but one of this kind (2: done, 3: go on) is a failure.
async fn command(
    smtp: &mut AsyncSmtpConnection,
    command: impl Display,
    step: Step,
    kind: u16,
) -> Result<(), Failure> {
    let response = smtp.command(command).await.map_err(|error| Fault::of(&error).at(step))?;
    let reply = Reply::of_response(&response);
    if reply.code() / 100 == kind { Ok(()) } else { Err(Fault::Refused(reply).at(step)) }
}

async fn first_answer(
    patience: Duration,
    answer: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    timeout(patience, answer).await.unwrap_or(Err(Fault::TimedOut.at(Step::Mail)))
}
