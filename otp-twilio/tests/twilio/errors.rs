//! Every answer and receipt of `tests/golden/errors.json` gets its class.

use std::time::Duration;

use otp_core::{Channel, Verdict};
use otp_provider::testing::{Reply, Server, Step};
use otp_service::{DeliveryReport, ReportState, SendError, Sender as _, WebhookReader as _};
use serde_json::Value;

use crate::{
    support::*,
    webhook::{now, posted, webhook},
};

/// What a row expects, in the words of the file.
enum Found {
    Ok,
    Class(SendError),
    Verdict(Verdict),
    Report(DeliveryReport),
}

#[tokio::test]
async fn every_row_has_its_class() {
    let rows = rows();
    let mut differences = Vec::new();
    for row in &rows {
        let found = match row["phase"].as_str().unwrap() {
            "delivery" => delivered(row),
            _ => submitted(row).await,
        };
        if let Some(difference) = difference(row, &found) {
            differences.push(format!("{}: {difference}", row["id"]));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    // The file's own count: a row that is added must be looked at here, too.
    assert_eq!(rows.len(), 64);
}

async fn submitted(row: &Value) -> Found {
    let server = Server::start().await;
    server.then(Step::Reply(reply(&row["response"])));
    let sent = match row["api"].as_str().unwrap() {
        "messages" => sender(&server).build().unwrap().send(&text()).await,
        "verify" => verify(&server).build().unwrap().send(&text()).await,
        "verify-check" => {
            let verify = verify(&server).build().unwrap();
            return match verify.codes().unwrap().check(VERIFICATION, &to(), CODE).await {
                Ok(verdict) => Found::Verdict(verdict),
                Err(error) => Found::Class(error),
            };
        }
        other => panic!("nothing is done for {other}"),
    };
    assert_eq!(server.requests().len(), 1, "{}: nothing is repeated in here", row["id"]);
    sent.map_or_else(Found::Class, |receipt| {
        assert!(receipt.reference.is_some());
        Found::Ok
    })
}

fn delivered(row: &Value) -> Found {
    let callback = row["callback"].as_object().unwrap();
    let pairs: Vec<(&str, &str)> =
        callback.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let mut reports = posted(&pairs, |request| webhook().read(request, now())).unwrap().reports;
    assert_eq!(reports.len(), 1);
    let report = reports.remove(0);
    assert_eq!((report.sender.as_str(), report.reference.as_str()), ("twilio", MESSAGE));
    if row["code"] != 0 {
        assert_eq!(report.code, Some(row["code"].to_string()));
    }
    Found::Report(report)
}

fn reply(response: &Value) -> Reply {
    let status = response["status"].as_u64().unwrap().try_into().unwrap();
    let mut reply = Reply::new(status, "application/json", response["body"].as_str().unwrap_or_default());
    for (name, value) in response["headers"].as_object().into_iter().flatten() {
        reply = match value.as_str().unwrap() {
            // Two seconds after the answer's own date.
            "@date+2" => reply
                .header("date", "Thu, 24 Aug 2023 05:01:45 GMT")
                .header("retry-after", "Thu, 24 Aug 2023 05:01:47 GMT"),
            value => reply.header(name, value),
        };
    }
    reply
}

/// What of the row is not as it says.
fn difference(row: &Value, found: &Found) -> Option<String> {
    let class = row["class"].as_str().unwrap();
    let other = (row["other_channel"] == true).then_some(Channel::Voice);
    match found {
        Found::Ok => (class != "ok").then(|| format!("taken, not {class}")),
        Found::Verdict(verdict) => {
            let expected = match class {
                "ok" => Verdict::Right,
                "wrong_code" => Verdict::Wrong,
                _ => Verdict::Over,
            };
            (*verdict != expected).then(|| format!("{verdict:?}, not {expected:?}"))
        }
        Found::Report(report) => {
            let found = match report.state {
                ReportState::Delivered => "ok",
                ReportState::Failed(class) => class.as_str(),
                ReportState::Progress => "in progress",
            };
            if found != class {
                return Some(format!("{found}, not {class}"));
            }
            (report.other_channel != other).then(|| format!("other channel {:?}", report.other_channel))
        }
        Found::Class(error) => {
            let code = row["code"].as_u64().map(|code| code.to_string());
            let pause = row["retry_after_s"].as_u64().map(Duration::from_secs);
            if error.class.as_str() != class {
                return Some(format!("{}, not {class}", error.class.as_str()));
            }
            if code.is_some() && error.code != code {
                return Some(format!("code {:?}, not {code:?}", error.code));
            }
            if error.retry_after != pause {
                return Some(format!("a pause of {:?}, not {pause:?}", error.retry_after));
            }
            (error.other_channel != other).then(|| format!("other channel {:?}", error.other_channel))
        }
    }
}
