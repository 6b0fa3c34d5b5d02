"""Statements are written and read back as they are, and every member has its bounds."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.domain.entry import read_entry, verify_entry
from custody.domain.events import KINDS, Body, Restored, Unknown
from custody.domain.events.anchors import MAX_SUPPORTING, Scheme
from custody.domain.events.care import Correctable
from custody.domain.events.collection import Derivation, ExtraDigests, FileTimes
from custody.domain.events.disclosure import DocumentKind
from custody.domain.events.exchange import MAX_SEEN, SeenHead
from custody.domain.events.membership import IDENTIFIED, MAX_DEPUTIES
from custody.domain.fields import Method, Sensitivity, is_line
from custody.domain.policy import DIGESTS, FIELDS, ROLE
from custody.domain.statement import ClockState, Head, Statement, format_statement, parse_statement, statement_id
from custody.errors import FormatError, SignatureMismatch
from custody.formats import canonical
from custody.formats.dsse import MAX_PAYLOAD, format_envelope
from custody.formats.encoding import MAX_EXACT_INTEGER, format_base64
from custody.formats.seal import Sealed
from custody.services.recording.signing import sign_row
from tests.builders import (
    ANA,
    MALLORY,
    TIME,
    KeptSigner,
    MadeCase,
    attempted,
    case_opened,
    changed,
    collected,
    handling,
    noted,
    parts,
    person,
    reported,
    sign,
)
from tests.histories import (
    Team,
    corrected,
    cosigned,
    declined,
    disposed,
    enrolled,
    erased,
    examined,
    exported,
    gap_explained,
    ledger_opened,
    ledger_seen,
    policy_set,
    receipted,
    received,
    released,
    released_on_paper,
    replaced,
    revoked,
    taken_over,
    timestamped,
    withdrawn,
)

BEN = Team().newcomer("Ben")
ANY_BODY = [
    case_opened(),
    case_opened(deputies=(person(MALLORY),)),
    collected(),
    collected(form="folder", parts=parts()),
    attempted(),
    noted(),
    reported(),
    Unknown(content={"type": "cooled/v2", "degrees": -3}),
    collected(derived_from=Derivation(item="JD-1", record="ab" * 32, transformation="cropped")),
    ledger_opened(BEN),
    enrolled(BEN),
    revoked("ab" * 32, compromised_since=TIME),
    replaced("ab" * 32, BEN, reason="stolen", compromised_since=TIME),
    taken_over(),
    policy_set("basis", "place", "md5", "role"),
    policy_set(),
    enrolled(BEN, role="investigator"),
    released("ab" * 32),
    received(),
    declined(),
    released_on_paper(),
    receipted("ab" * 32, "JD-2", "cd" * 32),
    examined(),
    corrected("ab" * 32),
    withdrawn(),
    disposed(witness="ab" * 32),
    erased("ab" * 32),
    gap_explained(),
    ledger_seen(BEN.seen),
    Restored(backup_size=3, seen=5),
    timestamped(),
    timestamped(scheme="opentimestamps", supporting=("ab" * 32, "cd" * 32)),
    cosigned("ab" * 32),
]


def _statement(body: Body | None = None, **members: Any) -> Statement:
    return MadeCase().begin().statement(body or noted(), **members)


# --- inverses ------------------------------------------

hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
counts = st.integers(0, MAX_EXACT_INTEGER) | st.integers(0, 20)
key_names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1, max_size=40)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200).filter(is_line)
seals = st.binary(min_size=32, max_size=32).map(lambda data: Sealed(format_base64(data)))
times = st.datetimes().map(lambda moment: f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z")
dates = st.dates().map(lambda day: day.isoformat())
labels = st.from_regex(r"\A[A-Z][A-Z0-9]{0,7}\Z")
numbers = st.builds(lambda label, counter: f"{label}-{counter}", labels, st.integers(1, 9_999_999_999))
media_types = st.from_regex(r"\A[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}\Z")
digests = (
    st.tuples(*(st.none() | st.binary(min_size=size, max_size=size).map(bytes.hex) for size in (16, 20, 64)))
    .filter(any)
    .map(lambda one: ExtraDigests(md5=one[0], sha1=one[1], sha512=one[2]))
)
file_times = (
    st.tuples(*(st.none() | times for _ in range(3)))
    .filter(any)
    .map(lambda one: FileTimes(modified=one[0], changed=one[1], created=one[2]))
)
folders = st.builds(
    lambda count, root, seed, facts, left: parts(count=count, root=root, seed=seed, facts=facts, left_out=left),
    counts,
    hashes,
    seals,
    hashes | seals,
    counts,
)


def _literals(kind: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(kind.__args__)


maybe_sealed = st.none() | seals
derivations = st.builds(Derivation, item=numbers, record=hashes, transformation=lines)
heads_seen = st.lists(
    st.builds(SeenHead, ledger=hashes, size=counts, root=hashes),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one.ledger,
)
later_bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(lambda label, nonce: ledger_opened(BEN, label=label, nonce=nonce), labels, hashes),
    st.builds(
        lambda label, ledger, how: enrolled(BEN, label=label, ledger=ledger, identified=how),
        labels,
        hashes,
        st.sampled_from(list(IDENTIFIED)),
    ),
    st.builds(revoked, hashes, reason=seals, seen=counts, compromised_since=st.none() | times),
    st.builds(lambda old, seen: replaced(old, BEN, seen=seen), hashes, counts),
    st.lists(st.sampled_from([*FIELDS, *DIGESTS, ROLE])).map(lambda names: policy_set(*names)),
    st.builds(taken_over, reason=st.just("stolen"), seen=counts, compromised_since=st.none() | times),
    st.builds(
        released,
        hashes,
        digest=hashes | seals,
        purpose=seals,
        medium=lines,
        place=maybe_sealed,
        keeps_copy=st.booleans(),
    ),
    st.builds(received, digest=hashes | seals, condition=maybe_sealed),
    st.builds(declined),
    st.builds(released_on_paper, to=seals, digest=hashes | seals, medium=lines, place=maybe_sealed),
    st.builds(receipted, hashes, numbers, hashes),
    st.builds(examined, digest=hashes | seals, purpose=seals, tool=st.none() | lines),
    st.builds(corrected, hashes, field=_literals(Correctable), value=seals, reason=seals),
    st.builds(withdrawn),
    st.builds(disposed, method=lines, authority=seals, witness=st.none() | hashes),
    st.builds(disposed, witness_name=maybe_sealed),
    st.builds(erased, hashes, lines),
    st.builds(gap_explained),
    heads_seen.map(lambda heads: ledger_seen(*heads)),
    st.builds(Restored, backup_size=counts, seen=counts),
    st.builds(
        timestamped,
        scheme=_literals(Scheme),
        authority=lines,
        size=counts,
        root=hashes,
        token=hashes,
        supporting=st.sets(hashes, max_size=MAX_SUPPORTING).map(lambda some: tuple(sorted(some))),
    ),
    st.builds(cosigned, hashes, size=counts, root=hashes, time=counts.filter(bool), cosigner=key_names),
)


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    """A body that a writer may write."""
    match draw(st.integers(0, 6)):
        case 0:
            folder = draw(folders | st.none())
            # Digest, size and facts are sealed together; extra digests are those of a file.
            under_seal = draw(st.booleans()) if folder is None else isinstance(folder.facts, Sealed)
            return collected(
                form=draw(st.sampled_from(["file", "text"])) if folder is None else "folder",
                kept=draw(st.booleans()),
                digest=draw(seals if under_seal else hashes),
                size=draw(seals if under_seal else counts),
                extra_digests=draw(st.none() | digests) if folder is None else None,
                parts=folder,
                derived_from=draw(st.none() | derivations),
                media_type=draw(media_types | seals),
                media_type_from=draw(st.sampled_from(["content", "name", "nothing", "recorder"])),
                file_times=draw(st.none() | file_times),
                method=draw(_literals(Method) | seals),
                tool=draw(lines | seals),
                captured_at=draw(st.none() | times | seals),
                hashed_at=draw(times),
                handling=handling(
                    basis=draw(maybe_sealed | lines),
                    review=draw(st.none() | dates),
                    sensitivity=draw(_literals(Sensitivity)),
                ),
                **{name: draw(st.none() | seals) for name in ("path", "origin")},
                **{
                    name: draw(maybe_sealed | lines) for name in ("name", "found_at", "persona", "place", "description")
                },
                **{name: draw(seals | lines) for name in ("time_zone", "machine")},
            )
        case 1:
            return attempted(
                name=draw(seals), path=draw(seals), method=draw(_literals(Method) | seals), tool=draw(lines)
            )
        case 2:
            return noted()
        case 3:
            size, version = draw(counts), draw(st.integers(1, 9999))
            return reported(
                number=draw(st.integers(1, 9999)),
                version=version,
                supersedes=None if version == 1 else draw(hashes),
                document=draw(_literals(DocumentKind)),
                unsigned_digest=draw(hashes),
                unsigned_size=draw(st.integers(0, size)),
                size=size,
                items=draw(counts),
                whole=draw(st.booleans()),
                digest=draw(hashes),
            )
        case 4:
            return case_opened(reference=draw(lines), label=draw(labels), nonce=draw(hashes), title=draw(seals))
        case 5:
            return draw(later_bodies)
        case _:
            names = st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z").filter(lambda name: name != "type")
            values = st.none() | st.booleans() | lines | st.integers(-MAX_EXACT_INTEGER, MAX_EXACT_INTEGER)
            content = draw(
                st.dictionaries(
                    names, st.recursive(values, lambda one: st.lists(one) | st.dictionaries(names, one), max_leaves=6)
                )
            )
            return Unknown(content={**content, "type": "cooled/v2"})


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """A statement that a writer may write."""
    return Statement(
        case=draw(hashes),
        ledger=draw(hashes),
        position=draw(counts),
        signer=ANA.key_id,
        time=draw(times),
        clock=ClockState(
            synchronised=draw(st.none() | st.booleans()),
            source=draw(lines),
            offset_ms=draw(st.none() | st.integers(-MAX_EXACT_INTEGER, MAX_EXACT_INTEGER)),
        ),
        head=Head(size=draw(counts), root=draw(hashes)),
        people=draw(st.none() | hashes),
        act=draw(st.none() | st.binary(min_size=16, max_size=16).map(bytes.hex)),
        item=draw(st.none() | numbers),
        prev=draw(st.none() | hashes),
        body=draw(bodies()),
    )


@given(statements())
def test_what_is_written_is_read_back_and_canonical(statement: Statement) -> None:
    data = format_statement(statement)
    assert parse_statement(data) == statement
    assert canonical.encode(canonical.parse(data)) == data


@given(statements())
def test_what_is_signed_is_read_back(statement: Statement) -> None:
    from custody.formats.merkle import Frontier

    identity, row = sign_row(ANA, statement, Frontier())
    entry = read_entry(row.envelope)
    assert (entry.id, verify_entry(entry, ANA.key.public_key())) == (identity, statement)


BROKEN = ["\0", "a\nb", "", "x" * 201, "\u202e"]


@pytest.mark.parametrize("tool", BROKEN)
def test_nothing_is_signed_that_could_not_be_read_again(tool: str) -> None:
    from custody.formats.merkle import Frontier

    with pytest.raises(FormatError):
        sign_row(ANA, _statement(attempted(tool=tool)), Frontier())


# --- bounds ------------------------------------------

HASH_WRONG: list[Any] = ["", "ab" * 31, "ab" * 33, "AB" * 32, "gg" * 32, "ab" * 32 + "\n", 5, True, ["ab" * 32]]
COUNT_WRONG: list[Any] = [-1, 2**53, "1", True, None, 1.5]
TIME_WRONG: list[Any] = [
    "",
    "2026-11-24T03:02:01Z",
    "2026-11-24T03:02:01.12345Z",
    "2026-11-24T03:02:01.1234567Z",
    "2026-11-24 03:02:01.123456Z",
    "2026-11-24T03:02:01.123456z",
    "2026-11-24T03:02:01.123456+00:00",
    "2026-02-30T03:02:01.123456Z",
    "2026-11-24T24:00:00.000000Z",
    "2026-11-24T23:59:60.000000Z",
    "0000-11-24T03:02:01.123456Z",
    TIME + "\n",
    "٢٠٢٦-11-24T03:02:01.123456Z",
    5,
]
LINE_WRONG: list[Any] = ["", "x" * 201, "a\nb", "a\n", "\u202e", "\u2028", "\x7f", 5, None]
SEAL_WRONG: list[Any] = [
    {"sealed": ""},
    {"sealed": format_base64(bytes(31))},
    {"sealed": format_base64(bytes(33))},
    {"sealed": format_base64(bytes(32)).rstrip("=")},
    {"sealed": format_base64(bytes(32))[:-2] + "B="},
    {"sealed": format_base64(bytes(32)), "more": 1},
    {},
    "x",
]
CLEAR_WRONG: list[Any] = [*SEAL_WRONG[:7], *LINE_WRONG[:-1]]
NUMBER_WRONG: list[Any] = ["", "JD", "JD-", "JD-0", "JD-01", "JD-12345678901", "jd-1", "-1", "ABCDEFGHI-1", "JD-1\n", 5]
LABEL_WRONG: list[Any] = ["", "jd", "1D", "ABCDEFGHI", "J-D", "JD\n", None]

MEMBERS: dict[str, list[Any]] = {
    "case": [*HASH_WRONG, None],
    "ledger": [*HASH_WRONG, None],
    "position": COUNT_WRONG,
    "signer": [*HASH_WRONG, None],
    "time": [*TIME_WRONG, None],
    "people": HASH_WRONG,
    "act": ["", "ab" * 15, "ab" * 17, "AB" * 16, 5],
    "item": NUMBER_WRONG,
    "prev": HASH_WRONG,
    "clock/source": LINE_WRONG,
    "clock/offset_ms": [2**53, -(2**53), "0", True],
    "clock/synchronised": [0, 1, "true"],
    "head/size": COUNT_WRONG,
    "head/root": [*HASH_WRONG, None],
}
COLLECTED: dict[str, list[Any]] = {
    "form": ["", "folder", "File", None],
    "kept": [0, 1, None, "true"],
    "digest": [*HASH_WRONG, *SEAL_WRONG[:7], None],
    "size": [-1, 2**53, "1", True, None, *SEAL_WRONG[:7]],
    "extra_digests": [
        {},
        {"md5": None, "sha1": None},
        {"md5": "ab" * 16, "sha1": None, "sha512": None, "sha3": None},
        {"md5": None, "sha1": None, "sha512": None},
        {"md5": "AB" * 16, "sha1": None, "sha512": None},
        {"md5": "ab" * 15, "sha1": None, "sha512": None},
        {"md5": None, "sha1": "ab" * 21, "sha512": None},
        {"md5": None, "sha1": None, "sha512": "ab" * 32},
    ],
    "parts": [{}, 5],
    "media_type": ["", "image", "image/", "/jpeg", "Image/jpeg", "image/jpeg; q=1", "a/" + "b" * 101, "a/b\n", None],
    "media_type_from": ["", "guess", None],
    "file_times": [
        {},
        {"changed": None, "created": None},
        {"changed": None, "created": None, "modified": "2026-02-30T03:02:01.123456Z"},
        {"changed": None, "created": "now", "modified": None},
        {"changed": None, "created": None, "modified": None},
    ],
    "derived_from": [{}, 5, {"item": "JD-1", "record": "ab" * 32}],
    "name": [*CLEAR_WRONG, {"text": "a.jpg"}],
    "path": SEAL_WRONG,
    "origin": SEAL_WRONG,
    "method": ["", "scan", None, *SEAL_WRONG[:7]],
    "tool": [*LINE_WRONG, *SEAL_WRONG[:7]],
    "captured_at": [*TIME_WRONG, *SEAL_WRONG[:7]],
    "hashed_at": [*TIME_WRONG, None],
    "found_at": CLEAR_WRONG,
    "persona": CLEAR_WRONG,
    "place": CLEAR_WRONG,
    "time_zone": [*CLEAR_WRONG, None],
    "machine": [*CLEAR_WRONG, None],
    "description": CLEAR_WRONG,
    "handling": [None, {}, {"basis": None, "review": None}],
    "handling/basis": CLEAR_WRONG,
    "handling/review": ["", "2026-02-30", "2026-1-1", "20260101", "2026-01-01\n", "2026-01-01T00:00", "0000-01-01", 5],
    "handling/sensitivity": ["", "secret", None],
}
FOLDER: dict[str, list[Any]] = {
    "parts": [None, {}],
    "parts/count": COUNT_WRONG,
    "parts/root": HASH_WRONG,
    "parts/seed": [*SEAL_WRONG, None],
    "parts/facts": HASH_WRONG,
    "parts/left_out": COUNT_WRONG,
}
ATTEMPTED: dict[str, list[Any]] = {
    "outcome": ["", "lost", None],
    "name": [*SEAL_WRONG, None],
    "path": [*SEAL_WRONG, None],
    "method": ["scan"],
    "tool": LINE_WRONG,
}
REPORTED: dict[str, list[Any]] = {
    "number": [0, 10_000, *COUNT_WRONG],
    "version": [0, 2, 10_000, *COUNT_WRONG],
    "supersedes": ["", "ab", "AB" * 32, "ab" * 32, 5],
    "kind": ["", "letter", "Integrity", None, 5],
    "unsigned_digest": HASH_WRONG,
    "unsigned_size": [4001, *COUNT_WRONG],
    "digest": HASH_WRONG,
    "size": COUNT_WRONG,
    "items": COUNT_WRONG,
    "whole": [0, None],
    "checkpoint_size": COUNT_WRONG,
    "checkpoint_root": HASH_WRONG,
}
POLICY_WRONG: list[Any] = [
    {},
    5,
    {"digests": [], "fields": [], "roles": False, "timestamps": False},
    {"digests": [], "fields": ["place", "basis"], "roles": False, "timestamps": False},
    {"digests": [], "fields": ["basis", "basis"], "roles": False, "timestamps": False},
    {"digests": ["md5", "md5"], "fields": [], "roles": False, "timestamps": False},
    {"digests": ["sha256"], "fields": [], "roles": True, "timestamps": False},
    {"digests": [], "fields": ["method"], "roles": True, "timestamps": False},
    {"digests": [], "fields": [], "roles": None, "timestamps": False},
    {"digests": [], "fields": [], "more": 1, "roles": True, "timestamps": False},
    {"fields": [], "roles": True, "timestamps": False},
]
_POINT = format_base64(ANA.public.key)
OPENED: dict[str, list[Any]] = {
    "nonce": HASH_WRONG,
    "reference": LINE_WRONG,
    "title": [*SEAL_WRONG, None],
    "label": LABEL_WRONG,
    "legal_name": SEAL_WRONG,
    "deputies": [None, {}, [{}], 5],
    "policy": POLICY_WRONG,
    "lead": [None, {}],
    "lead/key": ["", "x", _POINT[:-4], format_base64(ANA.public.key + b"\0"), format_base64(bytes(91)), None],
    "lead/checkpoint_key": [
        "",
        format_base64(bytes(31)),
        format_base64(b"\x01" + bytes(31)),  # of small order
        format_base64(ANA.public.cosignature_key),
        None,
    ],
    "lead/cosignature_key": ["", format_base64(bytes(33)), None],
    "lead/certificate": [*SEAL_WRONG, None],
    "lead/name": [*SEAL_WRONG, None],
    "lead/organisation": [*SEAL_WRONG, None],
}
SEALED_WRONG: list[Any] = [*SEAL_WRONG, None]
KEY_WRONG: list[Any] = [*HASH_WRONG, None]
DIGEST_WRONG: list[Any] = [*HASH_WRONG, *SEAL_WRONG[:7], None]
PERSON_WRONG: list[Any] = [None, {}, 5]
SINCE_WRONG: list[Any] = TIME_WRONG
HOW_WRONG: list[Any] = ["", "e-mail", None]
LOSS_WRONG: list[Any] = ["", "broken", None]
TRUTH_WRONG: list[Any] = [0, 1, None, "true"]
LATER: list[tuple[Body, dict[str, list[Any]]]] = [
    (
        collected(derived_from=Derivation(item="JD-1", record="ab" * 32, transformation="cropped")),
        {
            "derived_from/item": [*NUMBER_WRONG, None],
            "derived_from/record": KEY_WRONG,
            "derived_from/transformation": LINE_WRONG,
        },
    ),
    (
        ledger_opened(BEN),
        {"nonce": KEY_WRONG, "label": LABEL_WRONG, "legal_name": SEAL_WRONG, "member": PERSON_WRONG},
    ),
    (
        exported("ab" * 32, "/legal_name", "/member/name"),
        {
            "statement": KEY_WRONG,
            "fields": [
                None,
                [],
                "/legal_name",
                ["/b", "/a"],
                ["/a", "/a"],
                [""],
                [None],
                [f"/{n:02}" for n in range(65)],
            ],
            "to": SEALED_WRONG,
            "reason": SEALED_WRONG,
        },
    ),
    (
        enrolled(BEN),
        {
            "ledger": KEY_WRONG,
            "label": LABEL_WRONG,
            "member": PERSON_WRONG,
            "identified": HOW_WRONG,
            "role": LINE_WRONG[:-1],
        },
    ),
    (
        revoked("ab" * 32),
        {"key": KEY_WRONG, "reason": SEALED_WRONG, "seen": COUNT_WRONG, "compromised_since": SINCE_WRONG},
    ),
    (
        replaced("ab" * 32, BEN, reason="stolen"),
        {
            "old": KEY_WRONG,
            "role": LINE_WRONG[:-1],
            "member": PERSON_WRONG,
            "ledger": KEY_WRONG,
            "label": LABEL_WRONG,
            "identified": HOW_WRONG,
            "reason": LOSS_WRONG,
            "seen": COUNT_WRONG,
            "compromised_since": SINCE_WRONG,
        },
    ),
    (replaced("ab" * 32, BEN, reason="lost"), {"compromised_since": [TIME]}),
    (policy_set("place"), {"policy": POLICY_WRONG}),
    (taken_over(reason="stolen"), {"reason": LOSS_WRONG, "seen": COUNT_WRONG, "compromised_since": SINCE_WRONG}),
    (taken_over(reason="lost"), {"compromised_since": [TIME]}),
    (
        released("ab" * 32),
        {
            "to": KEY_WRONG,
            "digest": DIGEST_WRONG,
            "purpose": SEALED_WRONG,
            "medium": LINE_WRONG,
            "place": SEAL_WRONG,
            "keeps_copy": TRUTH_WRONG,
        },
    ),
    (received(), {"digest": DIGEST_WRONG, "condition": SEAL_WRONG}),
    (declined(), {"reason": SEALED_WRONG}),
    (
        released_on_paper(),
        {
            "to": SEALED_WRONG,
            "digest": DIGEST_WRONG,
            "purpose": SEALED_WRONG,
            "medium": LINE_WRONG,
            "place": SEAL_WRONG,
            "keeps_copy": TRUTH_WRONG,
        },
    ),
    (
        receipted("ab" * 32, "JD-2", "cd" * 32),
        {"release": KEY_WRONG, "paper": [*NUMBER_WRONG, None], "record": KEY_WRONG},
    ),
    (examined(), {"digest": DIGEST_WRONG, "purpose": SEALED_WRONG, "tool": LINE_WRONG[:-1]}),
    (
        corrected("ab" * 32),
        {
            "statement": KEY_WRONG,
            "field": ["", "digest", "size", "name", "hashed_at", None],
            "value": SEALED_WRONG,
            "reason": SEALED_WRONG,
        },
    ),
    (withdrawn(), {"reason": SEALED_WRONG}),
    (
        disposed(),
        {"method": LINE_WRONG, "authority": SEALED_WRONG, "witness": HASH_WRONG, "witness_name": SEAL_WRONG},
    ),
    (disposed(witness="ab" * 32), {"witness_name": [{"sealed": format_base64(bytes(32))}]}),
    (erased("ab" * 32), {"statement": KEY_WRONG, "field": LINE_WRONG, "reason": SEALED_WRONG}),
    (gap_explained(), {"text": SEALED_WRONG}),
    (
        ledger_seen(BEN.seen),
        {
            "ledgers": [None, [], {}, [{}], 5],
            "ledgers/0/ledger": KEY_WRONG,
            "ledgers/0/size": COUNT_WRONG,
            "ledgers/0/root": KEY_WRONG,
        },
    ),
    (Restored(backup_size=3, seen=5), {"backup_size": COUNT_WRONG, "seen": COUNT_WRONG}),
    (
        timestamped(supporting=("cd" * 32,)),
        {
            "scheme": ["", "rfc-3161", "RFC3161", None],
            "authority": LINE_WRONG,
            "size": COUNT_WRONG,
            "root": KEY_WRONG,
            "token": KEY_WRONG,
            "supporting": [
                None,
                {},
                "cd" * 32,
                [None],
                ["CD" * 32],
                ["cd" * 32, "cd" * 32],
                ["cd" * 32, "ab" * 32],
                [f"{number:064x}" for number in range(MAX_SUPPORTING + 1)],
            ],
        },
    ),
    (
        cosigned("ab" * 32),
        {
            "size": COUNT_WRONG,
            "root": KEY_WRONG,
            "cosigner": [*LINE_WRONG, "a b", "a+b", "a\u00a0b", "a\u3000b", "+", " "],
            "key": [
                "",
                "x",
                None,
                5,
                *(format_base64(bytes(size)) for size in (31, 33)),
                format_base64(bytes(32))[:-1],
            ],
            "time": [0, *COUNT_WRONG],
            "signature": ["", None, *(format_base64(bytes(size)) for size in (63, 65)), "A" * 85 + "B=="],
        },
    ),
]
BOUNDS = [
    *((body, f"body/{path}", values) for body, members in LATER for path, values in members.items()),
    *((noted(), path, values) for path, values in MEMBERS.items()),
    *((collected(), f"body/{path}", values) for path, values in COLLECTED.items()),
    *((collected(form="folder", parts=parts()), f"body/{path}", values) for path, values in FOLDER.items()),
    *((attempted(), f"body/{path}", values) for path, values in ATTEMPTED.items()),
    (noted(), "body/text", [*SEAL_WRONG, None]),
    *((reported(), f"body/{path}", values) for path, values in REPORTED.items()),
    *((case_opened(), f"body/{path}", values) for path, values in OPENED.items()),
]


@pytest.mark.parametrize(("body", "path", "values"), BOUNDS, ids=[f"{body.kind} {path}" for body, path, _ in BOUNDS])
def test_a_value_out_of_bounds_is_refused(body: Body, path: str, values: list[Any]) -> None:
    data = format_statement(_statement(body))
    accepted = []
    for value in values:
        content = msgspec.json.decode(data)
        *folders_, name = path.split("/")
        inside = content
        for folder in folders_:
            inside = inside[int(folder) if isinstance(inside, list) else folder]
        assert name in inside
        inside[name] = value
        try:
            parse_statement(msgspec.json.encode(content, order="sorted"))
        except FormatError:
            continue
        accepted.append(value)
    assert accepted == []


@pytest.mark.parametrize("body", ANY_BODY, ids=lambda body: body.kind)
def test_no_member_may_be_left_out_or_added(body: Body) -> None:
    data = format_statement(_statement(body))
    content = msgspec.json.decode(data)
    accepted = []
    for name in content:
        without = {key: value for key, value in content.items() if key != name}
        accepted += [f"without {name}"] * _is_read(without)
    accepted += ["more"] * _is_read({**content, "more": 1})
    if not isinstance(body, Unknown):
        for name in content["body"]:
            inner = {key: value for key, value in content["body"].items() if key != name}
            accepted += [f"without body/{name}"] * _is_read({**content, "body": inner})
        accepted += ["more in body"] * _is_read({**content, "body": {**content["body"], "more": 1}})
    assert accepted == []


def _is_read(content: Any) -> bool:
    try:
        parse_statement(msgspec.json.encode(content, order="sorted"))
    except FormatError:
        return False
    return True


def test_every_member_of_every_kind_has_its_bounds_tried() -> None:
    tried = {
        (body.kind, path.removeprefix("body/").split("/")[0]) for body, path, _ in BOUNDS if path.startswith("body/")
    }
    assert tried == {(kind.type_name(), name) for kind in KINDS for name in kind.__struct_encode_fields__}


def test_as_many_ledgers_as_may_be_seen_at_once_fit_in_a_statement() -> None:
    heads = [SeenHead(ledger=f"{index:064x}", size=MAX_EXACT_INTEGER, root="ab" * 32) for index in range(MAX_SEEN)]
    data = format_statement(_statement(ledger_seen(*heads)))
    assert parse_statement(data).body == ledger_seen(*heads)
    content = msgspec.json.decode(data)
    content["body"]["ledgers"].append({"ledger": "ff" * 32, "size": 1, "root": "ab" * 32})
    assert not _is_read(content)


def test_as_many_deputies_as_may_be_named_fit_in_a_statement() -> None:
    deputies = tuple(person(KeptSigner(f"deputy {index}")) for index in range(MAX_DEPUTIES))
    body = case_opened(deputies=deputies)
    assert parse_statement(format_statement(_statement(body))).body == body


@pytest.mark.parametrize(
    "type_name", ["", "x", "x/v0", "x/v01", "x/v1000", "X/v1", "1x/v1", "x/1", "x" * 42 + "/v1", "é/v1", "x/v1\n"]
)
def test_a_type_that_is_no_name_and_version_is_refused(type_name: str) -> None:
    assert not _is_read({**msgspec.json.decode(format_statement(_statement())), "body": {"type": type_name}})


@pytest.mark.parametrize("body", [None, 5, "x", [], {}, {"type": 5}, {"type": None}, [{"type": "x/v1"}]])
def test_a_body_that_is_no_object_with_a_type_is_refused(body: Any) -> None:
    assert not _is_read({**msgspec.json.decode(format_statement(_statement())), "body": body})


@pytest.mark.parametrize(
    "content",
    [{"A": 1}, {"a-b": 1}, {"": 1}, {"a": [{"B": 1}]}, {"a": 1.5}, {"a": 2**53}, {"a": "\0"}, {"_a": 1}],
)
def test_an_unknown_body_outside_canonical_json_is_refused(content: dict[str, Any]) -> None:
    assert not _is_read({**msgspec.json.decode(format_statement(_statement())), "body": {"type": "x/v1", **content}})


@pytest.mark.parametrize(("depth", "holds"), [(14, True), (15, False)])
def test_an_unknown_body_is_nested_to_a_limit(depth: int, holds: bool) -> None:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    content = {**msgspec.json.decode(format_statement(_statement())), "body": {"type": "x/v1", "a": value}}
    assert _is_read(content) is holds


@pytest.mark.parametrize("body", [*range(1, 3)])
def test_deep_nesting_is_refused_and_not_followed(body: int) -> None:
    data = format_statement(_statement(Unknown(content={"type": "x/v1", "a": 1})))
    deep = data.replace(b'"a":1', b'"a":' + b"[" * (20_000 // body))
    with pytest.raises(FormatError):
        parse_statement(deep)


def test_a_statement_has_a_greatest_size() -> None:
    filled = Unknown(content={"type": "x/v1", "a": ""})
    room = MAX_PAYLOAD - len(format_statement(_statement(filled)))
    full = _statement(Unknown(content={"type": "x/v1", "a": "x" * room}))
    assert parse_statement(format_statement(full)) == full
    assert len(format_envelope(sign(full, ANA).envelope)) <= 65_535
    with pytest.raises(FormatError):
        format_statement(_statement(Unknown(content={"type": "x/v1", "a": "x" * (room + 1)})))


def test_one_byte_more_than_the_greatest_size_is_not_read() -> None:
    with pytest.raises(FormatError, match="larger than"):
        parse_statement(b"{" + b" " * MAX_PAYLOAD)


# --- entries ------------------------------------------


def test_an_id_is_the_hash_of_the_statement_and_not_of_its_envelope() -> None:
    statement = _statement()
    assert sign(statement, ANA).id == sign(statement, MALLORY).id == statement_id(format_statement(statement))


def test_the_signature_of_another_key_is_not_believed() -> None:
    with pytest.raises(SignatureMismatch):
        verify_entry(sign(_statement(), MALLORY), ANA.key.public_key())


def test_an_envelope_that_names_another_signer_is_refused() -> None:
    entry = sign(_statement(), ANA)
    with pytest.raises(FormatError, match="name different signers"):
        read_entry(format_envelope(msgspec.structs.replace(entry.envelope, key_id=MALLORY.key_id)))


def test_an_envelope_of_another_type_is_refused() -> None:
    entry = sign(_statement(), ANA)
    with pytest.raises(FormatError, match="another type"):
        read_entry(format_envelope(msgspec.structs.replace(entry.envelope, payload_type="text/plain")))


def test_every_bit_of_a_statement_is_signed() -> None:
    entry = sign(changed(_statement(), position=7), ANA)
    payload = entry.envelope.unverified_payload
    for place in range(0, len(payload), 7):
        other = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
        envelope = msgspec.structs.replace(entry.envelope, unverified_payload=other)
        try:
            read = read_entry(format_envelope(envelope))
        except FormatError:
            continue
        with pytest.raises(SignatureMismatch):
            verify_entry(read, ANA.key.public_key())


@pytest.mark.parametrize("count", [8, 9])
def test_a_case_has_at_most_eight_deputies(count: int) -> None:
    from tests.builders import KeptSigner

    deputies = tuple(person(KeptSigner(f"deputy {number}")) for number in range(count))
    if count > 8:
        with pytest.raises(FormatError):
            case_opened(deputies=deputies)
    else:
        statement = _statement(case_opened(deputies=deputies))
        assert parse_statement(format_statement(statement)) == statement


def test_nobody_is_named_twice() -> None:
    with pytest.raises(FormatError, match="twice"):
        case_opened(deputies=(person(ANA),))
