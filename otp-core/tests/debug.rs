//! `Debug` and `Display` of every public type that holds a secret or a recipient show neither.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Display},
    hash::Hash,
    sync::Arc,
    time::Duration,
};

use otp_core::{
    transition::{Change, Loaded, ResendInput, SendKind, StartInput, start},
    *,
};

const PHONE: &str = "+14155550123";
const EMAIL: &str = "alice@example.com";
const SECRET: [u8; 32] = [
    0xd1, 0x5c, 0x70, 0x5e, 0xd1, 0x5c, 0x70, 0x5e, 0xd1, 0x5c, 0x70, 0x5e, 0xd1, 0x5c, 0x70, 0x5e, 0xd1,
    0x5c, 0x70, 0x5e, 0xd1, 0x5c, 0x70, 0x5e, 0xd1, 0x5c, 0x70, 0x5e, 0xd1, 0x5c, 0x70, 0x5f,
];
const SEED: [u8; 16] = [0xa7; 16];
const CONTEXT: [u8; 32] = [0xc9; 32];
const RECORD_KEY: [u8; 32] = [0xe3; 32];
const CODE: &str = "905173";
const PARAMETER: &str = "4711 EUR to Bob";

/// Compiles only while `$type` lacks `$trait`: with it, two implementations would fit the underscore.
macro_rules! lacks {
    ($($type:ty: $($trait:path),+;)+) => {
        $($(const _: fn() = || {
            trait AmbiguousWhereImplemented<Marker> { fn check() {} }
            impl<T: ?Sized> AmbiguousWhereImplemented<()> for T {}
            struct Implemented;
            impl<T: ?Sized + $trait> AmbiguousWhereImplemented<Implemented> for T {}
            <$type as AmbiguousWhereImplemented<_>>::check();
        };)+)+
    };
}

lacks! {
    Code: Debug, Display, PartialEq, Hash, AsRef<str>, AsRef<[u8]>;
    Submitted: Debug, Display, PartialEq, Hash, AsRef<str>;
    SessionToken: Debug, Display, PartialEq, Hash, AsRef<str>, AsRef<[u8]>;
    CodeSource<'static>: Debug, Display, PartialEq;
    message::RenderRequest<'static>: Display;
    Keyring: Clone, Display, PartialEq;
    message::RenderedText: Display, PartialEq;
    message::OriginBound<'static>: Display;
}

#[cfg(feature = "serde")]
lacks! {
    Code: serde::Serialize;
    Submitted: serde::Serialize;
    SessionToken: serde::Serialize;
    Keyring: serde::Serialize;
    message::RenderedText: serde::Serialize;
    Challenge: serde::Serialize;
}

#[test]
fn nothing_secret_is_shown() {
    for recipient in [PHONE, EMAIL] {
        for (name, shown) in everything(&Recipient::parse(recipient).expect("a recipient")) {
            assert_hidden(name, &shown);
        }
    }
}

#[test]
fn what_is_shown_still_tells_records_apart() {
    let records = everything(&Recipient::parse(PHONE).expect("a phone number"));
    let shown = |wanted| &records.iter().find(|(name, _)| *name == wanted).expect("it is listed").1;
    assert!(shown("Challenge").contains("ChallengeKey(e3e3e3e3)"), "{}", shown("Challenge"));
    assert!(shown("Challenge").contains("+1********23"), "{}", shown("Challenge"));
    assert!(shown("Challenge").contains("Pending"), "{}", shown("Challenge"));
    assert_eq!(shown("Keyring"), "Keyring([KeyId(\"k1\")])");
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for leak in [
        format!("{SEED:?}"),
        format!("{SEED:#?}"),
        format!("{SEED:x?}"),
        format!("{CONTEXT:?}"),
        hex(&SECRET),
        hex(&SECRET).to_uppercase(),
        hex(&RECORD_KEY),
        PHONE[2..].to_owned(),
        EMAIL.to_owned(),
        CODE.to_owned(),
        PARAMETER.to_owned(),
    ] {
        assert!(leak_in(&leak).is_some(), "{leak}");
    }
}

