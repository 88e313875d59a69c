//! Many at once with one proof: one is let in.

use std::{path::Path, sync::Arc};

use otp_diesel::{Options, SqliteStore};
use otp_service::{MemoryStore, Store};
use tokio::task::JoinHandle;

use crate::host::{Answer, Framework, Host, ask_axum};

const CALLERS: usize = 64;

pub(crate) fn sqlite(folder: &Path) -> Arc<dyn Store> {
    let url = format!("sqlite://{}", folder.join("otp.db").display());
    Arc::new(SqliteStore::open(url, Options::new().migrate(true)).unwrap())
}

#[track_caller]
fn assert_one_in(answers: &[Answer]) {
    let let_in: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(let_in.len(), 1, "{answers:?}");
    let_in[0].assert_in();
    answers.iter().filter(|answer| answer.status != 200).for_each(Answer::assert_claimed_before);
}

/// Through axum on several threads, half of them on each host.
async fn race_axum(hosts: [Host; 2]) {
    let proof = hosts[0].proof();
    let callers = (0..CALLERS).map(|caller| {
        let (verifier, proof) = (hosts[caller % 2].verifier.clone(), proof.clone());
        tokio::spawn(
            async move { ask_axum(verifier, "/signup", &[("verification-proof", &proof)], "").await },
        )
    });
    assert_one_in(&answers(callers.collect::<Vec<_>>()).await);
}

/// Through actix, whose workers have one thread.
async fn race_actix(hosts: [Host; 2]) {
    let proof = hosts[0].proof();
    let callers = (0..CALLERS).map(|caller| {
        let (host, proof) = (hosts[caller % 2].clone(), proof.clone());
        actix_web::rt::spawn(async move { host.sign_up(Framework::Actix, &proof).await })
    });
    assert_one_in(&answers(callers.collect::<Vec<_>>()).await);
}

async fn answers(callers: Vec<JoinHandle<Answer>>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.unwrap());
    }
    answers
}

/// Two processes on one store, in the middle of a rotation.
fn two(store: Arc<dyn Store>, other: Arc<dyn Store>) -> [Host; 2] {
    [Host::with(store, &["k1", "k2"]), Host::with(other, &["k2", "k1"])]
}

fn in_memory() -> [Host; 2] {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    two(Arc::clone(&store), store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn axum_in_memory() {
    race_axum(in_memory()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn axum_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    race_axum(two(sqlite(folder.path()), sqlite(folder.path()))).await;
}

#[actix_web::test]
async fn actix_in_memory() {
    race_actix(in_memory()).await;
}

#[actix_web::test]
async fn actix_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    race_actix(two(sqlite(folder.path()), sqlite(folder.path()))).await;
}

#[actix_web::test]
async fn a_claim_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let proof = {
        let host = Host::with(sqlite(folder.path()), &["k1"]);
        let proof = host.proof();
        host.sign_up(Framework::Axum, &proof).await.assert_in();
        proof
    };
    let host = Host::with(sqlite(folder.path()), &["k1"]);
    host.sign_up(Framework::Axum, &proof).await.assert_claimed_before();
}
