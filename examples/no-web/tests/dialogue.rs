//! The program as a person at its keyboard meets it.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

const ASKS_WHO: &str = "Phone number or e-mail address: ";
const ASKS_CODE: &str = "Code: ";
const NUMBER: &str = "+1 (415) 555-0123";

#[test]
fn a_number_is_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::sits_down(folder.path());
    person.reads(ASKS_WHO);
    person.types("12");
    assert!(person.reads(ASKS_WHO).contains("written with its country code"));
    person.types("+1 415 555 01");
    assert!(person.reads(ASKS_WHO).contains("no country has such a phone number"));

    person.types(NUMBER);
    let said = person.reads(ASKS_CODE);
    assert!(said.contains("A code of 6 digits was sent to +14155550123."), "{said}");
    assert!(said.contains("The code is valid for ") && said.contains("`resend` in "), "{said}");

    person.types("resend");
    assert!(person.reads(ASKS_CODE).contains("Please wait "), "too early");
    person.types("");
    person.reads(ASKS_CODE);

    let code = person.code();
    person.types(&wrong(&code));
    assert!(person.reads(ASKS_CODE).contains("That code is wrong. Guesses left: 4."));
    person.types(&format!(" {} {} ", &code[..3], &code[3..]));
    person.reads("You are verified.\n");
    assert!(person.leaves_verified());
}

#[test]
fn wrong_codes_run_out_and_another_way_is_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::sits_down(folder.path());
    person.reads(ASKS_WHO);
    person.types(NUMBER);
    person.reads(ASKS_CODE);
    let wrong = wrong(&person.code());
    for left in (1..5).rev() {
        person.types(&wrong);
        assert!(person.reads(ASKS_CODE).contains(&format!("Guesses left: {left}.")));
    }
    person.types(&wrong);
    assert!(person.reads(ASKS_WHO).contains("it was the last guess"));
    person.types(NUMBER);
    assert!(person.reads(ASKS_WHO).contains("Please wait "), "a new code needs patience");

    person.types("Alice@Example.com");
    assert!(person.reads(ASKS_CODE).contains("sent to alice@example.com."));
    person.types("cancel");
    assert!(person.reads(ASKS_WHO).contains("The code is withdrawn."));
    person.types("bob@example.com");
    person.reads(ASKS_CODE);
    person.types(&person.code());
    person.reads("You are verified.\n");
    assert!(person.leaves_verified());
}

#[test]
fn limits_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::sits_down(folder.path());
    person.reads(ASKS_WHO);
    person.types(NUMBER);
    person.reads(ASKS_CODE);
    assert!(!person.leaves_verified(), "gone without a word");

    let mut person = Person::sits_down(folder.path());
    person.reads(ASKS_WHO);
    person.types(NUMBER);
    assert!(person.reads(ASKS_WHO).contains("Please wait "));
    person.types("quit");
    person.reads("Not verified.\n");
    assert!(!person.leaves_verified());
}

/// A person at the keyboard, with a telephone.
struct Person {
    program: Child,
    keyboard: Option<ChildStdin>,
    screen: Receiver<u8>,
    telephone: PathBuf,
}

impl Person {
    fn sits_down(folder: &Path) -> Self {
        let telephone = folder.join("telephone");
        let mut program = Command::new(env!("CARGO_BIN_EXE_example-no-web"))
            .args([&folder.join("verify.db"), &telephone])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let (keyboard, mut stdout) =
            (program.stdin.take(), program.stdout.take().expect("its output is piped"));
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut byte = [0];
            while stdout.read_exact(&mut byte).is_ok() && sender.send(byte[0]).is_ok() {}
        });
        Self { program, keyboard, screen, telephone }
    }

    fn types(&mut self, line: &str) {
        let keyboard = self.keyboard.as_mut().expect("the person is there");
        writeln!(keyboard, "{line}").expect("the program listens");
    }

    /// What appears up to and including `end`.
    fn reads(&self, end: &str) -> String {
        let mut seen = Vec::new();
        while !seen.ends_with(end.as_bytes()) {
            let byte = self.screen.recv_timeout(Duration::from_secs(20));
            seen.push(byte.unwrap_or_else(|_| panic!("no {end:?} in {:?}", String::from_utf8_lossy(&seen))));
        }
        String::from_utf8(seen).expect("text")
    }

    /// The code in the last message.
    fn code(&self) -> String {
        let messages = fs::read_to_string(&self.telephone).expect("messages");
        let mut words = messages.split(|c: char| !c.is_ascii_digit());
        words.rfind(|word| word.len() == 6).expect("a code").to_owned()
    }

    /// Leaves the keyboard, and looks at how the program ended.
    fn leaves_verified(mut self) -> bool {
        drop(self.keyboard.take());
        self.program.wait().expect("the program ends").success()
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn wrong(code: &str) -> String {
    (if code == "000000" { "000001" } else { "000000" }).to_owned()
}
