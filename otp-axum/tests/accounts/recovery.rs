//! What fails between a right code and an account that is marked.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::support::{EMAIL, Host, PHONE, WRONG};

const UNAVAILABLE: &str = "The service cannot answer now. Please try again.";

#[tokio::test]
async fn a_mark_that_fails_does_not_use_up_the_code() {
    let host = Host::new();
    let code = host.with_email_code().await;
    host.accounts.fail_marks(1);
    let answer = host.verify_account(EMAIL, &code).await;
    let members = serde_json::json!({ "non_field_errors": [UNAVAILABLE], "retry_after": 1 });
    answer.assert_problem(503, "unavailable", UNAVAILABLE, members);
    assert!(!host.account(EMAIL).await.unwrap().is_email_verified);

    host.verify_account(EMAIL, WRONG).await.assert_code_refused("verified");
    assert_eq!(host.verify_account(EMAIL, &code).await.status, 200, "the same code is right again");
    assert!(host.account(EMAIL).await.unwrap().is_email_verified);
    host.verify_account(EMAIL, &code).await.assert_code_refused("verified");
}

#[tokio::test]
async fn who_runs_out_of_guesses_meanwhile_asks_for_a_new_code() {
    let host = Host::new();
    let code = host.with_email_code().await;
    host.accounts.fail_marks(5);
    for _ in 0..5 {
        assert_eq!(host.verify_account(EMAIL, &code).await.status, 503);
    }
    assert_eq!(host.verify_account(EMAIL, &code).await.body["code"], "too_many_checks");
    host.pass(60);
    assert_eq!(host.resend(EMAIL).await.status, 200);
    host.work().await;
    assert_ne!(host.code(EMAIL), code);
    assert_eq!(host.verify_account(EMAIL, &host.code(EMAIL)).await.status, 200);
}

#[tokio::test]
async fn a_code_that_was_not_recorded_ends_like_any_other() {
    let host = Host::new();
    let code = host.with_email_code().await;
    host.accounts.fail_marks(1);
    assert_eq!(host.verify_account(EMAIL, &code).await.status, 503);
    host.pass(600);
    host.verify_account(EMAIL, &code).await.assert_code_refused("verified");
}

#[tokio::test]
async fn accounts_that_cannot_be_read_decide_nothing() {
    let host = Host::new();
    let code = host.with_email_code().await;
    host.pass(60);
    host.accounts.fail(usize::MAX);
    assert_eq!(host.verify_account(EMAIL, &code).await.status, 503);
    assert_eq!(host.resend(EMAIL).await.status, 503);
    assert_eq!(host.verify_phone(PHONE).await.status, 503);
    assert_eq!(host.register("bob@example.com", "+14155550199").await.status, 503);
    host.accounts.fail(0);
    assert_eq!(host.verify_account(EMAIL, &code).await.status, 200);
    assert_eq!(host.verify_phone(PHONE).await.status, 200, "no send was spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_right_codes_one_succeeds() {
    for _ in 0..20 {
        let host = Arc::new(Host::new());
        let code = host.with_email_code().await;
        let verify = |_| {
            let (host, code) = (Arc::clone(&host), code.clone());
            async move { host.verify_account(EMAIL, &code).await.status }
        };
        let found = (0..64).map(verify).collect::<JoinSet<_>>().join_all().await;
        assert_eq!(found.iter().filter(|status| **status == 200).count(), 1, "{found:?}");
        assert!(found.iter().all(|status| matches!(status, 200 | 400 | 429)), "{found:?}");
    }
}

/// The right code among wrong ones is not lost.
#[tokio::test(flavor = "multi_thread")]
async fn the_right_code_among_wrong_ones_succeeds() {
    for _ in 0..20 {
        let host = Arc::new(Host::new());
        let code = host.with_email_code().await;
        let verify = |number: usize| {
            let (host, code) = (Arc::clone(&host), code.clone());
            async move { host.verify_account(EMAIL, if number == 2 { &code } else { WRONG }).await.status }
        };
        let found = (0..5).map(verify).collect::<JoinSet<_>>().join_all().await;
        assert_eq!(found.iter().filter(|status| **status == 200).count(), 1, "{found:?}");
    }
}
