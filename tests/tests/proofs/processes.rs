//! Several processes on one database with one proof: this program starts itself again as the others.

use std::{
    env, fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use otp_http::ProofPurpose;
use otp_service::{ClaimError, Verifier};

use crate::{
    host::{Host, Signup},
    races::sqlite,
};

const PROCESSES: usize = 3;
const CALLERS: usize = 32;

/// Set where this program is one of the processes of [`one_of_many_processes_lets_one_in`]: in the folder of the others.
const IS_PART: &str = "OTP_TEST_IS_PART";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a process is told so by the one that starts it")]
async fn one_process_lets_one_in() {
    let is_part = env::var_os(IS_PART).is_some();
    let own = tempfile::tempdir().unwrap();
    let folder = if is_part { env::current_dir().unwrap() } else { prepared(own.path()) };
    let proof: Arc<str> = fs::read_to_string(folder.join("proof")).unwrap().into();
    let verifier = Host::with(sqlite(&folder), &["k1"]).verifier;
    if is_part {
        println!("\nready");
        std::io::stdin().read_exact(&mut [0]).unwrap();
    }
    let callers = (0..CALLERS).map(|_| tokio::spawn(claim(verifier.clone(), Arc::clone(&proof))));
    let mut claimed = 0;
    for caller in callers.collect::<Vec<_>>() {
        claimed += usize::from(caller.await.unwrap());
    }
    println!("\nclaimed={claimed}");
    assert!(is_part || claimed == 1, "{claimed} of {CALLERS}");
}

/// The folder, with a database and a proof.
fn prepared(folder: &Path) -> PathBuf {
    let proof = Host::with(sqlite(folder), &["k1"]).proof();
    fs::write(folder.join("proof"), proof).unwrap();
    folder.to_owned()
}

async fn claim(verifier: Verifier, proof: Arc<str>) -> bool {
    match verifier.claim(&proof, &Signup::purpose()).await {
        Ok(_) => true,
        Err(ClaimError::AlreadyClaimed) => false,
        Err(error) => panic!("{error:?}"),
    }
}

fn start(folder: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["processes::one_process_lets_one_in", "--exact", "--nocapture"])
        .env(IS_PART, "1")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn one_of_many_processes_lets_one_in() {
    let folder = tempfile::tempdir().unwrap();
    prepared(folder.path());
    let mut processes: Vec<_> = (0..PROCESSES).map(|_| start(folder.path())).collect();
    for process in &mut processes {
        wait_until_ready(process);
    }
    for process in &mut processes {
        process.stdin.take().unwrap().write_all(b"\n").unwrap();
    }
    let mut claimed = 0;
    for process in processes {
        let output = process.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("claimed="));
        claimed += line.unwrap_or_else(|| panic!("{text}")).parse::<usize>().unwrap();
    }
    assert_eq!(claimed, 1, "of {} claims in {PROCESSES} processes", PROCESSES * CALLERS);
}

/// Byte by byte, so that nothing of what follows is read.
fn wait_until_ready(process: &mut Child) {
    let (output, mut seen) = (process.stdout.as_mut().unwrap(), String::new());
    let mut byte = [0];
    while !seen.ends_with("\nready\n") {
        output.read_exact(&mut byte).unwrap();
        seen.push(char::from(byte[0]));
    }
}
