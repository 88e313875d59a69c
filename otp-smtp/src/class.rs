//! Which [`FailureClass`] a failure has; the table is in the crate's documentation.

use otp_core::FailureClass;

use crate::{Fault, Reply, Step};

pub(crate) fn of(step: Step, fault: Fault) -> FailureClass {
    match fault {
        Fault::NoAddress | Fault::Io(_) | Fault::Lost | Fault::TimedOut if step == Step::Accept => {
            FailureClass::Unknown
        }
        Fault::NoAddress | Fault::Io(_) | Fault::Lost | Fault::TimedOut => FailureClass::Transient,
        Fault::NotSmtp
        | Fault::NoStartTls
        | Fault::OutOfTurn
        | Fault::Tls(_)
        | Fault::Certificate(_)
        | Fault::NoMechanism => FailureClass::Provider,
        Fault::Message(_) => FailureClass::Request,
        Fault::Refused(reply) => match reply.code() / 100 {
            4 => temporary(step, reply),
            5 => permanent(step, reply),
            // A yes where it means nothing: whatever this server does, it may have taken the message.
            _ if step == Step::Accept => FailureClass::Unknown,
            _ => FailureClass::Provider,
        },
    }
}

fn temporary(step: Step, reply: Reply) -> FailureClass {
    match (step, reply.code()) {
        // 454: the server's own TLS is broken (RFC 3207, section 4); 432: the password must be set anew (RFC 4954,
        // section 4.7.12). Neither passes by itself.
        (Step::StartTls, _) | (Step::Auth, 432) => FailureClass::Provider,
        _ => FailureClass::Transient,
    }
}

fn permanent(step: Step, reply: Reply) -> FailureClass {
    // Before the recipient is named, no refusal is about the recipient.
    if step < Step::Rcpt {
        return FailureClass::Provider;
    }
    match (reply.code(), reply.status()) {
        // Not logged in, or not well enough (RFC 4954, section 6).
        (530 | 534 | 535 | 538, _) => FailureClass::Provider,
        (_, Some((subject, detail))) if subject != 0 => by_status(subject, detail),
        (code, _) => by_code(step, code),
    }
}

/// Enhanced statuses (RFC 3463 and the IANA registry "SMTP Enhanced Status Codes").
const fn by_status(subject: u16, detail: u16) -> FailureClass {
    match (subject, detail) {
        // Bad sender address (5.1.7, 5.1.8); log-in (5.7.8, 5.7.9, 5.7.13); Microsoft's "not logged in" (5.7.57) and
        // "may not send as this address" (5.7.60): the same for every recipient.
        (1, 7 | 8) | (7, 8 | 9 | 13 | 57 | 60) => FailureClass::Provider,
        // No such mailbox or domain; the mailbox is off or full; Microsoft's answer for unknown mailboxes (5.4.1).
        (1, _) | (4, 1) => FailureClass::Recipient,
        // Too long for the mailbox or the system.
        (2, 3) | (3, 4) => FailureClass::Request,
        (2, _) => FailureClass::Recipient,
        // Policy, reputation, relaying denied: this server does not take it for this recipient, another one may. Not
        // `Provider`, since anybody can name a recipient whose domain refuses us, and five of those would close e-mail
        // for everybody; not `Blocked`, since it says nothing about what the recipient wants.
        (7 | 3 | 4, _) => FailureClass::Route,
        // Protocol and content: ours.
        (5 | 6, _) => FailureClass::Request,
        _ => FailureClass::Provider,
    }
}

