//! Requests as Twilio's own libraries put them on the wire: ours are the same.

use std::{collections::BTreeSet, fs};

use otp_core::{Channel, Verdict};
use otp_provider::testing::{Golden, Server, Step};
use otp_service::{CodeProvider as _, FollowUp, Message, ReportState, Sender as _};
use otp_twilio::{Account, TwilioSender};

use crate::{described, support::*};

/// The files that a test reads: those with a request here, the signatures in `webhook.rs`, and the descriptions in
/// `described.rs`.
const REQUESTS: [&str; 12] = [
    "twilio-lookup",
    "twilio-message-api-key",
    "twilio-message-cancel",
    "twilio-message-fetch",
    "twilio-message-from",
    "twilio-message-redact",
    "twilio-message-service",
    "twilio-verify-check",
    "twilio-verify-start",
    "twilio-verify-start-custom-code",
    "twilio-verify-update-approved",
    "twilio-verify-update-canceled",
];

const BODY: &str = "123456 is your Acme code. Don't share it.\n\n@example.com #123456";

#[test]
fn every_golden_file_is_read() {
    let names = fs::read_dir(golden_folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let found: BTreeSet<String> = names
        .filter_map(|name| name.to_str().unwrap().strip_suffix(".json").map(str::to_owned))
        .filter(|name| name.starts_with("twilio-"))
        .collect();
    let read = REQUESTS.iter().copied().chain(["twilio-signature-vectors"]).chain(described::FILES);
    assert_eq!(found, read.map(str::to_owned).collect());
}

#[tokio::test]
async fn every_recorded_request_is_reproduced() {
    let mut compared = 0;
    for name in REQUESTS {
        let golden = Golden::read(golden_folder().join(format!("{name}.json")));
        let server = Server::start().await;
        server.always(Step::Reply(golden.reply()));
        act(name, &server).await;
        let requests = server.requests();
        let differences = golden.differences(&requests[0], &[]);
        assert!(differences.is_empty(), "{name}: {differences:#?}");
        compared += 1;
    }
    assert_eq!(compared, 12);
}

/// Does with our senders what the file records, as its first request.
async fn act(name: &str, server: &Server) {
    let text = || message(Channel::Sms, "en-GB", BODY);
    match name {
        "twilio-lookup" => {
            // The look-up comes first; the send after it meets the same answer, which is none for a send.
            let sender = sender(server).lookup(true).build().unwrap();
            sender.send(&text()).await.unwrap_err();
        }
        "twilio-message-api-key" => {
            let key = "SK00000000000000000000000000000001";
            let account = Account::with_api_key(ACCOUNT, key, "skfake0123456789abcdef0123456789").unwrap();
            let sender = TwilioSender::builder(client(), account).base_url(server.base());
            let sender = sender.from("Acme").validity_period(false).build().unwrap();
            send(&sender, &message(Channel::Sms, "cs", "Žluťoučký kůň 🐎 & + = %")).await;
        }
        "twilio-message-cancel" => sender(server).build().unwrap().withdraw(MESSAGE).await.unwrap(),
        "twilio-message-fetch" => {
            let report = sender(server).build().unwrap().report(MESSAGE).await.unwrap();
            assert_eq!(report.state, ReportState::Failed(otp_core::FailureClass::Route));
            assert_eq!((report.reference.as_str(), report.code.as_deref()), (MESSAGE, Some("30003")));
        }
        "twilio-message-from" => {
            send(&sender(server).validity_period(false).build().unwrap(), &text()).await;
        }
        "twilio-message-redact" => {
            let sender = sender(server).redaction(true).build().unwrap();
            assert!(sender.wants(FollowUp::Delivered));
            sender.follow_up(MESSAGE, FollowUp::Delivered).await.unwrap();
        }
        "twilio-message-service" => {
            let sender = TwilioSender::builder(client(), account())
                .base_url(server.base())
                .messaging_service("MG00000000000000000000000000000001")
                .status_callback("https://otp.example.com/hooks/twilio")
                .smart_encoding(true);
            send(&sender.build().unwrap(), &text()).await;
        }
        "twilio-verify-start" => {
            let verify = verify(server).build().unwrap();
            let receipt = verify.send(&text()).await.unwrap();
            assert_eq!(receipt.reference.as_deref(), Some(VERIFICATION));
        }
        "twilio-verify-start-custom-code" => {
            let verify =
                verify(server).custom_code(true).locale(false).app_hash("FA+9qCX9VSu").build().unwrap();
            assert!(verify.codes().is_none());
            verify.send(&text()).await.unwrap();
        }
        "twilio-verify-check" => {
            let verify = verify(server).build().unwrap();
            let verdict = verify.codes().unwrap().check(VERIFICATION, &to(), CODE).await.unwrap();
            assert_eq!(verdict, Verdict::Right);
        }
        "twilio-verify-update-approved" => {
            let verify = verify(server).custom_code(true).build().unwrap();
            assert!(verify.wants(FollowUp::Verified));
            verify.follow_up(VERIFICATION, FollowUp::Verified).await.unwrap();
        }
        "twilio-verify-update-canceled" => {
            verify(server).build().unwrap().cancel(VERIFICATION).await.unwrap();
        }
        other => panic!("nothing is done for {other}"),
    }
}

async fn send(sender: &TwilioSender, message: &Message) {
    let receipt = sender.send(message).await.unwrap();
    assert_eq!(receipt.reference.as_deref(), Some(MESSAGE));
}
