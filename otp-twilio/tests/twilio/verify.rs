//! A code that Verify made opens what it was sent for, and nothing else.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use otp_core::{Channel, FailureClass, Keyring, Outcome, Purpose, Recipient, SessionToken, Verdict};
use otp_provider::testing::{Reply, Server, Step};
use otp_service::{
    CheckRequest, CodeProvider as _, DeliveryMode, ManualClock, MemoryStore, Message, ResendRequest, Routes,
    Sender as _, StartRequest, Verifier,
};
use otp_twilio::TwilioVerify;
use serde_json::json;

use crate::{
    support::*,
    verify_server::{VerifyServer, code_of},
};

/// Twilio Verify as a process sees it.
fn process(server: &VerifyServer) -> TwilioVerify {
    TwilioVerify::builder(client(), account(), SERVICE).base_url(server.base()).build().unwrap()
}

fn number(last: usize) -> Recipient {
    Recipient::from_canonical(&format!("+4477009{last:05}")).unwrap()
}

/// A message of this id to this number.
fn sent_as(id: &str, to: &Recipient) -> Message {
    let mut message = text();
    (message.id, message.to) = (id.to_owned(), to.clone());
    message
}

const FIRST: &str = "00000000000000000000000000000001.1";
const SECOND: &str = "00000000000000000000000000000001.2";
const OTHER: &str = "00000000000000000000000000000002.1";

/// A host with its own process and a store that others share.
fn host(server: &VerifyServer, store: &Arc<MemoryStore>, clock: &Arc<ManualClock>) -> Verifier {
    let keyring = Keyring::new([("k1".parse().unwrap(), (0..32).collect::<Vec<u8>>())]).unwrap();
    let verify = Arc::new(process(server));
    let routes = Routes::default().with(Channel::Sms, verify.clone()).with(Channel::Voice, verify);
    Verifier::builder(store.clone(), keyring)
        .routes(routes)
        .clock(clock.clone())
        .delivery(DeliveryMode::Inline)
        .build()
        .unwrap()
}

/// A challenge as its caller names it.
struct Challenge {
    purpose: Purpose,
    token: SessionToken,
    context: &'static [u8],
}

impl Challenge {
    async fn start(verifier: &Verifier, to: &Recipient, purpose: &str, context: &'static [u8]) -> Self {
        let purpose: Purpose = purpose.parse().unwrap();
        let request = StartRequest::new(to.clone()).purpose(purpose.clone()).context(context);
        let token = verifier.start(request).await.unwrap().token.unwrap();
        Self { purpose, token, context }
    }

    async fn resend(
        &mut self,
        verifier: &Verifier,
        to: &Recipient,
        channel: Channel,
        context: &'static [u8],
    ) {
        let request = ResendRequest::new(to.clone(), self.token.clone()).purpose(self.purpose.clone());
        verifier.resend(request.channel(channel).context(context)).await.unwrap();
        self.context = context;
    }

    async fn is_opened(&self, verifier: &Verifier, to: &Recipient, code: &str) -> bool {
        let request = CheckRequest::new(to.clone(), self.token.clone(), code)
            .purpose(self.purpose.clone())
            .context(self.context);
        verifier.check(request).await.unwrap().outcome == Outcome::Verified
    }
}

/// Challenges by the whole service: the second of two sends to a number is for something else. The old code opens
/// neither, the new code the second only.
#[tokio::test]
async fn purposes_contexts_and_generations() {
    let mut opened_by_another = 0;
    let cases = ["purpose", "session", "context", "channel"];
    for (case, is_one_process) in cases.into_iter().flat_map(|case| [(case, true), (case, false)]) {
        let server = VerifyServer::start().await;
        let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(ManualClock::at(1_800_000_000_000)));
        let here = host(&server, &store, &clock);
        let there = if is_one_process { here.clone() } else { host(&server, &store, &clock) };
        let to = to();
        let mut first = Challenge::start(&here, &to, "sign-in", b"10 EUR to A").await;
        clock.advance(Duration::from_secs(61));
        let second = match case {
            "purpose" => Challenge::start(&there, &to, "payout", b"10 EUR to A").await,
            "session" => Challenge::start(&there, &to, "sign-in", b"10 EUR to A").await,
            "context" => {
                first.resend(&there, &to, Channel::Sms, b"9999 EUR to B").await;
                Challenge { token: first.token.clone(), purpose: first.purpose.clone(), ..first }
            }
            _ => {
                first.resend(&there, &to, Channel::Voice, b"10 EUR to A").await;
                Challenge { token: first.token.clone(), purpose: first.purpose.clone(), ..first }
            }
        };
        let sids = server.state().sids(to.as_str());
        assert_eq!((sids.len(), server.state().canceled), (2, 1), "{case}");
        let (old, new) = (code_of(&sids[0]), code_of(&sids[1]));
        let before = server.state();
        opened_by_another += usize::from(second.is_opened(&there, &to, &old).await);
        if case == "purpose" || case == "session" {
            for code in [&old, &new] {
                opened_by_another += usize::from(first.is_opened(&here, &to, code).await);
                server.change(|state| state.clone_from(&before));
            }
        }
        assert!(second.is_opened(&there, &to, &new).await, "{case}, one process: {is_one_process}");
    }
    assert_eq!(opened_by_another, 0);
}

