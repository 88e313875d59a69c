//! A provider whose signature is what it signs: the tests see what reached it.

use otp_core::{FailureClass, Timestamp};
use otp_service::{DeliveryReport, ReportState, Reports, WebhookError, WebhookReader, WebhookRequest};

/// Takes a request whose header `x-signature` repeats method, path with query, host and length of the body; the body
/// is `reference state [once]`.
pub(crate) struct Plain;

impl WebhookReader for Plain {
    fn name(&self) -> &str {
        "plain"
    }

    fn read(&self, request: &WebhookRequest<'_>, _: Timestamp) -> Result<Reports, WebhookError> {
        let host = request.host.unwrap_or("-");
        let signed = format!("{} {} {host} {}", request.method, request.path_and_query, request.body.len());
        if request.header("x-signature") != Some(&signed) {
            return Err(WebhookError::Unauthentic);
        }
        let text = std::str::from_utf8(request.body).map_err(|_| WebhookError::Malformed)?;
        let words: Vec<_> = text.split(' ').collect();
        let (reference, state) = match words[..] {
            [reference, "progress", ..] => (reference, ReportState::Progress),
            [reference, "delivered", ..] => (reference, ReportState::Delivered),
            [reference, "failed", ..] => (reference, ReportState::Failed(FailureClass::Route)),
            _ => return Err(WebhookError::Malformed),
        };
        let (sender, reference) = ("recording".to_owned(), reference.to_owned());
        let once = words.get(2).map(|id| (*id).to_owned());
        let report = DeliveryReport { sender, reference, state, code: None, other_channel: None };
        Ok(Reports { reports: vec![report], once })
    }
}