/// Reply codes alone (RFC 5321, section 4.2.3; RFC 7504).
const fn by_code(step: Step, code: u16) -> FailureClass {
    match (step, code) {
        (_, 500..=504 | 555) => FailureClass::Request,
        (Step::Rcpt, 550..=553) | (_, 556) => FailureClass::Recipient,
        (Step::Rcpt, _) => FailureClass::Route,
        (_, 552) => FailureClass::Request,
        // Read and refused for what it is or where it goes.
        (_, 550) => FailureClass::Route,
        _ => FailureClass::Provider,
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use FailureClass::{Provider, Recipient, Request, Route, Transient, Unknown};
    use Step::{Accept, Auth, Content, Data, Greeting, Hello, Mail, Pool, Rcpt, StartTls, Tcp, Tls};

    use super::*;

    #[test]
    fn answers() {
        for (step, code, text, class) in [
            (Greeting, 421, "", Transient),
            (Greeting, 554, "5.7.1 blocked", Provider),
            (Greeting, 521, "", Provider),
            (Hello, 550, "", Provider),
            (StartTls, 454, "4.7.0", Provider),
            (StartTls, 502, "", Provider),
            (Auth, 535, "5.7.8", Provider),
            (Auth, 534, "5.7.9", Provider),
            (Auth, 432, "4.7.12", Provider),
            (Auth, 454, "4.7.0", Transient),
            (Mail, 250, "", Provider),
            (Mail, 421, "4.3.2", Transient),
            (Mail, 451, "4.3.0", Transient),
            (Mail, 452, "4.3.1", Transient),
            (Mail, 530, "5.7.0", Provider),
            (Mail, 550, "5.7.1", Provider),
            (Mail, 553, "5.7.1", Provider),
            (Rcpt, 450, "4.2.1", Transient),
            (Rcpt, 451, "4.7.1 greylisted", Transient),
            (Rcpt, 452, "4.2.2", Transient),
            (Rcpt, 550, "", Recipient),
            (Rcpt, 550, "5.1.1", Recipient),
            (Rcpt, 550, "5.1.10", Recipient),
            (Rcpt, 550, "5.4.1", Recipient),
            (Rcpt, 550, "5.0.0", Recipient),
            (Rcpt, 551, "", Recipient),
            (Rcpt, 552, "5.2.2", Recipient),
            (Rcpt, 552, "", Recipient),
            (Rcpt, 553, "5.1.3", Recipient),
            (Rcpt, 553, "5.1.8", Provider),
            (Rcpt, 501, "5.1.3", Recipient),
            (Rcpt, 501, "", Request),
            (Rcpt, 503, "5.5.1", Request),
            (Rcpt, 530, "5.7.0", Provider),
            (Rcpt, 550, "5.7.1", Route),
            (Rcpt, 554, "5.7.1 relay access denied", Route),
            (Rcpt, 550, "5.4.4", Route),
            (Rcpt, 554, "", Route),
            (Rcpt, 556, "", Recipient),
            (Data, 250, "", Provider),
            (Data, 451, "", Transient),
            (Data, 554, "5.5.1", Request),
            (Accept, 354, "", Unknown),
            (Accept, 421, "", Transient),
            (Accept, 451, "4.3.0", Transient),
            (Accept, 452, "", Transient),
            (Accept, 550, "", Route),
            (Accept, 550, "5.7.26", Route),
            (Accept, 550, "5.7.60", Provider),
            (Accept, 550, "5.1.1", Recipient),
            (Accept, 552, "", Request),
            (Accept, 552, "5.3.4", Request),
            (Accept, 552, "5.2.2", Recipient),
            (Accept, 554, "", Provider),
            (Accept, 554, "5.6.0", Request),
            (Accept, 554, "5.3.0", Route),
        ] {
            let reply = Reply::new(code, text);
            assert_eq!(of(step, Fault::Refused(reply)), class, "{step}: {reply}");
        }
    }

    #[test]
    fn the_final_dot_divides_again_from_unknown() {
        for fault in [Fault::TimedOut, Fault::Lost, Fault::Io(ErrorKind::ConnectionReset)] {
            for step in [Pool, Tcp, Greeting, Hello, StartTls, Tls, Auth, Mail, Rcpt, Data, Content] {
                assert_eq!(of(step, fault), Transient, "{step}: {fault}");
            }
            assert_eq!(of(Accept, fault), Unknown, "{fault}");
        }
    }

    #[test]
    fn no_tls_no_log_in_and_no_message_are_not_tried_again() {
        for (fault, class) in [
            (Fault::NotSmtp, Provider),
            (Fault::NoStartTls, Provider),
            (Fault::OutOfTurn, Provider),
            (Fault::Tls("too old"), Provider),
            (Fault::Certificate("expired"), Provider),
            (Fault::NoMechanism, Provider),
            (Fault::Message("no address"), Request),
            (Fault::NoAddress, Transient),
        ] {
            assert_eq!(of(Tls, fault), class, "{fault}");
        }
    }
}