/// Every order of three sends, each of one of three messages, by one of two processes or with an answer that is lost:
/// no verification is two messages', no code opens another's, and the last send's code is right.
#[tokio::test]
async fn no_order_of_sends_shares_a_verification() {
    let server = VerifyServer::start().await;
    let processes = [process(&server), process(&server)];
    let kinds: Vec<(&str, usize, bool)> = [FIRST, SECOND, OTHER]
        .into_iter()
        .flat_map(|id| [(id, 0, false), (id, 1, false), (id, 0, true)])
        .collect();
    let (mut sequences, mut checked, mut opened_by_another) = (0, 0, 0);
    for sequence in 0..kinds.len().pow(3) {
        let to = number(sequence);
        let steps = [sequence / 81, sequence / 9 % 9, sequence % 9].map(|kind| kinds[kind]);
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        let mut last = None;
        for (id, process, is_lost) in steps {
            server.change(|state| state.loses_next = is_lost);
            let sent = processes[process].send(&sent_as(id, &to)).await;
            if is_lost {
                assert_eq!(failure(&sent.unwrap_err()), (FailureClass::Unknown, "broken"));
                last = None;
                continue;
            }
            let reference = sent.unwrap().reference.unwrap();
            let owner = *owners.entry(reference.clone()).or_insert(id);
            assert_eq!(owner, id, "{steps:?}");
            last = Some(reference);
        }
        let sids = server.state().sids(to.as_str());
        let before = server.state();
        for reference in owners.keys() {
            for sid in sids.iter().filter(|sid| *sid != reference) {
                let verdict = processes[0].check(reference, &to, &code_of(sid)).await.unwrap();
                opened_by_another += usize::from(verdict == Verdict::Right);
                checked += 1;
                server.change(|state| state.clone_from(&before));
            }
        }
        if let Some(reference) = last {
            let verdict = processes[0].check(&reference, &to, &code_of(&reference)).await.unwrap();
            assert_eq!(verdict, Verdict::Right, "{steps:?}");
        }
        sequences += 1;
    }
    assert_eq!((sequences, opened_by_another), (729, 0));
    assert!(checked > 1_000, "{checked}");
}

#[tokio::test]
async fn a_resend_keeps_its_verification() {
    let server = VerifyServer::start().await;
    let verify = process(&server);
    let to = to();
    let begun = verify.send(&sent_as(FIRST, &to)).await.unwrap();
    // A clone is the same sender.
    for verify in [&verify, &verify.clone()] {
        assert_eq!(verify.send(&sent_as(FIRST, &to)).await.unwrap(), begun);
    }
    assert_eq!((server.state().sids(to.as_str()).len(), server.state().canceled), (1, 0));
    // The fifth text was the last that Verify sends for it.
    for _ in 0..2 {
        verify.send(&sent_as(FIRST, &to)).await.unwrap();
    }
    let error = verify.send(&sent_as(FIRST, &to)).await.unwrap_err();
    assert_eq!(failure(&error), (FailureClass::Blocked, "60203"));
    // Another number has its own.
    let other = verify.send(&sent_as(OTHER, &number(1))).await.unwrap();
    assert_ne!(other, begun);
    assert_eq!(server.state().canceled, 0);
}

#[tokio::test]
async fn many_messages_at_once() {
    let server = VerifyServer::start().await;
    let processes = [process(&server), process(&server)];
    let to = to();
    let sends = (0..24).map(|place| {
        let (verify, id) = (processes[place % 2].clone(), format!("{:032x}.1", place / 2));
        let message = sent_as(&id, &to);
        tokio::spawn(async move { (id, verify.send(&message).await) })
    });
    let sends: Vec<_> = sends.collect();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for sent in sends {
        let (id, sent) = sent.await.unwrap();
        match sent {
            Ok(receipt) => {
                let owner = owners.entry(receipt.reference.unwrap()).or_insert_with(|| id.clone());
                assert_eq!(*owner, id);
            }
            Err(error) => {
                let known =
                    [(FailureClass::Transient, "verification_in_progress"), (FailureClass::Blocked, "60203")];
                assert!(known.contains(&failure(&error)), "{error}");
            }
        }
    }
    assert!(!owners.is_empty());
}

