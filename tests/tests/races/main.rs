//! Races over HTTP: one, two and four server processes on one database of each kind. The bounds are exact, and no caller
//! hears of a deadlock or a failed serialization.

mod world;

use otp_tests::{Answer, databases::Kind, rounds, wrong};
use world::{CALLERS, Request, World, count};

/// Guesses that a challenge answers.
const CHECKS: usize = 5;

fn race(kind: Kind, processes: usize, default: usize) {
    let Some(mut world) = World::start(kind, processes) else { return };
    for round in 0..rounds(default) {
        world.next_round();
        wrong_codes(&mut world);
        right_codes(&mut world);
        one_right_code_among_wrong_ones(&mut world, round % CHECKS);
        starts(&mut world);
        generations(&mut world);
    }
    world.finish();
}

fn wrong_codes(world: &mut World) {
    let (number, token, right) = world.begin();
    let guess = Request::verify(&number, &token, wrong(&right));
    let answers = world.at_once(&vec![guess; CALLERS]);
    let answered = (count(&answers, "code_invalid"), count(&answers, "too_many_checks"));
    assert_eq!(answered, (CHECKS, CALLERS - CHECKS), "{world}: five guesses are answered");
}

fn right_codes(world: &mut World) {
    let (number, token, right) = world.begin();
    let answers = world.at_once(&vec![Request::verify(&number, &token, &right); CALLERS]);
    let answered = (successes(&answers), count(&answers, "code_already_verified"));
    assert_eq!(answered, (1, CALLERS - 1), "{world}: a code succeeds once");
}

fn one_right_code_among_wrong_ones(world: &mut World, place: usize) {
    let (number, token, right) = world.begin();
    let mut guesses = vec![Request::verify(&number, &token, wrong(&right)); CHECKS];
    guesses[place] = Request::verify(&number, &token, &right);
    let answers = world.at_once(&guesses);
    assert_eq!(answers[place].status, 200, "{world}: the right code is never lost");
}

/// The budget of a recipient is [`world::SENDS`]; what is sent is counted at the end, when nothing more can come.
fn starts(world: &mut World) {
    let number = world.number();
    let answers = world.at_once(&vec![Request::register(&number); CALLERS]);
    let answered = (successes(&answers), count(&answers, "throttled"));
    assert_eq!(answered, (world::SENDS, CALLERS - world::SENDS), "{world}: sends are bounded exactly");
    world.expect_messages(number, world::SENDS);
}

/// Another channel begins another generation, and the code of the old one is dead.
fn generations(world: &mut World) {
    let (number, token, old) = world.begin();
    let mut requests = vec![Request::verify(&number, &token, &old); 4];
    requests[1] = Request::resend(&number, &token, "whatsapp");
    let mut answers = world.at_once(&requests);
    let resent = answers.remove(1);
    let with_old = successes(&answers);
    if resent.status == 200 {
        assert_eq!(with_old, 0, "{world}: a code dies with its generation");
        let new = world.code(&number, 2);
        let answers = world.at_once(&[Request::verify(&number, &token, &new)]);
        assert_eq!(successes(&answers), 1, "{world}: the new code is not lost");
    } else {
        assert_eq!((with_old, resent.text("code").as_str()), (1, "code_already_verified"), "{world}");
    }
}

fn successes(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

#[test]
fn one_process_on_sqlite() {
    race(Kind::Sqlite, 1, 60);
}

#[test]
fn two_processes_on_sqlite() {
    race(Kind::Sqlite, 2, 60);
}

#[test]
fn one_process_on_postgres() {
    race(Kind::Postgres, 1, 20);
}

#[test]
fn two_processes_on_postgres() {
    race(Kind::Postgres, 2, 50);
}

#[test]
fn four_processes_on_postgres() {
    race(Kind::Postgres, 4, 50);
}

#[test]
fn one_process_on_mysql() {
    race(Kind::Mysql, 1, 20);
}

#[test]
fn two_processes_on_mysql() {
    race(Kind::Mysql, 2, 50);
}

#[test]
fn four_processes_on_mysql() {
    race(Kind::Mysql, 4, 50);
}
