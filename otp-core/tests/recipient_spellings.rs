//! How people, programs and attackers write recipients, and the one recipient (or refusal) each text gives.
//!
//! Every case is written `(text, canonical)`, with [`REFUSED`] in place of a canonical form.

use std::collections::HashMap;

use otp_core::Recipient;

const REFUSED: &str = "refused";

/// Ways to write the same digits: `C` is the calling code, `A` the area code, `B` and `D` the rest.
const PHONE_FORMS: [(&str, bool); 42] = [
    ("+CABD", true),
    ("+C A B D", true),
    ("+C-A-B-D", true),
    ("+C.A.B.D", true),
    ("+C (A) B-D", true),
    ("+C(A)B-D", true),
    ("+C (A)B D", true),
    ("+(C) A B D", true),
    ("+ C A B D", true),
    ("+C  A   B    D", true),
    ("+C-(A)-B-D", true),
    (" +CABD", true),
    ("+CABD ", true),
    ("\t+CABD\r\n", true),
    ("\n+C A B D\n", true),
    ("+CABD.", true),
    ("CABD", false),
    ("00CABD", false),
    ("011CABD", false),
    ("ABD", false),
    ("0ABD", false),
    ("++CABD", false),
    ("+C+ABD", false),
    ("CABD+", false),
    ("(+C) ABD", false),
    ("-+CABD", false),
    ("+C/A/B/D", false),
    ("+C_A_B_D", false),
    ("+C,A,B,D", false),
    ("+C A B D ext. 4", false),
    ("+CABD;ext=4", false),
    ("+CABDx4", false),
    ("+CABD,,4", false),
    ("+CABD#", false),
    ("tel:+CABD", false),
    ("+C A\nB D", false),
    ("+C\tA B D", false),
    ("+CABD\0", false),
    ("+C\u{200b}ABD", false),
    ("+C\u{a0}A\u{a0}B\u{a0}D", false),
    ("+C\u{2011}A\u{2011}B\u{2011}D", false),
    ("\u{ff0b}CABD", false),
];

const PHONES: [[&str; 4]; 4] = [
    ["1", "415", "555", "0123"],
    ["44", "20", "7946", "0018"],
    ["49", "30", "901", "820"],
    ["7", "916", "123", "4567"],
];