#[tokio::test]
async fn a_verification_that_cannot_be_replaced() {
    let server = VerifyServer::start().await;
    let verify = process(&server);
    let begun = verify.send(&sent_as(FIRST, &to())).await.unwrap();
    server.change(|state| state.keeps_canceled = true);
    for id in [SECOND, OTHER, SECOND] {
        let error = verify.send(&sent_as(id, &to())).await.unwrap_err();
        let known = [(FailureClass::Transient, "verification_in_progress"), (FailureClass::Blocked, "60203")];
        assert!(known.contains(&failure(&error)), "{error}");
    }
    // Whose it is has not changed.
    let code = code_of(begun.reference.as_deref().unwrap());
    assert_eq!(
        verify.check(begun.reference.as_deref().unwrap(), &to(), &code).await.unwrap(),
        Verdict::Right
    );
}

/// The start of a verification that Verify continues, its end, and the start of another: what a send makes of them.
#[tokio::test]
async fn each_step_that_fails() {
    use FailureClass::{Blocked, Provider, Recipient, Transient, Unknown};
    const OLD: &str = "VE00000000000000000000000000000009";
    let begun = |sid: &str, sends: usize| {
        let attempts = vec![json!({}); sends];
        let body = json!({"sid": sid, "status": "pending", "send_code_attempts": attempts});
        Step::Reply(Reply::json(201, &body.to_string()))
    };
    let problem = |status, code: u32| Step::Reply(Reply::json(status, &json!({"code": code}).to_string()));
    let over = || problem(404, 20404);
    let canceled = || Step::Reply(Reply::json(200, "{}"));
    let in_progress = Err((Transient, "verification_in_progress"));
    for (cancel, again, expected) in [
        (canceled(), Some(begun(VERIFICATION, 1)), Ok(())),
        (canceled(), Some(begun(VERIFICATION, 0)), Ok(())),
        (over(), Some(begun(VERIFICATION, 1)), Ok(())),
        // It runs still, or another one does that was not begun here.
        (canceled(), Some(begun(OLD, 3)), in_progress),
        (canceled(), Some(begun(OLD, 1)), in_progress),
        (canceled(), Some(begun(VERIFICATION, 2)), in_progress),
        (problem(500, 20500), None, in_progress),
        (problem(401, 20003), None, in_progress),
        (problem(429, 20429), None, in_progress),
        (Step::Hang, None, in_progress),
        (Step::Reset, None, in_progress),
        // A start that fails is a start that fails.
        (canceled(), Some(problem(503, 20503)), Err((Transient, "20503"))),
        (canceled(), Some(problem(429, 60203)), Err((Blocked, "60203"))),
        (canceled(), Some(problem(403, 60205)), Err((Recipient, "60205"))),
        (canceled(), Some(problem(401, 20003)), Err((Provider, "20003"))),
        (canceled(), Some(Step::Reset), Err((Unknown, "broken"))),
        (canceled(), Some(Step::Reply(Reply::json(201, "{}"))), Err((Unknown, "unreadable"))),
    ] {
        for custom_code in [false, true] {
            let server = Server::start().await;
            let verify = verify(&server).custom_code(custom_code).build().unwrap();
            server.then(begun(OLD, 2));
            server.then(cancel.clone());
            again.iter().for_each(|step| server.then(step.clone()));
            let sent = verify.send(&text()).await;
            let found = sent.as_ref().map(drop).map_err(failure);
            assert_eq!(found, expected, "{cancel:?} {again:?}");
            if let Ok(receipt) = sent {
                assert_eq!(receipt.reference.as_deref(), Some(VERIFICATION));
            }
            let requests = server.requests();
            assert_eq!(requests.len(), 2 + usize::from(again.is_some()), "{cancel:?} {again:?}");
            assert_eq!(requests[1].path(), format!("/v2/Services/{SERVICE}/Verifications/{OLD}"));
            assert_eq!(requests[1].form(), [("Status".to_owned(), "canceled".to_owned())]);
            if let Some(again) = requests.get(2) {
                assert_eq!((again.path(), again.form()), (requests[0].path(), requests[0].form()));
            }
        }
    }
}

/// Without `send_code_attempts` it counts what is known here.
#[tokio::test]
async fn an_answer_that_does_not_count_its_messages() {
    for attempts in ["", r#", "send_code_attempts": null"#, r#", "send_code_attempts": []"#] {
        let server = Server::start().await;
        let verify = verify(&server).build().unwrap();
        server.always(Step::Reply(Reply::json(201, &format!(r#"{{"sid": "{VERIFICATION}"{attempts}}}"#))));
        let to = to();
        verify.send(&sent_as(FIRST, &to)).await.unwrap();
        verify.send(&sent_as(FIRST, &to)).await.unwrap();
        let error = verify.send(&sent_as(SECOND, &to)).await.unwrap_err();
        assert_eq!(failure(&error), (FailureClass::Transient, "verification_in_progress"));
        assert_eq!(server.requests().len(), 5);
    }
}
