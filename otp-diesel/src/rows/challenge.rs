//! [`Challenge`] as a row.

use std::{collections::BTreeMap, sync::Arc};

use diesel::Queryable;
use otp_core::{
    Alphabet, Challenge, ChallengeKey, ChallengeState, CodeFormat, Language, LedgerKey, Namespace,
    Parameters, Purpose, Recipient, Timestamp,
};

use super::{
    cells::columns,
    columns::{Bytes, Reader, Text, Unreadable, millis, time},
};

/// The text of no parameters, which is usual.
const NO_PARAMETERS: &str = "{}";

#[derive(Debug, Queryable)]
pub(crate) struct ChallengeRow<'a> {
    challenge_key: Bytes<'a>,
    ledger_key: Bytes<'a>,
    namespace: Text<'a>,
    purpose: Text<'a>,
    recipient: Text<'a>,
    channel: Text<'a>,
    language: Text<'a>,
    parameters: Text<'a>,
    context: Option<Bytes<'a>>,
    key_id: Text<'a>,
    code_length: i64,
    code_alphabet: Text<'a>,
    generation: i64,
    seed: Bytes<'a>,
    state: Text<'a>,
    sends: i64,
    checks: i64,
    created_at: i64,
    issued_at: i64,
    expires_at: i64,
    verified_at: Option<i64>,
}

columns!(
    ChallengeRow, otp_challenges:
    challenge_key, ledger_key, namespace, purpose, recipient, channel, language, parameters, context,
    key_id, code_length, code_alphabet, generation, seed, state, sends, checks, created_at, issued_at,
    expires_at, verified_at
);

impl<'a> From<&'a Challenge> for ChallengeRow<'a> {
    fn from(challenge: &'a Challenge) -> Self {
        Self {
            challenge_key: challenge.key.as_bytes().as_slice().into(),
            ledger_key: challenge.ledger.as_bytes().as_slice().into(),
            namespace: challenge.namespace.as_str().into(),
            purpose: challenge.purpose.as_str().into(),
            recipient: challenge.recipient.as_str().into(),
            channel: challenge.channel.as_str().into(),
            language: challenge.language.as_str().into(),
            parameters: parameters_text(&challenge.parameters),
            context: challenge.context.as_ref().map(|context| context.as_slice().into()),
            key_id: challenge.key_id.as_str().into(),
            code_length: challenge.format.length().into(),
            code_alphabet: challenge.format.alphabet().as_str().into(),
            generation: challenge.generation.into(),
            seed: challenge.seed.as_slice().into(),
            state: state_name(challenge.state).into(),
            sends: challenge.sends.into(),
            checks: challenge.checks.into(),
            created_at: challenge.created_at.as_millis(),
            issued_at: challenge.issued_at.as_millis(),
            expires_at: challenge.expires_at.as_millis(),
            verified_at: millis(challenge.verified_at),
        }
    }
}

impl TryFrom<ChallengeRow<'_>> for Challenge {
    type Error = Unreadable;

    fn try_from(row: ChallengeRow<'_>) -> Result<Self, Unreadable> {
        let read = Reader("otp_challenges");
        let alphabet = read.named("code_alphabet", &Alphabet::ALL, Alphabet::as_str, &row.code_alphabet)?;
        let length = read.count("code_length", row.code_length)?;
        let context = row.context.map(|context| read.array("context", &context)).transpose()?;
        Ok(Self {
            key: ChallengeKey::from_bytes(read.array("challenge_key", &row.challenge_key)?),
            ledger: LedgerKey::from_bytes(read.array("ledger_key", &row.ledger_key)?),
            namespace: read.parsed("namespace", Namespace::new(&row.namespace))?,
            purpose: read.parsed("purpose", Purpose::new(&row.purpose))?,
            recipient: read.parsed("recipient", Recipient::from_canonical(&row.recipient))?,
            channel: read.parsed("channel", row.channel.parse())?,
            language: read.parsed("language", Language::new(&row.language))?,
            parameters: read.parsed("parameters", parameters(&row.parameters))?,
            context,
            key_id: read.parsed("key_id", row.key_id.parse())?,
            format: read.parsed("code_length", CodeFormat::new(length, alphabet))?,
            generation: read.count("generation", row.generation)?,
            seed: read.array("seed", &row.seed)?,
            state: read.named("state", &STATES, state_name, &row.state)?,
            sends: read.count("sends", row.sends)?,
            checks: read.count("checks", row.checks)?,
            created_at: Timestamp::from_millis(row.created_at),
            issued_at: Timestamp::from_millis(row.issued_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            verified_at: time(row.verified_at),
        })
    }
}

/// What a guess or a repeated message changes: columns without an index, so that no index is written.
#[derive(Debug)]
pub(crate) struct ChallengeProgress<'a> {
    challenge_key: Bytes<'a>,
    state: Text<'a>,
    sends: i64,
    checks: i64,
    verified_at: Option<i64>,
}

columns!(ChallengeProgress, otp_challenges: challenge_key, state, sends, checks, verified_at);

impl<'a> ChallengeProgress<'a> {
    /// What leads from `old` to `new`; `None` where more has changed.
    pub(crate) fn between(old: &Challenge, new: &'a Challenge) -> Option<Self> {
        let Challenge { state, sends, checks, verified_at, .. } = *new;
        let is_all = Challenge { state, sends, checks, verified_at, ..old.clone() } == *new;
        is_all.then(|| Self {
            challenge_key: new.key.as_bytes().as_slice().into(),
            state: state_name(state).into(),
            sends: sends.into(),
            checks: checks.into(),
            verified_at: millis(verified_at),
        })
    }
}

const STATES: [ChallengeState; 3] =
    [ChallengeState::Pending, ChallengeState::Verified, ChallengeState::Canceled];

const fn state_name(state: ChallengeState) -> &'static str {
    match state {
        ChallengeState::Pending => "pending",
        ChallengeState::Verified => "verified",
        ChallengeState::Canceled => "canceled",
    }
}

fn parameters_text(parameters: &BTreeMap<String, String>) -> Text<'static> {
    if parameters.is_empty() {
        return NO_PARAMETERS.into();
    }
    serde_json::to_string(parameters).expect("texts by text are always JSON").into()
}

fn parameters(text: &str) -> serde_json::Result<Parameters> {
    if text == NO_PARAMETERS { Ok(Parameters::default()) } else { serde_json::from_str(text).map(Arc::new) }
}