const NUMBERS: &[(&str, &str)] = &[
    // National prefixes that people leave in.
    ("+44 (0) 20 7946 0018", "+442079460018"),
    ("+49 (0)30 901820", "+4930901820"),
    ("+33 (0)6 12 34 56 78", "+33612345678"),
    ("+7 8 916 123 45 67", "+79161234567"),
    ("+1 1 415 555 0123", "+14155550123"),
    // Italy keeps its zero: without it, another (here: no) number.
    ("+39 06 1234 5678", "+390612345678"),
    ("+39 6 1234 5678", REFUSED),
    ("+39 312 345 6789", "+393123456789"),
    // Shared calling codes.
    ("+1 242 345 6789", "+12423456789"),
    ("+1 868 291 1234", "+18682911234"),
    ("+7 701 234 5678", "+77012345678"),
    ("+44 1481 960194", "+441481960194"),
    ("+44 7624 312345", "+447624312345"),
    ("+358 18 1234567", "+358181234567"),
    // Mexico and Argentina once had a mobile digit; both countries' plans say what it is now.
    ("+52 55 1234 5678", "+525512345678"),
    ("+54 9 11 2345 6789", "+5491123456789"),
    ("+55 11 96123 4567", "+5511961234567"),
    // Everywhere.
    ("+1 650 253 0000", "+16502530000"),
    ("+1 800 555 0100", "+18005550100"),
    ("+33 1 42 68 53 00", "+33142685300"),
    ("+34 612 34 56 78", "+34612345678"),
    ("+41 78 123 45 67", "+41781234567"),
    ("+43 664 123456", "+43664123456"),
    ("+45 32 12 34 56", "+4532123456"),
    ("+46 70 123 45 67", "+46701234567"),
    ("+47 406 12 345", "+4740612345"),
    ("+48 512 345 678", "+48512345678"),
    ("+61 412 345 678", "+61412345678"),
    ("+64 21 123 4567", "+64211234567"),
    ("+65 8123 4567", "+6581234567"),
    ("+81 90-1234-5678", "+819012345678"),
    ("+82 10-2000-0000", "+821020000000"),
    ("+86 131 2345 6789", "+8613123456789"),
    ("+91 81234 56789", "+918123456789"),
    ("+234 802 123 4567", "+2348021234567"),
    ("+254 712 123456", "+254712123456"),
    ("+380 50 123 4567", "+380501234567"),
    ("+852 5123 4567", "+85251234567"),
    ("+971 50 123 4567", "+971501234567"),
    ("+972 50-234-5678", "+972502345678"),
    ("+800 1234 5678", "+80012345678"),
    // No such number.
    ("", REFUSED),
    (" ", REFUSED),
    ("+", REFUSED),
    ("+ ( ) -", REFUSED),
    ("+0", REFUSED),
    ("+1", REFUSED),
    ("+0014155550123", REFUSED),
    ("+04155550123", REFUSED),
    ("+1 415 555 012", REFUSED),
    ("+1 415 555 01234", REFUSED),
    ("+1 415 055 0123", REFUSED),
    ("+1 015 555 0123", REFUSED),
    ("+1 555 555 0100", REFUSED),
    ("+44 7700 900123", REFUSED),
    ("+994 000 200 123", REFUSED),
    ("+999 123 456 789", REFUSED),
    ("+210 123 456 789", REFUSED),
    ("+123456", REFUSED),
    ("+9999999999999999", REFUSED),
    ("+49 950086609708795", REFUSED),
    ("+1 415 555 0123                          ", "+14155550123"),
    ("+1   415   555   0 1 2 3  . . . . . . . . .", REFUSED),
    // Letters and other scripts.
    ("+1 800 FLOWERS", REFUSED),
    ("+1 415 555 O123", REFUSED),
    ("+1 415 555 \u{ff10}123", REFUSED),
    ("+\u{661}4155550123", REFUSED),
    ("+1415555\u{7f}0123", REFUSED),
    ("+1415555\u{301}0123", REFUSED),
    ("\u{feff}+14155550123", REFUSED),
    ("\u{202d}+14155550123\u{202c}", REFUSED),
    ("+14155550123\u{a0}", REFUSED),
    ("+14155550123\u{b}", REFUSED),
    ("+14155550123 +14155550124", REFUSED),
    ("+14155550123;+14155550124", REFUSED),
    ("+14155550123%00", REFUSED),
    ("+14155550123'--", REFUSED),
    ("alice", REFUSED),
    ("null", REFUSED),
];

