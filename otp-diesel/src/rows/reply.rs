//! [`Reply`] as a row.

use diesel::Queryable;
use otp_core::{Reply, ReplyKey, Timestamp};

use super::{
    cells::columns,
    columns::{Bytes, Reader, Text, Unreadable, whole_millis},
};

#[derive(Debug, Queryable)]
pub(crate) struct ReplyRow<'a> {
    reply_key: Bytes<'a>,
    fingerprint: Bytes<'a>,
    key_id: Text<'a>,
    seed: Bytes<'a>,
    channel: Text<'a>,
    code_length: i64,
    expires_in: i64,
    resend_in: i64,
    is_queued: i64,
    forget_at: i64,
}

columns!(
    ReplyRow, otp_replies:
    reply_key, fingerprint, key_id, seed, channel, code_length, expires_in, resend_in, is_queued,
    forget_at
);

impl<'a> From<&'a Reply> for ReplyRow<'a> {
    fn from(reply: &'a Reply) -> Self {
        Self {
            reply_key: reply.key.as_bytes().as_slice().into(),
            fingerprint: reply.fingerprint.as_slice().into(),
            key_id: reply.key_id.as_str().into(),
            seed: reply.seed.as_slice().into(),
            channel: reply.channel.as_str().into(),
            code_length: reply.code_length.into(),
            expires_in: whole_millis(reply.expires_in),
            resend_in: whole_millis(reply.resend_in),
            is_queued: reply.is_queued.into(),
            forget_at: reply.forget_at.as_millis(),
        }
    }
}

impl TryFrom<ReplyRow<'_>> for Reply {
    type Error = Unreadable;

    fn try_from(row: ReplyRow<'_>) -> Result<Self, Unreadable> {
        let read = Reader("otp_replies");
        Ok(Self {
            key: ReplyKey::from_bytes(read.array("reply_key", &row.reply_key)?),
            fingerprint: read.array("fingerprint", &row.fingerprint)?,
            key_id: read.parsed("key_id", row.key_id.parse())?,
            seed: read.array("seed", &row.seed)?,
            channel: read.parsed("channel", row.channel.parse())?,
            code_length: read.count("code_length", row.code_length)?,
            expires_in: read.duration("expires_in", row.expires_in)?,
            resend_in: read.duration("resend_in", row.resend_in)?,
            is_queued: read.flag("is_queued", row.is_queued)?,
            forget_at: Timestamp::from_millis(row.forget_at),
        })
    }
}
