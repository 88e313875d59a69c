#!/usr/bin/env python3
"""Writes ../data/phone_oracle.tsv: phone numbers and what Google's libphonenumber says about them.

The oracle is the PyPI package `phonenumbers`, Google's Java library ported line by line. Take the version whose
metadata rlibphonenumber was built with, and write the table anew when that changes:

    python3 -m venv oracle && oracle/bin/pip install phonenumbers==9.0.42
    oracle/bin/python otp-core/tests/scripts/phone_oracle.py

The rules that PhoneNumber::parse adds (spelling, E.164 length, same answer when parsed again) are written here a
second time; the header of the table counts what each of them refuses.
"""

import collections
import pathlib
import random
import re

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

TABLE = pathlib.Path(__file__).parent.parent / "data" / "phone_oracle.tsv"
SPELLING = re.compile(r"\+[0-9 .()-]*")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# Calling codes of several countries, and Italy's, whose numbers keep their leading zero.
CROWDED_CODES = [1, 7, 39, 44, 47, 61, 212, 262, 290, 358, 590, 599]

rnd = random.Random(20180389)
refused_by = collections.Counter()


def oracle(text):
    """(E.164, region) as the library gives them, or None."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), phonenumbers.region_code_for_number(number)


def expected(text):
    """The library's answer under the rules of PhoneNumber::parse."""
    stripped = text.strip(" ")
    if len(stripped.encode()) > 40 or not SPELLING.fullmatch(stripped):
        refused_by["spelling"] += oracle(text) is not None
        return None
    answer = oracle("+" + re.sub("[^0-9]", "", stripped))
    if answer is None:
        return None
    if not E164.fullmatch(answer[0]):
        refused_by["length"] += 1
        return None
    if oracle(answer[0]) != answer:
        refused_by["reparse"] += 1
        return None
    return answer


def plans():
    """(calling code, metadata, example numbers) of every region and of every code of no region."""
    kinds = PhoneNumberType.values()
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        examples = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
        examples.append(phonenumbers.invalid_example_number(region))
        yield phonenumbers.country_code_for_region(region), PhoneMetadata.metadata_for_region(region), examples
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        examples = [phonenumbers.example_number_for_non_geo_entity(code)]
        yield code, PhoneMetadata.metadata_for_nongeo_region(code), examples


def digits(count):
    return "".join(rnd.choice("0123456789") for _ in range(count))


def decorated(e164):
    """The same number as people write it."""
    number = phonenumbers.parse(e164)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    code, _, rest = international.partition(" ")
    first, _, last = rest.partition(" ")
    return rnd.choice([
        international,
        international.replace(" ", "-"),
        international.replace(" ", "."),
        f"{code} ({first}) {last}",
        f"{code} (0) {rest}",
        f"{code}({rest})",
        f"  {international} ",
        " ".join(e164),
    ])


def smuggled(e164):
    """Spellings that the library reads and the pre-check must refuse, or that nobody should read."""
    middle = len(e164) // 2
    head, tail = e164[:middle], e164[middle:]
    return rnd.choice([
        e164[1:],
        "00" + e164[1:],
        "+" + e164,
        "tel:" + e164,
        e164 + ";ext=4",
        e164 + " ext. 4",
        e164 + "x4",
        e164 + ",,4",
        e164 + "#",
        head + "\u200b" + tail,
        head + "\u00a0" + tail,
        head + "\u2010" + tail,
        head + "/" + tail,
        head + "+" + tail,
        head + "~" + tail,
        head + "CALL" + tail[4:],
        "\uff0b" + e164[1:],
        e164.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
        e164.translate({ord("0") + n: 0x0660 + n for n in range(10)}),
        "(" + e164 + ")",
        e164 + " " * 30 + ".",
    ])


def mutations(e164, code, metadata):
    national = e164[1 + len(str(code)):]
    place = rnd.randrange(len(national))
    yield e164[:-1]
    yield e164[:-rnd.randint(2, 4)]
    yield e164 + digits(1)
    yield e164 + digits(rnd.randint(2, 4))
    yield f"+{code}{metadata.national_prefix or 0}{national}"
    yield f"+{code}{rnd.choice(['0', '00', '000', '1', '8'])}{national}"
    yield f"+{code}{national[:place]}{rnd.choice('0123456789')}{national[place + 1:]}"
    yield f"+{code}{national[:2]}{digits(max(len(national) - 2, 1))}"
    yield f"+{code}{code}{national}"


def inputs():
    for code, metadata, examples in plans():
        numbers = [phonenumbers.format_number(n, PhoneNumberFormat.E164) for n in examples if n is not None]
        for e164 in dict.fromkeys(numbers):
            yield e164
            yield decorated(e164)
            yield from mutations(e164, code, metadata)
            if rnd.random() < 0.4:
                yield smuggled(e164)
        lengths = metadata.general_desc.possible_length
        rounds = 90 if code in CROWDED_CODES else 18
        for _ in range(rounds):
            e164 = rnd.choice(numbers)
            yield f"+{code}{digits(rnd.choice(lengths))}"
            yield e164[:rnd.randint(len(e164) - 6, len(e164) - 1)].ljust(len(e164), rnd.choice("0123456789"))
            yield e164[:-4] + digits(4)
    for code in range(1, 1000):
        yield f"+{code}{digits(9)}"
        yield f"+{code}0{digits(rnd.randint(3, 12))}"


def main():
    rows, valid = [], 0
    for text in dict.fromkeys(inputs()):
        answer = expected(text)
        valid += answer is not None
        rows.append("\t".join([text, "1", *answer] if answer else [text, "0", "-", "-"]))
    head = [
        f"# Oracle: phonenumbers {phonenumbers.__version__} (PyPI). Written by tests/scripts/phone_oracle.py.",
        f"# {len(rows)} rows, {valid} valid. The oracle accepts and PhoneNumber::parse refuses: "
        f"{refused_by['spelling']} for their spelling, {refused_by['length']} not of 7 to 15 digits, "
        f"{refused_by['reparse']} that parse to another number the second time.",
        "# input\tvalid\te164\tregion",
    ]
    TABLE.write_text("\n".join(head + rows) + "\n", encoding="utf-8")
    print(*head, sep="\n")


if __name__ == "__main__":
    main()