/// Every public type with a secret or a recipient in it, as `Debug` (plain and pretty) or `Display` shows it.
fn everything(recipient: &Recipient) -> Vec<(&'static str, String)> {
    let now = Timestamp::from_millis(1_800_000_000_000);
    let keyring = Keyring::new([(key_id(), SECRET.to_vec())]).expect("a good key");
    let input = start_input(recipient);
    let Change { challenge, ledger, delivery } =
        start(Loaded::default(), input.clone(), &Policy::default(), now).write;
    let (challenge, ledger, mut delivery) =
        (challenge.expect("begun"), ledger.expect("begun"), delivery.expect("begun"));
    delivery.reference = Some("provider-reference".to_owned());
    let loaded = || Loaded {
        challenge: Some(challenge.clone()),
        ledger: Some(ledger.clone()),
        delivery: Some(delivery.clone()),
    };
    let reply = reply();
    let mut rows = Vec::new();
    let mut debug =
        |name, value: &dyn Debug| rows.extend([(name, format!("{value:?}")), (name, format!("{value:#?}"))]);
    debug("Keyring", &keyring);
    debug("Recipient", recipient);
    match recipient {
        Recipient::Phone(number) => debug("PhoneNumber", number),
        Recipient::Email(address) => debug("EmailAddress", address),
    }
    debug("Challenge", &challenge);
    debug("CodeInputs", &code_inputs(&challenge));
    debug("Ledger", &ledger);
    debug("Delivery", &delivery);
    debug("StartInput", &input);
    debug("ResendInput", &ResendInput::from(input.clone()));
    debug("Loaded", &loaded());
    debug("Transition", &start(Loaded::default(), input.clone(), &Policy::default(), now));
    debug("Replay", &Replay::Same(reply.clone()));
    debug("Reply", &reply);
    debug("Meter", &Meter::new(MeterKey::from_bytes(RECORD_KEY)));
    debug("RenderRequest", &render_request(&challenge));
    debug("Values", &values(&challenge));
    debug("RenderedText", &message::RenderedText::new(format!("{CODE} {PARAMETER}")));
    let message = format!("@acme.test #{CODE}");
    debug("OriginBound", &message::parse_origin_bound(&message).expect("a last line"));
    rows.extend([
        ("Recipient", recipient.to_string()),
        ("ChallengeKey", challenge.key.to_string()),
        ("LedgerKey", ledger.key.to_string()),
        ("ReplyKey", reply.key.to_string()),
    ]);
    rows
}

fn assert_hidden(name: &str, shown: &str) {
    if let Some(leak) = leak_in(shown) {
        panic!("{name} shows {leak}:\n{shown}");
    }
}

/// The first secret in `shown`, however it is written.
fn leak_in(shown: &str) -> Option<&'static str> {
    let plain: String = shown.to_lowercase().split_whitespace().collect::<Vec<_>>().concat();
    let written = |bytes: &[u8]| {
        // Four bytes are a leak, except of a record key: those show four to be found in a log, and never a fifth.
        let most = if bytes == RECORD_KEY { 5 } else { 4 };
        let part = &bytes[..most];
        let list = |one: fn(&u8) -> String| part.iter().map(one).collect::<Vec<_>>().join(",");
        [
            hex(part),
            list(|byte| byte.to_string()),
            list(|byte| format!("{byte:x}")),
            list(|byte| format!("0x{byte:x}")),
        ]
    };
    let bytes: [(&'static str, &[u8]); 4] = [
        ("the secret key", &SECRET),
        ("the seed", &SEED),
        ("the context", &CONTEXT),
        ("a record key", &RECORD_KEY),
    ];
    let texts: [(&'static str, &str); 5] = [
        ("the phone number", &PHONE[2..]),
        ("the e-mail address", EMAIL),
        ("the e-mail address's domain", "@example"),
        ("the code", CODE),
        ("a parameter", "4711eur"),
    ];
    let in_bytes = bytes.iter().find(|(_, bytes)| written(bytes).iter().any(|text| plain.contains(text)));
    let in_texts = texts.iter().find(|(_, text)| plain.contains(text));
    in_bytes.map(|(what, _)| *what).or(in_texts.map(|(what, _)| *what))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key_id() -> KeyId {
    "k1".parse().expect("a key id")
}

fn start_input(recipient: &Recipient) -> StartInput {
    StartInput {
        key: ChallengeKey::from_bytes(RECORD_KEY),
        ledger: LedgerKey::from_bytes(RECORD_KEY),
        namespace: Namespace::default(),
        purpose: Purpose::default(),
        recipient: recipient.clone(),
        channel: if recipient.is_phone() { Channel::Sms } else { Channel::Email },
        language: "en".parse().expect("a language"),
        parameters: Arc::new(BTreeMap::from([("amount".to_owned(), PARAMETER.to_owned())])),
        context: Some(CONTEXT),
        key_id: key_id(),
        seed: SEED,
        send: SendKind::Deliver,
    }
}

fn code_inputs(challenge: &Challenge) -> CodeInputs<'_> {
    CodeInputs {
        namespace: &challenge.namespace,
        purpose: &challenge.purpose,
        challenge: &challenge.key,
        generation: challenge.generation.to_be_bytes(),
        channel: challenge.channel,
        recipient: &challenge.recipient,
        context: &CONTEXT,
        digits: [challenge.format.length()],
        format: challenge.format,
        seed: &SEED,
    }
}

fn render_request(challenge: &Challenge) -> message::RenderRequest<'_> {
    message::RenderRequest {
        purpose: &challenge.purpose,
        language: &challenge.language,
        channel: challenge.channel,
        security_code: CODE,
        minutes: 10,
        parameters: &challenge.parameters,
    }
}

fn values(challenge: &Challenge) -> message::Values<'_> {
    message::Values { app: "Acme", security_code: CODE, minutes: 10, parameters: &challenge.parameters }
}

fn reply() -> Reply {
    Reply {
        key: ReplyKey::from_bytes(RECORD_KEY),
        fingerprint: CONTEXT,
        key_id: key_id(),
        seed: SEED,
        channel: Channel::Sms,
        code_length: 6,
        is_queued: true,
        expires_in: Duration::from_secs(600),
        resend_in: Duration::from_secs(60),
        forget_at: Timestamp::from_millis(1_800_086_400_000),
    }
}
