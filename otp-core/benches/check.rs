//! What the rules cost, and `check` against the least it could cost: one HMAC-SHA-256 over the same input.
//!
//! ```text
//! cargo bench -p otp-core
//! ```
//!
//! The last lines are the ratios. Both sides of one are measured in turns within one run, because what a processor does
//! in a nanosecond changes from second to second. Bar: to derive and compare takes at most 1.5 times as long as the
//! HMAC. A whole check also hands its records in and out, 600 bytes each way, which the last line measures alone.

use std::{collections::BTreeMap, hint::black_box, time::Duration};

use criterion::{BatchSize, Criterion};
use hmac::{Hmac, KeyInit, Mac};
use otp_core::{
    Challenge, Channel, CodeInputs, CodeSource, KeyId, Keyring, Namespace, Outcome, Parameters, PhoneNumber,
    Policy, Purpose, Recipient, SessionToken, Submitted, Timestamp,
    message::{Catalogue, Language, RenderRequest},
    transition::{self, Change, Loaded, SendKind, StartInput, Transition},
};
use sha2::Sha256;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .without_plots()
        .configure_from_args();
    let bench = Bench::new();
    check(&mut criterion, &bench);
    recipients(&mut criterion);
    rendering(&mut criterion);
    criterion.final_summary();
    ratios(&bench);
}

