//! Who is let in and who is not. Why a proof does not open is told to nobody: all these answers are one.

use std::sync::Arc;

use otp_core::{Namespace, Purpose};
use otp_service::{MemoryStore, Store, Verifier};

use crate::{
    host::{Answer, FRAMEWORKS, Framework, Host, NOW, keyring},
    tokens,
};

/// Asks both frameworks, each with a host of its own, which must answer the same.
async fn both(ask: impl AsyncFn(Framework, Host) -> Answer) -> Answer {
    let axum = ask(Framework::Axum, Host::new()).await;
    assert_eq!(ask(Framework::Actix, Host::new()).await, axum, "actix answers what axum answers");
    axum
}

#[actix_web::test]
async fn a_good_proof_is_let_in_once() {
    for framework in FRAMEWORKS {
        let host = Host::new();
        let proof = host.proof();
        host.sign_up(framework, &proof).await.assert_in();
        host.sign_up(framework, &proof).await.assert_claimed_before();
        host.sign_up(framework, &host.proof()).await.assert_in();
    }
}

#[actix_web::test]
async fn where_the_proof_is_looked_for() {
    for framework in FRAMEWORKS {
        let host = Host::new();
        let ask = async |headers: &[(&str, &str)]| host.post(framework, "/signup", headers, "").await;
        let good = || host.proof();
        ask(&[("Verification-Proof", &good())]).await.assert_in();
        ask(&[("verification-proof", &format!("  {} ", good()))]).await.assert_in();
        ask(&[("authorization", &format!("Bearer {}", good()))]).await.assert_in();
        ask(&[("authorization", &format!("bearer  {}", good()))]).await.assert_in();
        let session = ("authorization", "Bearer the-host's-own-session");
        ask(&[session, ("verification-proof", &good())]).await.assert_in();
        ask(&[session]).await.assert_invalid();
        ask(&[("verification-proof", &good()), ("verification-proof", &good())]).await.assert_invalid();
        ask(&[("verification-proof", &format!("Bearer {}", good()))]).await.assert_invalid();
    }
}

#[actix_web::test]
async fn no_proof() {
    let cases: [&[(&str, &str)]; 6] = [
        &[],
        &[("verification-proof", "")],
        &[("authorization", "")],
        &[("authorization", "Bearer")],
        &[("authorization", "Basic dXNlcjpwYXNz")],
        &[("cookie", "verification-proof=a.b.c")],
    ];
    for headers in cases {
        let answer = both(async |framework, host| host.post(framework, "/signup", headers, "").await).await;
        let detail = "Send the proof of a verification in the header Verification-Proof.";
        answer.assert_refused(401, "proof_missing", detail);
    }
}

#[actix_web::test]
async fn malformed_and_forged() {
    let proof = Host::new().proof();
    let mut texts: Vec<String> = ["a", "a.b", "a.b.c", "..", "null"].map(str::to_owned).into();
    for place in (0..proof.len()).step_by(17) {
        let other = if proof.as_bytes()[place] == b'A' { "B" } else { "A" };
        texts.push(format!("{}{other}{}", &proof[..place], &proof[place + 1..]));
    }
    texts.push(proof[..proof.len() - 1].to_owned());
    texts.extend(tokens::forged());
    for text in &texts {
        both(async |framework, host| host.sign_up(framework, text).await).await.assert_invalid();
    }
    both(async |framework, host| host.sign_up(framework, &tokens::signed(|_, _| ())).await).await.assert_in();
}

#[actix_web::test]
async fn out_of_its_time() {
    for (millis, is_good) in [
        (-31_000, false),
        (-30_000, true),
        (0, true),
        (599_999, true),
        (600_000, false),
        (i64::MAX - NOW, false),
    ] {
        let answer = both(async |framework, host| {
            let proof = host.proof();
            host.set(NOW + millis);
            host.sign_up(framework, &proof).await
        });
        let answer = answer.await;
        if is_good { answer.assert_in() } else { answer.assert_invalid() }
    }
}

#[actix_web::test]
async fn for_something_else() {
    let purposes = async |framework, host: Host| host.sign_up(framework, &host.proof_for("login")).await;
    both(purposes).await.assert_invalid();
    type Member = (&'static str, &'static str);
    let members: [Member; 4] =
        [("iss", "another"), ("aud", "default"), ("namespace", "default"), ("purpose", "verify")];
    for (name, value) in members {
        let proof = tokens::signed(|_, claims| claims[name] = value.into());
        both(async |framework, host| host.sign_up(framework, &proof).await).await.assert_invalid();
    }
    // A whole service of another name, audience or namespace, with the same keys on the same store.
    for framework in FRAMEWORKS {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let host = Host::with(Arc::clone(&store), &["k1"]);
        let service = || {
            Verifier::builder(Arc::clone(&store), keyring(&["k1"]))
                .clock(host.clock.clone())
                .namespace(Namespace::new("shop").unwrap())
        };
        let others = [
            service().issuer("another"),
            service().audience("another"),
            service().namespace(Namespace::new("another").unwrap()),
            service().namespace(Namespace::new("another").unwrap()).audience("shop"),
        ];
        for other in others {
            let other = Host { verifier: other.build().unwrap(), clock: host.clock.clone() };
            host.sign_up(framework, &other.proof()).await.assert_invalid();
            other.sign_up(framework, &host.proof()).await.assert_invalid();
        }
        let same = Host { verifier: service().build().unwrap(), clock: host.clock.clone() };
        host.sign_up(framework, &same.proof()).await.assert_in();
    }
}

#[actix_web::test]
async fn rotated_keys() {
    for framework in FRAMEWORKS {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let host = |keys: &[&str]| Host::with(Arc::clone(&store), keys);
        let (old, rotated, removed) = (host(&["k1"]), host(&["k2", "k1"]), host(&["k2"]));
        let (used, unused) = (old.proof(), old.proof());
        old.sign_up(framework, &used).await.assert_in();
        rotated.sign_up(framework, &used).await.assert_claimed_before();
        rotated.sign_up(framework, &unused).await.assert_in();
        old.sign_up(framework, &unused).await.assert_claimed_before();
        removed.sign_up(framework, &old.proof()).await.assert_invalid();
        removed.sign_up(framework, &rotated.proof()).await.assert_in();
    }
}

#[actix_web::test]
async fn a_handler_that_refuses_costs_no_proof() {
    for framework in FRAMEWORKS {
        let host = Host::new();
        let proof = host.proof();
        let fill_in =
            async |body| host.post(framework, "/form", &[("verification-proof", &proof)], body).await;
        assert_eq!(fill_in("with a mistake").await.status, 418);
        fill_in("complete").await.assert_in();
        assert_eq!(fill_in("with a mistake").await.status, 418, "who looks is not told whether it was used");
        fill_in("complete").await.assert_claimed_before();
        host.post(framework, "/form", &[("verification-proof", "a.b.c")], "complete").await.assert_invalid();
        host.sign_up(framework, &proof).await.assert_claimed_before();
    }
}

#[test]
fn purposes_are_names() {
    use otp_http::ProofPurpose;
    assert_eq!(crate::host::Signup::purpose(), Purpose::new("signup").unwrap());
}
