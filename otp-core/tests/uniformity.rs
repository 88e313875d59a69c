//! Every code is equally likely: Pearson's chi-square test over derived codes.
//!
//! The seeds are counted, not drawn, so a run either always passes or always fails. `OTP_TEST_ROUNDS=100` takes 10^7
//! codes of every format instead of 10^5.

mod support;

use otp_core::{
    Alphabet, ChallengeKey, Channel, CodeFormat, CodeInputs, Keyring, Namespace, Purpose, Recipient,
};

const CODES: u64 = 100_000;
/// Whole codes are counted in this many groups of neighbouring numbers.
const GROUPS: u64 = 1_000;
/// The normal distribution beyond which p leaves [0.001, 0.999].
const MOST_DEVIATION: f64 = 3.0902;

#[test]
fn six_digits() {
    assert_uniform(CodeFormat::default());
}

#[test]
fn four_digits() {
    assert_uniform(CodeFormat::new(4, Alphabet::Digits).expect("4 is a legal length"));
}

#[test]
fn ten_unambiguous_characters() {
    // The format with the most rejected words: where a bias would show first.
    assert_uniform(CodeFormat::new(10, Alphabet::Unambiguous).expect("10 is a legal length"));
}

#[test]
fn the_test_tells_fair_from_unfair() {
    let fair = Counts(vec![10_050, 9_980, 9_900, 10_120, 9_950]);
    let loaded = Counts(vec![10_500, 9_880, 9_800, 10_020, 9_800]);
    let too_even = Counts(vec![10_000; 5]);
    assert!(fair.deviation().abs() <= MOST_DEVIATION, "{}", fair.deviation());
    assert!(loaded.deviation() > MOST_DEVIATION, "{}", loaded.deviation());
    assert!(too_even.deviation() < -MOST_DEVIATION, "{}", too_even.deviation());
}

fn assert_uniform(format: CodeFormat) {
    let characters = format.alphabet().characters();
    let base = characters.len() as u64;
    let count = base.pow(format.length().into());
    let mut places = vec![Counts(vec![0; characters.len()]); format.length().into()];
    let mut groups = Counts(vec![0; GROUPS as usize]);

    for_each_code(format, |code| {
        let mut number = 0;
        for (place, character) in places.iter_mut().zip(code.bytes()) {
            let value = characters.iter().position(|c| *c == character).expect("a character of the alphabet");
            place.0[value] += 1;
            number = number * base + value as u64;
        }
        groups.0[(u128::from(number) * u128::from(GROUPS) / u128::from(count)) as usize] += 1;
    });

    let deviations = places.iter().map(Counts::deviation).enumerate();
    for (place, deviation) in deviations {
        assert!(deviation.abs() <= MOST_DEVIATION, "place {place}: {deviation} standard deviations");
    }
    let deviation = groups.deviation();
    assert!(deviation.abs() <= MOST_DEVIATION, "whole codes: {deviation} standard deviations");
}

fn for_each_code(format: CodeFormat, mut take: impl FnMut(&str)) {
    let id: otp_core::KeyId = "k1".parse().expect("a key id");
    let keyring = Keyring::new([(id.clone(), (0..32).collect())]).expect("a good key");
    let (namespace, purpose) = (Namespace::default(), Purpose::default());
    let recipient = Recipient::parse("+14155550123").expect("a phone number");
    for number in 0..CODES * u64::from(support::rounds()) {
        let seed = u128::from(number).to_be_bytes();
        let inputs = CodeInputs {
            namespace: &namespace,
            purpose: &purpose,
            challenge: &ChallengeKey::from_bytes([7; 32]),
            generation: 1_u32.to_be_bytes(),
            channel: Channel::Sms,
            recipient: &recipient,
            context: &[],
            digits: [format.length()],
            format,
            seed: &seed,
        };
        take(keyring.code(&id, &inputs).expect("the key is in the ring").expose());
    }
}

#[derive(Clone)]
struct Counts(Vec<u64>);

impl Counts {
    /// How far chi-square lies from what equal chances give, in standard deviations of the normal distribution
    /// (E. B. Wilson, M. M. Hilferty: The distribution of chi-square, 1931).
    fn deviation(&self) -> f64 {
        let expected = self.0.iter().sum::<u64>() as f64 / self.0.len() as f64;
        let chi_square: f64 = self.0.iter().map(|found| (*found as f64 - expected).powi(2) / expected).sum();
        let freedom = (self.0.len() - 1) as f64;
        let spread = 2.0 / (9.0 * freedom);
        ((chi_square / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
    }
}
