//! Properties of every text: no panic, canonical forms are fixed points, nothing leaks from masked output.

use otp_core::{EmailAddress, PhoneNumber, Recipient};
use proptest::{collection::vec, prelude::*, sample::select};

/// Texts near the border between accepted and refused.
fn phone_like() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "+", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "44", "49", "415", "555", "7911", " ", "-",
        ".", "(", ")", ",", ";ext=", "x", "\u{200b}", "\u{ff11}", "\u{661}", "\0", "\n",
    ]);
    prop_oneof![
        "\\+[1-9][0-9]{5,16}",
        "\\+(1|7|39|44|49|61|91|358)[0-9 ().-]{6,18}",
        "\\+1 ?\\(?(212|415|650|917)\\)?[ -]?[2-9][0-9]{2}[ -]?[0-9]{4}",
        vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
    ]
}

fn email_like() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a",
        "Z",
        "alice",
        "9",
        ".",
        "-",
        "_",
        "+tag",
        "@",
        "example",
        "com",
        "B\u{fc}cher",
        "\u{3c3}",
        "\u{df}",
        "\u{130}",
        "\u{6587}",
        "xn--",
        "xn--bcher-kva",
        "\u{3002}",
        "\u{ff0e}",
        "\u{200d}",
        "\u{ad}",
        "\"",
        "<",
        ">",
        "(",
        ")",
        "[",
        "]",
        " ",
        "\t",
        "\r\n",
        "\0",
        "\\",
        ",",
    ]);
    prop_oneof![
        "[a-zA-Z0-9.+_-]{1,20}@[a-zA-Z0-9.-]{1,20}\\.[a-zA-Z]{2,5}",
        "[a-zA-Z0-9]{1,70}@([a-zA-Z0-9]{1,64}\\.){1,4}org",
        "[a-z]{1,6}@\\PC{1,12}\\.\\PC{1,6}",
        vec(piece, 0..16).prop_map(|pieces| pieces.concat()),
    ]
}

fn anything() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), phone_like(), email_like(), "\\PC{0,300}"]
}

fn longest_digit_run(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

fn assert_masked(recipient: &Recipient) {
    let direct = match recipient {
        Recipient::Phone(number) => [format!("{number}"), format!("{number:?}")],
        Recipient::Email(address) => [format!("{address}"), format!("{address:?}")],
    };
    let whole = recipient.as_str();
    for shown in direct.into_iter().chain([format!("{recipient}"), format!("{recipient:?}")]) {
        assert!(!shown.contains(whole), "{shown}");
        match whole.split_once('@') {
            None => assert!(longest_digit_run(&shown) <= 4, "{shown}"),
            // The star is legal in a local part and says nothing in a mask.
            Some((local, domain)) => {
                let (before_at, _) = shown.split_once('@').expect("a masked address has an @");
                let shown_local = before_at.rsplit('(').next().unwrap_or(before_at);
                let hidden = !shown_local.contains(local) || local.len() == 1 || local.ends_with('*');
                assert!(hidden && !shown.contains(domain), "{shown}");
            }
        }
    }
}

fn assert_canonical(recipient: &Recipient) {
    let text = recipient.as_str();
    assert!(
        text.is_ascii() && !text.bytes().any(|b| b.is_ascii_control() || b == b' ' || b.is_ascii_uppercase())
    );
    assert_eq!(Recipient::from_canonical(text).as_ref(), Ok(recipient));
    assert_eq!(Recipient::parse(text).as_ref(), Ok(recipient));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn accepted_texts_are_canonical_and_masked(text in anything()) {
        if let Ok(recipient) = Recipient::parse(&text) {
            assert_canonical(&recipient);
            assert_masked(&recipient);
        }
        let _ = (PhoneNumber::parse(&text), EmailAddress::parse(&text));
    }

    #[test]
    fn prescribed_and_stored_numbers_are_masked_too(text in phone_like()) {
        if let Ok(number) = PhoneNumber::prescribed(&text) {
            prop_assert_eq!(PhoneNumber::from_canonical(number.as_str()), Ok(number.clone()));
            prop_assert_eq!(PhoneNumber::prescribed(number.as_str()), Ok(number.clone()));
            let _ = number.region();
            assert_masked(&number.into());
        }
    }

    #[test]
    fn what_from_canonical_takes_is_masked_and_kept(text in anything()) {
        if let Ok(recipient) = Recipient::from_canonical(&text) {
            prop_assert_eq!(recipient.as_str(), &text);
            assert_masked(&recipient);
        }
    }

    #[test]
    fn errors_never_repeat_the_text(text in anything()) {
        if let Err(error) = Recipient::parse(&text) {
            let shown = format!("{error} {error:?}");
            for word in text.split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() > 4) {
                prop_assert!(!shown.contains(word) || "14155550123".contains(word), "{}", shown);
            }
            prop_assert!(text.len() < 30 || !shown.contains(&text));
        }
    }

    #[test]
    fn accepted_spellings_are_one_recipient(
        number in "\\+1(212|415|917)[2-9][0-9]{6}", separators in vec(select(vec!["", " ", "-", ".", "(", ")"]), 12),
    ) {
        let spelled: String = number.chars().zip(separators).flat_map(|(c, s)| [c.to_string(), s.to_owned()]).collect();
        prop_assert_eq!(PhoneNumber::parse(&spelled), PhoneNumber::parse(&number));
    }
}