const ADDRESSES: &[(&str, &str)] = &[
    // Case and white space.
    ("alice@example.com", "alice@example.com"),
    ("Alice@example.com", "alice@example.com"),
    ("ALICE@EXAMPLE.COM", "alice@example.com"),
    ("alice@Example.Com", "alice@example.com"),
    (" alice@example.com", "alice@example.com"),
    ("alice@example.com ", "alice@example.com"),
    ("\talice@example.com\r\n", "alice@example.com"),
    // Kept apart: servers differ in what these mean.
    ("a.lice@example.com", "a.lice@example.com"),
    ("alice+tag@example.com", "alice+tag@example.com"),
    ("Alice+Tag@example.com", "alice+tag@example.com"),
    ("alice-tag@example.com", "alice-tag@example.com"),
    ("alice@mail.example.com", "alice@mail.example.com"),
    // The characters of RFC 5321's dot-string.
    ("o'brien@example.com", "o'brien@example.com"),
    ("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"),
    ("user%other@example.com", "user%other@example.com"),
    ("_@example.com", "_@example.com"),
    ("-@example.com", "-@example.com"),
    ("1@example.com", "1@example.com"),
    ("14155550123@example.com", "14155550123@example.com"),
    ("+14155550123@example.com", "+14155550123@example.com"),
    ("a@b.co", "a@b.co"),
    ("a@1.example", "a@1.example"),
    ("a@3com.com", "a@3com.com"),
    ("a@r3---sn.example.com", "a@r3---sn.example.com"),
    ("a@example.co.uk", "a@example.co.uk"),
    // Domains of other scripts, in either form and any case.
    ("a@b\u{fc}cher.example", "a@xn--bcher-kva.example"),
    ("a@B\u{dc}CHER.example", "a@xn--bcher-kva.example"),
    ("a@bu\u{308}cher.example", "a@xn--bcher-kva.example"),
    ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
    ("a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
    ("a@stra\u{df}e.example", "a@xn--strae-oqa.example"),
    ("a@\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.\u{440}\u{444}", "a@xn--e1afmkfd.xn--p1ai"),
    ("a@\u{4f8b}\u{3048}.jp", "a@xn--r8jz45g.jp"),
    ("a@\u{4f8b}\u{3048}\u{3002}jp", "a@xn--r8jz45g.jp"),
    ("a@\u{ff45}xample.com", "a@example.com"),
    ("a@example\u{ff0e}com", "a@example.com"),
    // Domains that are none.
    ("alice@", REFUSED),
    ("alice@localhost", REFUSED),
    ("alice@com", REFUSED),
    ("alice@.com", REFUSED),
    ("alice@example..com", REFUSED),
    ("alice@example.com.", REFUSED),
    ("alice@.example.com", REFUSED),
    ("alice@-example.com", REFUSED),
    ("alice@example-.com", REFUSED),
    ("alice@exam_ple.com", REFUSED),
    ("alice@exam ple.com", REFUSED),
    ("alice@example.com/x", REFUSED),
    ("alice@example.com:25", REFUSED),
    ("alice@example.com?subject=x", REFUSED),
    ("alice@example.com,bob@example.com", REFUSED),
    ("alice@example.com;bob@example.com", REFUSED),
    ("alice@example.com bob@example.com", REFUSED),
    ("alice@[127.0.0.1]", REFUSED),
    ("alice@[IPv6:::1]", REFUSED),
    ("alice@127.0.0.1", REFUSED),
    ("alice@example.123", REFUSED),
    ("alice@xn--.example", REFUSED),
    ("alice@xn--a.example", REFUSED),
    ("alice@xn--bcher-kvaa.example\u{fffd}", REFUSED),
    ("alice@exam\u{200b}ple.com", REFUSED),
    ("alice@exam\u{ad}ple.com", REFUSED),
    ("alice@\u{feff}example.com", REFUSED),
    ("alice@exam\u{200d}ple.com", REFUSED),
    ("alice@exam\u{202e}ple.com", REFUSED),
    ("alice@example.com\u{2060}", REFUSED),
    ("alice@\u{301}example.com", REFUSED),
    ("alice@example.com\u{a0}", REFUSED),
    ("alice@example\u{2024}\u{2024}com", REFUSED),
    ("alice@exam\u{2100}ple.com", REFUSED),
    // Local parts that are none.
    ("@", REFUSED),
    ("@example.com", REFUSED),
    (".alice@example.com", REFUSED),
    ("alice.@example.com", REFUSED),
    ("al..ice@example.com", REFUSED),
    ("al ice@example.com", REFUSED),
    ("alice @example.com", REFUSED),
    ("alice@ example.com", REFUSED),
    ("alice@@example.com", REFUSED),
    ("alice@home@example.com", REFUSED),
    ("\"alice\"@example.com", REFUSED),
    ("\"al ice\"@example.com", REFUSED),
    ("\"alice@home\"@example.com", REFUSED),
    ("\"@example.com", REFUSED),
    ("\"\"@example.com", REFUSED),
    ("al\"ice@example.com", REFUSED),
    ("alice(home)@example.com", REFUSED),
    ("(home)alice@example.com", REFUSED),
    ("alice@example.com(home)", REFUSED),
    ("alice@(home)example.com", REFUSED),
    ("al\\ice@example.com", REFUSED),
    ("al,ice@example.com", REFUSED),
    ("al;ice@example.com", REFUSED),
    ("al:ice@example.com", REFUSED),
    ("al<ice@example.com", REFUSED),
    ("al[ice@example.com", REFUSED),
    ("Alice <alice@example.com>", REFUSED),
    ("<alice@example.com>", REFUSED),
    ("alice@example.com <alice@example.com>", REFUSED),
    ("mailto:alice@example.com", REFUSED),
    ("@relay.example:alice@example.com", REFUSED),
    // Outside ASCII, and characters that end a header or a string.
    ("jos\u{e9}@example.com", REFUSED),
    ("\u{430}lice@example.com", REFUSED),
    ("\u{212a}ate@example.com", REFUSED),
    ("al\u{200b}ice@example.com", REFUSED),
    ("\u{feff}alice@example.com", REFUSED),
    ("alice\u{ff20}example.com", REFUSED),
    ("alice\0@example.com", REFUSED),
    ("alice@example.com\0", REFUSED),
    ("alice@exam\0ple.com", REFUSED),
    ("alice\n@example.com", REFUSED),
    ("alice\r\nBcc: bob@example.com", REFUSED),
    ("alice@example.com\r\nBcc: bob@example.com", REFUSED),
    ("alice@example.com\nbob@example.com", REFUSED),
    ("ali\tce@example.com", REFUSED),
    ("alice\u{7f}@example.com", REFUSED),
    ("alice\u{b}@example.com", REFUSED),
    ("\u{b}alice@example.com", REFUSED),
];

/// Addresses at the limits: local part 64, label 63, whole address 254.
fn limits() -> Vec<(String, String)> {
    let local = |length: usize| format!("{}@example.com", "x".repeat(length));
    let label = |length: usize| format!("a@{}.com", "x".repeat(length));
    let whole = |length: usize| {
        let mut text = format!("a@{}", format!("{}.", "x".repeat(60)).repeat(5));
        text.truncate(length - 4);
        text + ".com"
    };
    // A label of one character outside ASCII is twice as long in ASCII.
    let grown = |labels: usize| {
        let text = |label: &str| format!("{}@{}com", "x".repeat(64), label.repeat(labels));
        (text("\u{4f8b}."), text("xn--fsq."))
    };
    let refused = |text: String| (text, REFUSED.to_owned());
    let same = |text: String| (text.clone(), text);
    vec![
        same(local(64)),
        refused(local(65)),
        same(label(63)),
        refused(label(64)),
        same(whole(253)),
        same(whole(254)),
        refused(whole(255)),
        grown(23),
        refused(grown(24).0),
        refused(local(100_000)),
        refused(label(100_000)),
        refused("@".repeat(100_000)),
        refused(format!("+{}", "1".repeat(100_000))),
        refused(format!("a@{}.com", "\u{4f8b}".repeat(60))),
        refused(format!("a@{}com", "\u{4f8b}.".repeat(60))),
    ]
}

fn cases() -> Vec<(String, String)> {
    let owned = |&(text, canonical): &(&str, &str)| (text.to_owned(), canonical.to_owned());
    let mut cases: Vec<_> = NUMBERS.iter().chain(ADDRESSES).map(owned).collect();
    for [code, area, middle, last] in PHONES {
        for (form, accepted) in PHONE_FORMS {
            let text = form.chars().fold(String::new(), |text, c| match c {
                'C' => text + code,
                'A' => text + area,
                'B' => text + middle,
                'D' => text + last,
                other => text + other.encode_utf8(&mut [0; 4]),
            });
            let canonical =
                if accepted { format!("+{code}{area}{middle}{last}") } else { REFUSED.to_owned() };
            cases.push((text, canonical));
        }
    }
    cases.extend(limits());
    cases
}

#[test]
fn every_spelling_gives_one_recipient_or_a_refusal() {
    let cases = cases();
    let mut wrong = Vec::new();
    for (text, canonical) in &cases {
        let found = Recipient::parse(text);
        let found = found.as_ref().map_or(REFUSED, Recipient::as_str);
        if found != canonical {
            wrong.push(format!("{:?}: expected {canonical}, found {found}", text.get(..80).unwrap_or(text)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_enough_spellings() {
    let cases = cases();
    let distinct: HashMap<_, _> = cases.iter().cloned().collect();
    let accepted = distinct.values().filter(|canonical| *canonical != REFUSED).count();

    assert_eq!(distinct.len(), cases.len(), "no text twice");
    assert!(distinct.len() >= 300, "{} spellings", distinct.len());
    assert!(accepted >= 100 && distinct.len() - accepted >= 100, "{accepted} accepted");
}