fn check(criterion: &mut Criterion, bench: &Bench) {
    let mut group = criterion.benchmark_group("check");
    group.bench_function("one HMAC-SHA-256 over the same input", |b| b.iter(|| bench.bare_hmac()));
    group.bench_function("derive the code", |b| b.iter(|| bench.derive()));
    group.bench_function("derive and compare", |b| b.iter(|| bench.compare()));
    group.bench_function("transition, right code", |b| {
        b.iter_batched(
            || bench.loaded.clone(),
            |loaded| bench.check(loaded, &bench.right),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("transition, wrong code", |b| {
        b.iter_batched(
            || bench.loaded.clone(),
            |loaded| bench.check(loaded, &bench.wrong),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("clone the records", |b| b.iter(|| bench.loaded.clone()));
    group.finish();
}

fn recipients(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("recipient");
    for (name, text) in [
        ("E.164", "+14155550123"),
        ("E.164, a long plan", "+919876543210"),
        ("E.164, a shared plan", "+77012345678"),
        ("as typed", "+44 20 7946 0018"),
        ("with a national prefix", "+44 (0) 20 7946 0018"),
        ("refused", "+1415555012"),
        ("in no plan", "+12115550123"),
    ] {
        group.bench_function(format!("PhoneNumber::parse, {name}"), |b| {
            b.iter(|| PhoneNumber::parse(black_box(text)))
        });
        group
            .bench_function(format!("the library alone, {name}"), |b| b.iter(|| by_library(black_box(text))));
    }
    let number = PhoneNumber::parse("+14155550123").expect("a phone number");
    group.bench_function("PhoneNumber::region", |b| b.iter(|| black_box(&number).region()));
    let keyring = keyring();
    let (namespace, purpose) = (Namespace::default(), Purpose::default());
    let recipient = Recipient::parse("+14155550123").expect("a phone number");
    group.bench_function("ledger key", |b| b.iter(|| keyring.ledger_keys(&namespace, &purpose, &recipient)));
    group.finish();
}

/// [`PhoneNumber::parse`] as it would be without plans of its own.
fn by_library(text: &str) -> Option<String> {
    let number = rlibphonenumber::PhoneNumber::parse(text, None).ok()?;
    number.is_valid().then(|| number.to_string())
}

fn rendering(criterion: &mut Criterion) {
    let catalogue = Catalogue::builder().app_name("Acme").build().expect("the built-in catalogue");
    let (purpose, parameters) = (Purpose::default(), BTreeMap::new());
    let mut group = criterion.benchmark_group("render");
    for (language, channel) in
        [("en", Channel::Sms), ("ar", Channel::Sms), ("en", Channel::Voice), ("de", Channel::Email)]
    {
        let request = RenderRequest {
            purpose: &purpose,
            language: &language.parse::<Language>().expect("a language"),
            channel,
            security_code: "012345",
            minutes: 10,
            parameters: &parameters,
        };
        group.bench_function(format!("{channel}, {language}"), |b| b.iter(|| catalogue.render(&request)));
    }
    group.finish();
}

/// A challenge that waits for its code, and the same derivation without anything around it.
struct Bench {
    keyring: Keyring,
    policy: Policy,
    loaded: Loaded,
    challenge: Challenge,
    right: Submitted,
    wrong: Submitted,
    hmac: Hmac<Sha256>,
    input: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let (keyring, policy) = (keyring(), Policy::default());
        let (namespace, purpose) = (Namespace::default(), Purpose::new("signup").expect("a name"));
        let recipient = Recipient::parse("+14155550123").expect("a phone number");
        let input = StartInput {
            key: SessionToken::from_random([7; 20]).challenge_key(),
            ledger: keyring.ledger_keys(&namespace, &purpose, &recipient)[0],
            namespace,
            purpose,
            recipient,
            channel: Channel::Sms,
            language: "en".parse().expect("a language"),
            parameters: Parameters::default(),
            context: None,
            key_id: keyring.signing_id().clone(),
            seed: [9; 16],
            send: SendKind::Deliver,
        };
        let write = transition::start(Loaded::default(), input, &policy, NOW).write;
        let challenge = write.challenge.clone().expect("begun");
        // As stores load it: a check has no use for the delivery.
        let loaded = Loaded { challenge: write.challenge, ledger: write.ledger, delivery: None };
        let right = Submitted::parse(challenge.code(&keyring).expect("the key is in the ring").expose());
        let hmac = <Hmac<Sha256> as KeyInit>::new_from_slice(&secret()).expect("any length");
        let input = derivation_input(&inputs(&challenge));
        Self { keyring, policy, loaded, challenge, right, wrong: Submitted::parse("!"), hmac, input }
    }

    fn bare_hmac(&self) -> [u8; 32] {
        let mut hmac = self.hmac.clone();
        hmac.update(black_box(&self.input));
        hmac.finalize().into_bytes().into()
    }

    fn derive(&self) -> Option<otp_core::Code> {
        black_box(&self.challenge).code(&self.keyring)
    }

    fn compare(&self) -> bool {
        self.derive().is_some_and(|code| code.matches(&self.right))
    }

    fn check(&self, loaded: Loaded, guess: &Submitted) -> Transition<Outcome> {
        transition::check(
            loaded,
            black_box(guess),
            None,
            CodeSource::Keyring(&self.keyring),
            &self.policy,
            NOW,
        )
    }
}

fn keyring() -> Keyring {
    let id: KeyId = "2026-11".parse().expect("a key id");
    Keyring::new([(id, secret())]).expect("a good key")
}

fn secret() -> Vec<u8> {
    (0..32).collect()
}

fn inputs(challenge: &Challenge) -> CodeInputs<'_> {
    CodeInputs {
        namespace: &challenge.namespace,
        purpose: &challenge.purpose,
        challenge: &challenge.key,
        generation: challenge.generation.to_be_bytes(),
        channel: challenge.channel,
        recipient: &challenge.recipient,
        context: &[],
        digits: [challenge.format.length()],
        format: challenge.format,
        seed: &challenge.seed,
    }
}

/// What [`Keyring::code`] signs.
fn derivation_input(inputs: &CodeInputs<'_>) -> Vec<u8> {
    let fields: [&[u8]; 11] = [
        b"otp-code/v1",
        inputs.namespace.as_str().as_bytes(),
        inputs.purpose.as_str().as_bytes(),
        inputs.challenge.as_bytes(),
        &inputs.generation,
        inputs.channel.as_str().as_bytes(),
        inputs.recipient.as_str().as_bytes(),
        inputs.context,
        &inputs.digits,
        inputs.format.alphabet().as_str().as_bytes(),
        inputs.seed,
    ];
    fields.into_iter().flat_map(|field| [&(field.len() as u32).to_be_bytes(), field].concat()).collect()
}

/// Median over many rounds of (time of the subject) / (time of the HMAC), one after the other in each round.
#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn ratios(bench: &Bench) {
    let bare = || time_each(vec![(); CALLS], |()| bench.bare_hmac());
    let derive = || time_each(vec![(); CALLS], |()| bench.derive());
    let compare = || time_each(vec![(); CALLS], |()| bench.compare());
    let records = || vec![bench.loaded.clone(); CALLS];
    let check = |guess| move || time_each(records(), |loaded| bench.check(loaded, guess));
    let hand_through = || time_each(records(), hand_through);
    let subjects: [(&str, &dyn Fn() -> Duration); 5] = [
        ("derive the code", &derive),
        ("derive and compare", &compare),
        ("check, right code, records handed in and out", &check(&bench.right)),
        ("check, wrong code, records handed in and out", &check(&bench.wrong)),
        ("hand the records in and out, no rule", &hand_through),
    ];
    for (name, subject) in subjects {
        let mut ratios: Vec<f64> =
            (0..ROUNDS).map(|_| subject().as_secs_f64() / bare().as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "{name}: {:.2} x one HMAC-SHA-256 over the same {} bytes",
            ratios[ROUNDS / 2],
            bench.input.len()
        );
    }
}

/// What a check costs that checks nothing.
#[inline(never)]
fn hand_through(Loaded { challenge, ledger, .. }: Loaded) -> Transition<Outcome> {
    Transition { write: Change { challenge, ledger, delivery: None }, outcome: Outcome::Verified }
}

/// So few that inputs and outputs stay in the processor's first cache.
const CALLS: usize = 16;
const ROUNDS: usize = 3_001;

/// The time of all calls, without what making inputs and dropping outputs costs.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn time_each<I, O>(inputs: Vec<I>, call: impl Fn(I) -> O) -> Duration {
    let mut outputs = Vec::with_capacity(inputs.len());
    let before = std::time::Instant::now();
    outputs.extend(inputs.into_iter().map(call));
    let passed = before.elapsed();
    black_box(&outputs);
    passed
}
