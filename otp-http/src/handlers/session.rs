//! The answer of register and resend.

use otp_service::{DeliveryStatus, Session};
use serde_json::{Value, json};

use super::table::SESSION_TOKEN;
use crate::{rounding::whole_seconds, verification::RecipientKind};

/// With the session token, which is told this once.
pub(super) fn begun(kind: RecipientKind, session: &Session) -> Value {
    let mut answer = resent(kind, session);
    answer[SESSION_TOKEN.name] = session.token.as_ref().map(otp_core::SessionToken::expose).into();
    answer
}

/// Without it.
pub(super) fn resent(kind: RecipientKind, session: &Session) -> Value {
    let delivery = match session.delivery {
        DeliveryStatus::Queued => "queued",
        DeliveryStatus::Sent => "sent",
    };
    json!({
        kind.field().name: session.recipient.as_str(),
        "channel": session.channel.as_str(),
        "delivery": delivery,
        "code_length": session.code_length,
        "expires_in": whole_seconds(session.expires_in),
        "resend_in": whole_seconds(session.resend_in),
    })
}
