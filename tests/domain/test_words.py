"""Trust, seals, sheets and plain words: small functions, whole values."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.domain.events import Noted
from custody.domain.fields import is_hash, is_item_number, is_line
from custody.domain.parties import checkpoint_verifier, origin
from custody.domain.sealing import Sealer
from custody.domain.sheet import SEALED, clock_in_words, item_sheet
from custody.domain.statement import ClockState
from custody.domain.trust import MIN_CONFIRMED, Ground, Trust
from custody.domain.verdict import Question, Verdict, combine
from custody.domain.wording import (
    delay_in_words,
    duration_in_words,
    group_hex,
    name_in_words,
    short_size,
    size_in_words,
    time_in_words,
)
from custody.errors import FormatError
from custody.formats.canonical import Json
from custody.formats.encoding import format_base64
from custody.formats.seal import Opening, Sealed, open_seal
from tests.builders import ANA, TIME, MadeCase, collected, noted, parts, sealed

KEY = ANA.key_id
START = bytes.fromhex(KEY)


# --- trust ------------------------------------------


@pytest.mark.parametrize(
    ("trust", "ground"),
    [
        (Trust(), None),
        (Trust(own=frozenset({KEY})), Ground.OWN),
        (Trust(own=frozenset({"ab" * 32})), None),
        (Trust(confirmed=(START,)), Ground.CONFIRMED),
        (Trust(confirmed=(START[:MIN_CONFIRMED],)), Ground.CONFIRMED),
        (Trust(confirmed=(START[: MIN_CONFIRMED - 1],)), None),
        (Trust(confirmed=(b"",)), None),
        (Trust(confirmed=(START + b"\0",)), None),
        (Trust(confirmed=(bytes(11), START[:11])), Ground.CONFIRMED),
        (Trust(confirmed=(START[:10] + bytes([START[10] ^ 1]),)), None),
        (Trust(own=frozenset({KEY}), confirmed=(START,)), Ground.OWN),
    ],
)
def test_a_key_is_known_only_for_a_reason_of_the_readers_own(trust: Trust, ground: Ground | None) -> None:
    assert trust.ground(KEY) is ground


# --- verdicts ------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ([], Verdict.PASSED),
        ([Verdict.PASSED], Verdict.PASSED),
        ([Verdict.PASSED, Verdict.INDETERMINATE], Verdict.INDETERMINATE),
        ([Verdict.INDETERMINATE, Verdict.FAILED, Verdict.PASSED], Verdict.FAILED),
    ],
)
def test_the_worst_verdict_is_the_whole(verdicts: list[Verdict], whole: Verdict) -> None:
    assert combine(verdicts) is whole


def test_people_read_yes_no_open() -> None:
    assert [verdict.word for verdict in Verdict] == ["YES", "NO", "OPEN"]


def test_the_five_questions_are_asked_in_these_words() -> None:
    assert [(question.text, question.short) for question in Question] == [
        ("Are the files unchanged?", "unchanged"),
        ("Is it known who signed?", "who"),
        ("Is there outside evidence of when?", "when"),
        ("Is every hand-over accounted for?", "hand-overs"),
        ("Is the record whole?", "whole"),
    ]


# --- parties ------------------------------------------


def test_a_checkpoint_key_is_named_by_the_origin() -> None:
    made = MadeCase().begin()
    verifier = checkpoint_verifier(made.ledger, made.state.members[KEY])
    assert (verifier.name, verifier.public, origin(made.ledger)) == (
        f"custody/{made.ledger}",
        ANA.public.checkpoint_key,
        f"custody/{made.ledger}",
    )


# --- sealing ------------------------------------------


def test_a_seal_is_the_hash_that_the_format_says() -> None:
    sealer = Sealer("ab" * 32, "noted/v1", lambda size: b"\x07" * size)
    text = json.dumps(["custody-seal/v1", "ab" * 32, "noted/v1", "/text", format_base64(b"\x07" * 16), "é"])
    expected = hashlib.sha256(text.encode().replace(b", ", b",").replace(b"\\u00e9", "é".encode())).digest()
    assert sealer.seal("/text", "é") == Sealed(format_base64(expected))


def test_each_field_has_a_salt_of_its_own_and_is_opened_by_what_was_kept() -> None:
    numbers = iter(range(256))
    sealer = Sealer("ab" * 32, "noted/v1", lambda size: bytes([next(numbers)]) * size)
    seals = [sealer.seal("/a", "x"), sealer.seal("/b", "x"), sealer.seal("/c", {"text": "x"})]
    assert sealer.openings == [
        Opening.of("/a", bytes(16), "x"),
        Opening.of("/b", b"\1" * 16, "x"),
        Opening.of("/c", b"\2" * 16, {"text": "x"}),
    ]
    opened = [
        open_seal(one, "ab" * 32, "noted/v1", opening) for one, opening in zip(seals, sealer.openings, strict=True)
    ]
    assert opened == ["x", "x", {"text": "x"}]


def test_nothing_is_sealed_where_there_is_nothing() -> None:
    sealer = Sealer("ab" * 32, Noted.type_name(), bytes)
    assert (sealer.seal_if("/a", None), sealer.openings) == (None, [])
    assert sealer.seal_if("/a", "") is not None


# --- fields ------------------------------------------


@pytest.mark.parametrize("text", ["a", "x" * 200, "Firefox 128 – Ω", "😀"])
def test_a_line_is_text_in_one_line(text: str) -> None:
    assert is_line(text)


@pytest.mark.parametrize(
    "text",
    ["", "x" * 201, "a\nb", "a\n", "\t", "\0", "\x7f", "\x9f", "a\u2028b", "a\u202eb", "a\u200fb", "a\u2066", "\ud800"],
)
def test_what_is_not_a_line_has_no_place_in_clear(text: str) -> None:
    assert not is_line(text)


@pytest.mark.parametrize(("text", "holds"), [("JD-7", True), ("J-1234567890", True), ("JD-07", False), ("jd-7", False)])
def test_an_item_number_has_one_spelling(text: str, holds: bool) -> None:
    assert is_item_number(text) is holds


@pytest.mark.parametrize(
    "text", [None, "", "JD-0", "JD-", "JD-7\n", "JD-12345678901", "ABCDEFGHI-1", "1D-1", "JD-\u0667"]
)
def test_anything_else_is_no_item_number(text: str | None) -> None:
    assert not is_item_number(text)


@pytest.mark.parametrize(
    ("text", "holds"), [("ab" * 32, True), ("AB" * 32, False), ("ab" * 31, False), ("ab" * 32 + "\n", False)]
)
def test_an_id_is_lower_case_hexadecimal(text: str, holds: bool) -> None:
    assert is_hash(text) is holds


# --- words ------------------------------------------


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB (1,000 bytes)"),
        (3_400_000, "3.4 MB (3,400,000 bytes)"),
        (999_499, "999 kB (999,499 bytes)"),
        (999_999, "1 MB (999,999 bytes)"),
        (5 * 10**12, "5 TB (5,000,000,000,000 bytes)"),
        (999_500_000_000_000, "1,000 TB (999,500,000,000,000 bytes)"),
        (2**53 - 1, "9,007 TB (9,007,199,254,740,991 bytes)"),
    ],
)
def test_a_size_is_told_in_decimal_units_and_exactly(size: int, words: str) -> None:
    assert size_in_words(size) == words


@given(st.integers(0, 2**53 - 1))
def test_every_size_can_be_told(size: int) -> None:
    assert f"{size:,}" in size_in_words(size) or size < 1000
    assert "e+" not in short_size(size)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a second"),
        (0.9, "less than a second"),
        (1, "1 second"),
        (61, "1 minute 1 second"),
        (10_921, "3 hours 2 minutes"),
        (86_400, "1 day"),
        (86_401, "1 day 1 second"),
        (-120, "2 minutes"),
    ],
)
def test_a_duration_is_told_in_two_units(seconds: float, words: str) -> None:
    assert duration_in_words(timedelta(seconds=seconds)) == words


def test_hashing_before_the_capture_is_said_to_be_wrong() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 2, tzinfo=UTC)
    assert delay_in_words(late, early) == ("hashed 2 hours BEFORE the told time of capture: one of the two is wrong")
    assert delay_in_words(early, late) == "2 hours"


def test_times_and_digests_are_told_for_reading() -> None:
    assert time_in_words(TIME) == "2026-11-24 03:02:01 UTC"
    assert group_hex("0123456789abcdef") == "01234567 89abcdef"


@pytest.mark.parametrize(("value", "name"), [({"text": "a"}, "a"), ({"bytes": "/w=="}, "\udcff")])
def test_a_name_is_told_as_it_is(value: Json, name: str) -> None:
    assert name_in_words(value) == name


@pytest.mark.parametrize(
    "value", [None, 5, "a", [], {}, {"text": 5}, {"bytes": "YQ=="}, {"text": "a", "b": "c"}, {"bytes": "?"}]
)
def test_what_is_no_name_is_refused(value: Json) -> None:
    with pytest.raises(FormatError):
        name_in_words(value)


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (
            ClockState(synchronised=True, source="adjtimex", offset_ms=0),
            "set by the network, as adjtimex says, offset 0 ms",
        ),
        (
            ClockState(synchronised=False, source="w32time", offset_ms=None),
            "this computer could not confirm that its clock is set by the network (w32time)",
        ),
        (
            ClockState(synchronised=None, source="not known", offset_ms=None),
            "this computer does not say whether its clock is set by the network",
        ),
    ],
)
def test_the_clock_is_told_as_the_computer_said(clock: ClockState, words: str) -> None:
    assert clock_in_words(clock) == words


# --- sheet ------------------------------------------

VALUES: dict[str, Json] = {
    "/name": {"text": "IMG_1.jpg"},
    "/path": {"text": "/home/ana/IMG_1.jpg"},
    "/found_at": "https://example.org/1",
    "/origin": {"address": "https://example.org/i.jpg", "referrer": "https://example.org/", "from": "xattr"},
    "/description": "The van",
    "/persona": "persona 3",
    "/place": "Market square",
    "/machine": "lap, Linux 6.1",
    "/time_zone": "Europe/Berlin (UTC+01:00)",
}


def test_a_sheet_says_everything_that_was_recorded_and_can_be_opened() -> None:
    made = MadeCase().begin()
    entry = made.collect(
        found_at=sealed(),
        origin=sealed(),
        description=sealed(),
        persona=sealed(),
        place=sealed(),
        captured_at="2026-11-24T03:00:00.000000Z",
    )
    sheet = item_sheet(entry, VALUES, "Ana Ruiz")
    assert sheet == (
        ("Original name", "IMG_1.jpg"),
        ("What", "a file"),
        ("Media type", "image/jpeg (as its first bytes say)"),
        ("SHA-256", "ab" * 32),
        ("Size", "1.23 kB (1,234 bytes)"),
        ("Collected by", "Ana Ruiz"),
        ("Signed with key", KEY),
        ("Recorded at", "2026-11-24 03:02:01 UTC, by the recorder's own clock"),
        ("Clock check", "set by the network, as adjtimex says, offset 0 ms"),
        ("How", "downloaded"),
        ("With", "Firefox 128"),
        ("Captured at", "2026-11-24 03:00:00 UTC, as the collector says"),
        ("From capture to hashing", "2 minutes 1 second"),
        ("Hashed at", "2026-11-24 03:02:01 UTC"),
        ("Found at", "https://example.org/1"),
        ("Address left by the browser", "https://example.org/i.jpg (xattr)"),
        ("Page that led there", "https://example.org/"),
        ("Description", "The van"),
        ("Persona used", "persona 3"),
        ("Place", "Market square"),
        ("Path", "/home/ana/IMG_1.jpg"),
        ("Machine", "lap, Linux 6.1"),
        ("Time zone", "Europe/Berlin (UTC+01:00)"),
        ("Sensitivity", "normal"),
        ("Record", f"1 of the ledger, {entry.id}"),
    )


def test_a_sheet_says_what_is_sealed() -> None:
    made = MadeCase().begin()
    entry = made.collect(digest=sealed(), size=sealed(), description=sealed(), origin=sealed())
    hidden = [label for label, text in item_sheet(entry, {}, "Ana") if text == SEALED]
    assert hidden == [
        "Original name",
        "SHA-256",
        "Size",
        "Address left by the browser",
        "Description",
        "Path",
        "Machine",
        "Time zone",
    ]


def test_a_sheet_of_a_folder_says_what_its_digest_is_of() -> None:
    made = MadeCase().begin()
    entry = made.collect(form="folder", parts=parts(left_out=1))
    sheet = dict(item_sheet(entry, {}, "Ana"))
    assert (sheet["Parts"], sheet["SHA-256 is of"], "Media type" in sheet) == (
        "2; 1 could not be taken in",
        "the list of the parts (sha256sum format)",
        False,
    )


@pytest.mark.parametrize("value", [None, 5, [], {"a": "b"}, {"bytes": "?"}, "text"])
def test_a_sealed_name_of_another_shape_is_shown_as_it_is(value: Json) -> None:
    made = MadeCase().begin()
    assert dict(item_sheet(made.collect(), {"/name": value}, "Ana"))["Original name"] == str(value)


def test_only_what_was_collected_has_a_sheet() -> None:
    made = MadeCase().begin()
    item = made.collect()
    note = made.say(noted(), item="JD-1", prev=item.id)
    with pytest.raises(TypeError):
        item_sheet(note, {}, "Ana")


def test_a_collected_body_is_what_the_builder_says() -> None:
    assert collected().kind == "collected/v1"
