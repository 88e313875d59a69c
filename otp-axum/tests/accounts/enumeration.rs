//! Whatever is asked, in whatever order: an account that is known, one that is verified and one that is not there
//! answer alike, byte for byte, and as many calls are made for each.

use std::time::Duration;

use otp_core::{Policy, Recipient, Timestamp};
use otp_service::{DeliveryMode, PrescribedCodes};

use crate::support::{Answer, Host, WRONG};

/// Two recipients of each kind of account.
struct Subject {
    kind: &'static str,
    email: &'static str,
    phone: &'static str,
}

const SUBJECTS: [Subject; 3] = [
    Subject { kind: "unknown", email: "unknown@example.com", phone: "+14155550101" },
    Subject { kind: "known", email: "known@example.com", phone: "+14155550102" },
    Subject { kind: "verified", email: "verified@example.com", phone: "+14155550103" },
];

#[derive(Debug, Clone, Copy)]
enum Step {
    Begin,
    Guess,
    /// The worker does what is queued.
    Work,
    /// Seconds go by.
    Pass(u64),
}

use Step::{Begin, Guess, Pass, Work};

#[tokio::test]
async fn stories() {
    let guesses = |count| vec![Guess; count];
    for story in [
        guesses(12),
        vec![Begin, Work, Guess, Begin, Pass(30), Begin, Pass(30), Begin, Work],
        [vec![Begin, Work], guesses(7), vec![Pass(60), Begin, Work], guesses(7)].concat(),
        [
            guesses(3),
            vec![Begin],
            guesses(7),
            vec![Pass(599), Guess, Pass(1), Guess, Pass(3_600)],
            guesses(7),
        ]
        .concat(),
        [vec![Begin, Pass(601)], guesses(2), vec![Begin, Work], guesses(5)].concat(),
        // All sends of an hour and of a day.
        [Begin, Work, Pass(61)].repeat(12),
        [Begin, Pass(1_800), Guess].repeat(30),
        // All failures of a day, and all in a row.
        [guesses(6), vec![Pass(601)]].concat().repeat(12),
        [guesses(6), vec![Pass(601), Begin]].concat().repeat(12),
        [guesses(6), vec![Pass(7_200)]].concat().repeat(30),
    ] {
        tell(&story).await;
    }
}

#[tokio::test]
async fn random_stories() {
    let mut random = 1_u64;
    for _ in 0..60 {
        let story: Vec<_> = (0..40)
            .map(|_| {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match (random >> 33) % 16 {
                    0..4 => Begin,
                    4..11 => Guess,
                    11..13 => Work,
                    13 => Pass(30),
                    14 => Pass(61),
                    _ => Pass((random >> 40) % 4_000),
                }
            })
            .collect();
        tell(&story).await;
    }
}

#[tokio::test]
async fn with_a_provider_that_is_waited_for() {
    let host = Host::with(|verifier| verifier.delivery(DeliveryMode::Inline), |app| app);
    people(&host).await;
    same(&host, "begin", async |subject| host.resend(subject.email).await).await;
    assert!(host.sender.messages().is_empty(), "nobody waits for the provider");
    host.work().await;
    assert_eq!(host.sender.messages().len(), 1, "to the known one");
}

#[tokio::test]
async fn with_locks_and_budgets_of_one() {
    let policy = Policy::builder()
        .cooldown(Duration::ZERO)
        .max_checks(2)
        .failures_per_day(2)
        .sends_per_hour(1)
        .build();
    let host = Host::limited(policy.unwrap());
    people(&host).await;
    for step in
        [Begin, Begin, Guess, Guess, Guess, Begin, Pass(3_601), Begin, Guess, Pass(86_401), Begin, Guess]
    {
        run(&host, step).await;
    }
}

/// A prescribed code is known to others, so it must not open what is not there.
#[tokio::test]
async fn prescribed_codes() {
    let code = || otp_core::Code::prescribed("424242").unwrap();
    let until = Timestamp::from_millis(1_900_000_000_000);
    let codes = SUBJECTS.iter().fold(PrescribedCodes::default(), |codes, subject| {
        codes.recipient(Recipient::parse(subject.phone).unwrap(), code(), until)
    });
    let codes = codes.sandbox(otp_core::Channel::Email, code(), Vec::new());
    let host = Host::with(|verifier| verifier.prescribed(codes), |app| app);
    people(&host).await;
    for begins in [false, true] {
        if begins {
            same(&host, "begin", async |subject| host.resend(subject.email).await).await;
            same(&host, "begin", async |subject| host.verify_phone(subject.phone).await).await;
        }
        for subject in &SUBJECTS {
            let expected = if subject.kind == "known" && begins { 200 } else { 400 };
            assert_eq!(
                host.verify_account(subject.email, "424242").await.status,
                expected,
                "{}",
                subject.kind
            );
            assert_eq!(host.verify_otp(subject.phone, "424242").await.status, expected, "{}", subject.kind);
        }
    }
}

/// What was begun while nobody knew the address opens nothing once an account has it.
#[tokio::test]
async fn an_address_that_is_registered_later() {
    let host = Host::new();
    let address = SUBJECTS[0].email;
    host.resend(address).await;
    host.verify_account(address, WRONG).await;
    host.work().await;
    assert!(host.sender.messages().is_empty());
    host.register(address, SUBJECTS[0].phone).await;
    host.pass(60);
    host.resend(address).await;
    host.work().await;
    assert_eq!(host.verify_account(address, &host.code(address)).await.status, 200);
}

async fn tell(story: &[Step]) {
    let host = Host::new();
    people(&host).await;
    for step in story {
        run(&host, *step).await;
    }
}

async fn people(host: &Host) {
    for subject in SUBJECTS.iter().filter(|subject| subject.kind != "unknown") {
        assert_eq!(host.register(subject.email, subject.phone).await.status, 200);
    }
    host.mark(SUBJECTS[2].email).await;
    host.mark(SUBJECTS[2].phone).await;
}

async fn run(host: &Host, step: Step) {
    match step {
        Begin => {
            same(host, "resend", async |subject| host.resend(subject.email).await).await;
            same(host, "phone", async |subject| host.verify_phone(subject.phone).await).await;
        }
        Guess => {
            same(host, "verify", async |subject| host.verify_account(subject.email, WRONG).await).await;
            same(host, "otp", async |subject| host.verify_otp(subject.phone, WRONG).await).await;
        }
        Work => host.work().await,
        Pass(seconds) => host.pass(seconds),
    }
}

async fn same(host: &Host, call: &str, ask: impl AsyncFn(&'static Subject) -> Answer) {
    let mut expected = None;
    for subject in &SUBJECTS {
        host.store.applies();
        host.accounts.calls();
        let answer = ask(subject).await;
        let found = (answer, host.store.applies(), host.accounts.calls());
        assert_eq!((found.1, found.2), (1, 1), "{call} of {}", subject.kind);
        match &expected {
            None => expected = Some(found),
            Some(expected) => assert_eq!(&found, expected, "{call} of {}", subject.kind),
        }
    }
}
