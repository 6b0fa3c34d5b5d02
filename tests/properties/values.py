"""Strategies for the values of every format. Those of statements derive from the classes themselves. Asserts nothing.

A new kind of statement, or a new field of one, is drawn without a change here.
"""

from functools import cache
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from hypothesis import strategies as st
from msgspec import inspect

from custody.domain import fields
from custody.domain.events import (
    Body,
    CaseOpened,
    Collected,
    Cosigned,
    Disposed,
    Exported,
    LeadTakenOver,
    LedgerSeen,
    MemberReplaced,
    Reported,
    Timestamped,
    Unknown,
)
from custody.domain.events.collection import ExtraDigests, FileTimes, Parts
from custody.domain.events.disclosure import MAX_REPORTS
from custody.domain.events.exchange import SeenHead
from custody.domain.events.people import Person
from custody.domain.fields import Line, is_line
from custody.domain.parts import PartDigests, PartFacts
from custody.domain.policy import DIGESTS, FIELDS, Policy
from custody.domain.statement import Statement
from custody.errors import FormatError
from custody.formats.canonical import Json
from custody.formats.checkpoint import Checkpoint
from custody.formats.cosignature import CosignerKey
from custody.formats.dsse import Envelope
from custody.formats.encoding import MAX_EXACT_INTEGER, format_base64
from custody.formats.names import format_name
from custody.formats.note import Note, NoteSignature, VerifierKey
from custody.formats.partslist import Part
from custody.formats.publickey import MAX_NAME, KeySignatures, PublicKey
from custody.formats.seal import Sealed
from custody.formats.signature import P256_ORDER, spki_bytes
from tests.builders import ANA
from tests.formats.values import characters, texts

T = TypeVar("T")
Strategy = st.SearchStrategy[Any]


def exactly(size: int) -> st.SearchStrategy[bytes]:
    """So many bytes."""
    return st.binary(min_size=size, max_size=size)


def _hex(size: int) -> st.SearchStrategy[str]:
    return exactly(size).map(bytes.hex)


hashes = _hex(32)
seals = exactly(32).map(lambda data: Sealed(format_base64(data)))
times = st.datetimes().map(lambda moment: f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z")
lines = st.text(characters, min_size=1, max_size=30).filter(is_line) | st.just("x" * 200)
spkis = st.sampled_from([spki_bytes(derive_private_key(d, SECP256R1()).public_key()) for d in range(1, 13)])

# r‖s of ECDSA, s in the lower half: the only form that is accepted.
raw_signatures = st.builds(
    lambda r, s: r.to_bytes(32, "big") + s.to_bytes(32, "big"),
    st.integers(0, 2**256 - 1),
    st.integers(0, P256_ORDER // 2),
)

# --- names and parts ---------------------------------------------------------------------------------------------

_posix_names = texts | st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
_windows_names = st.text(st.characters(exclude_categories=[], exclude_characters="\0"), max_size=12)
file_names = _posix_names.filter(lambda name: "\0" not in name).map(format_name) | _windows_names.map(
    lambda name: format_name(name, windows=True)
)

_names_inside = (
    st.binary(min_size=1, max_size=12) | st.text("a\\n\n\ré", min_size=1, max_size=8).map(str.encode)
).filter(lambda name: name not in (b".", b"..") and not {0, ord("/")} & set(name))
parts = st.builds(Part, exactly(32), st.lists(_names_inside, min_size=1, max_size=4).map(b"/".join))
part_lists = st.lists(parts, max_size=5, unique_by=lambda part: part.path).map(
    lambda some: sorted(some, key=lambda part: part.path)
)

# --- keys, notes, envelopes --------------------------------------------------------------------------------------

_holders = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("é和"), min_size=1, max_size=MAX_NAME
) | st.sampled_from(["Ana Ruiz", "x" * MAX_NAME, "\u0646\u200c\u0647"])
_ed25519 = exactly(31).map(lambda data: b"\x02" + data)  # no point of small order begins so
public_keys = st.builds(
    lambda pair, **members: PublicKey(checkpoint_key=pair[0], cosignature_key=pair[1], **members),
    st.lists(_ed25519, min_size=2, max_size=2, unique=True),
    certificate=st.binary(max_size=60),
    key=spkis,
    name=_holders,
    organisation=_holders,
    email=st.sampled_from([None, "ana@example.org", "a.b+c@x-y.example"]),
    signatures=st.builds(KeySignatures, key=raw_signatures, checkpoint_key=exactly(64), cosignature_key=exactly(64)),
)

key_names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1, max_size=20)
verifier_keys = st.builds(VerifierKey, key_names, exactly(32))
_note_texts = st.text(st.characters(exclude_categories=["C"]) | st.just("\n"), max_size=40).map(
    lambda text: f"{text}\n"
)
notes = st.builds(
    Note,
    _note_texts,
    st.lists(
        st.builds(NoteSignature, key_names, exactly(4), st.binary(min_size=1, max_size=64)), min_size=1, max_size=3
    ).map(tuple),
)
checkpoints = st.builds(
    Checkpoint,
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=40),
    st.integers(0, 2**64),
    exactly(32),
)
envelopes = st.builds(
    Envelope,
    payload_type=texts,
    unverified_payload=st.binary(max_size=100),
    key_id=hashes,
    signature=raw_signatures,
)

# --- statements --------------------------------------------------------------------------------------------------

_PATTERNS: dict[str, Strategy] = {
    pattern: strategy
    for kind, strategy in (
        (fields.Hash, hashes),
        (fields.ActId, _hex(16)),
        (fields.Line, lines),
        (fields.ItemNumber, st.builds("{}-{}".format, st.sampled_from(["J", "JD", "A1B2C3D4"]), st.integers(1, 9**9))),
    )
    if isinstance(shape := inspect.type_info(kind), inspect.StrType) and (pattern := shape.pattern) is not None
}


def _person() -> Strategy:
    """Two Ed25519 keys of one person differ."""
    return st.builds(
        lambda pair, **members: Person(checkpoint_key=pair[0], cosignature_key=pair[1], **members),
        st.lists(_ed25519.map(format_base64), min_size=2, max_size=2, unique=True),
        key=spkis.map(format_base64),
        certificate=seals,
        name=seals,
        organisation=seals,
    )


def _digests(kind: type[T]) -> st.SearchStrategy[T]:
    some = {"md5": st.none() | _hex(16), "sha1": st.none() | _hex(20), "sha512": st.none() | _hex(64)}
    return st.fixed_dictionaries(some).map(lambda members: kind(**members))


def _some_digest(members: dict[str, Any]) -> bool:
    return any(value is not None for value in members.values())


@cache
def of(kind: Any) -> Strategy:
    """Values of a type that statements are made of, from what msgspec knows of it."""
    return _of(inspect.type_info(kind))


def _of(shape: inspect.Type) -> Strategy:
    match shape:
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=least, le=most):
            return st.integers(least, most) | st.integers(0, 9)
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.StrType(pattern=str(pattern)):
            return _PATTERNS[pattern] if pattern in _PATTERNS else st.from_regex(pattern)
        case inspect.StrType(min_length=27, max_length=27):  # Time, whose digits are looked at by its class
            return times
        case inspect.StrType(min_length=10, max_length=10):  # Date, likewise
            return st.dates().map(lambda day: f"{day.year:04d}-{day:%m-%d}")
        case inspect.StrType():
            return texts
        case inspect.UnionType(types=types):
            return st.one_of([_of(one) for one in types])
        case inspect.StructType(cls=cls):
            return _struct(cls)
        case inspect.VarTupleType(item_type=item, min_length=least):
            return st.lists(_of(item), min_size=least or 0, max_size=3).map(tuple)
        case _:
            raise TypeError(f"tell how to draw {shape}")


def _struct(cls: type) -> Strategy:
    """The classes whose fields depend on one another come first."""
    if cls is Sealed:
        return seals
    if cls is Person:
        return _person()
    if cls is PartDigests:
        return _digests(PartDigests)
    if cls is ExtraDigests:
        return _whole_or_none(cls, {"md5": _hex(16), "sha1": _hex(20), "sha512": _hex(64)})
    if cls is Reported:
        versions = st.just((1, None)) | st.tuples(st.integers(2, MAX_REPORTS), hashes)
        sizes = st.lists(st.integers(0, 2**53 - 1), min_size=2, max_size=2).map(sorted)
        return st.builds(
            lambda members, number, version, size: Reported(
                **members,
                number=number,
                version=version[0],
                supersedes=version[1],
                unsigned_size=size[0],
                size=size[1],
            ),
            _members(Reported, "number", "version", "supersedes", "unsigned_size", "size"),
            st.integers(1, MAX_REPORTS),
            versions,
            sizes,
        )
    if cls is FileTimes:
        return _whole_or_none(cls, dict.fromkeys(cls.__struct_fields__, times))
    if cls is CaseOpened:
        people = st.lists(_person(), min_size=1, max_size=3, unique_by=lambda person: person.key)
        return st.tuples(_members(cls, "lead", "deputies"), people).map(
            lambda drawn: cls(**drawn[0], lead=drawn[1][0], deputies=tuple(drawn[1][1:]))
        )
    if cls is LedgerSeen:
        heads = st.lists(of(SeenHead), min_size=1, max_size=3, unique_by=lambda head: head.ledger)
        return heads.map(lambda some: LedgerSeen(ledgers=tuple(sorted(some, key=lambda head: head.ledger))))
    if cls is Timestamped:
        supporting = st.sets(hashes, max_size=3).map(lambda some: tuple(sorted(some)))
        return st.tuples(_members(cls, "supporting"), supporting).map(
            lambda drawn: cls(**drawn[0], supporting=drawn[1])
        )
    if cls is Cosigned:  # whether the signature holds is a rule, and no matter of reading
        coded = {"key": exactly(32).filter(_may_cosign).map(format_base64), "signature": exactly(64).map(format_base64)}
        others = {"cosigner": key_names.filter(is_line), "time": st.integers(1, MAX_EXACT_INTEGER)}
        drawn_by_hand = st.fixed_dictionaries({**coded, **others})
        return st.tuples(_members(cls, *coded, *others), drawn_by_hand).map(
            lambda drawn: cls(**{**drawn[0], **drawn[1]})
        )
    if cls is Exported:
        fields = st.sets(_of(inspect.type_info(Line)), min_size=1, max_size=3).map(lambda some: tuple(sorted(some)))
        return st.tuples(_members(cls, "fields"), fields).map(lambda drawn: cls(**drawn[0], fields=drawn[1]))
    if cls is Policy:
        fields, digests = (st.sets(st.sampled_from(names)).map(sorted).map(tuple) for names in (FIELDS, DIGESTS))
        drawn = st.builds(lambda *parts: parts, fields, digests, st.booleans(), st.booleans()).filter(any)
        return drawn.map(lambda parts: Policy(fields=parts[0], digests=parts[1], roles=parts[2], timestamps=parts[3]))
    if cls is Disposed:  # a witness is named by key or by name
        witnesses = st.tuples(st.none() | hashes, st.none()) | st.tuples(st.none(), seals)
        return st.builds(
            lambda members, pair: Disposed(**members, witness=pair[0], witness_name=pair[1]),
            _members(Disposed, "witness", "witness_name"),
            witnesses,
        )
    if cls in (MemberReplaced, LeadTakenOver):  # what was only lost was in nobody's hands
        losses = st.just(("lost", None)) | st.tuples(st.just("stolen"), st.none() | times)
        return st.builds(
            lambda members, pair: cls(**members, reason=pair[0], compromised_since=pair[1]),
            _members(cls, "reason", "compromised_since"),
            losses,
        )
    if cls is Collected:
        # Digest, size and facts are sealed together; extra digests are those of a file.
        of_files: dict[str, Strategy] = {
            "form": st.sampled_from(["file", "text"]),
            "parts": st.none(),
            "extra_digests": of(ExtraDigests) | st.none(),
        }
        of_folders: dict[str, Strategy] = {"form": st.just("folder"), "extra_digests": st.none()}
        counts = st.integers(0, 2**53 - 1)
        parts = _members(Parts, "facts")
        shapes: list[dict[str, Strategy]] = [
            {**of_files, "digest": hashes, "size": counts},
            {**of_files, "digest": seals, "size": seals},
            {**of_folders, "digest": hashes, "size": counts, "parts": st.builds(_folder, parts, hashes)},
            {**of_folders, "digest": seals, "size": seals, "parts": st.builds(_folder, parts, seals)},
        ]
        rest = _members(cls, "form", "parts", "digest", "size", "extra_digests")
        shape = st.one_of([st.fixed_dictionaries(one) for one in shapes])
        return st.tuples(rest, shape).map(lambda drawn: cls(**drawn[0], **drawn[1]))
    return _members(cls).map(lambda members: cls(**members))


def _may_cosign(key: bytes) -> bool:
    try:
        CosignerKey("a", key)
    except FormatError:
        return False
    return True


def _folder(members: dict[str, Any], facts: str | Sealed) -> Parts:
    return Parts(**members, facts=facts)


def _members(cls: type, *without: str) -> Strategy:
    shape = inspect.type_info(cls)
    assert isinstance(shape, inspect.StructType)
    return st.fixed_dictionaries({one.name: _of(one.type) for one in shape.fields if one.name not in without})


def _whole_or_none(cls: Any, members: dict[str, Strategy]) -> Strategy:
    """Any of the members may be missing, but not all."""
    some = st.fixed_dictionaries({name: st.none() | strategy for name, strategy in members.items()})
    return some.filter(lambda drawn: any(drawn.values())).map(lambda drawn: cls(**drawn))


_unknown_names = st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z").filter(lambda name: name != "type")
_unknown_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | texts | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(_unknown_names, one, max_size=3),
    max_leaves=6,
)
_unknown = st.dictionaries(_unknown_names, _unknown_values, max_size=3).map(
    lambda content: Unknown(content={**content, "type": "cooled/v2"})
)


@cache
def statements(kind: type[Body]) -> st.SearchStrategy[Statement]:
    """Statements of one kind, by Ana."""
    body = _unknown if kind is Unknown else of(kind)
    return st.tuples(_members(Statement, "body", "signer"), body).map(
        lambda drawn: Statement(**drawn[0], body=drawn[1], signer=ANA.key_id)
    )


part_facts = st.lists(of(PartFacts), max_size=4).map(
    lambda some: [msgspec.structs.replace(facts, index=index) for index, facts in enumerate(some, 1)]
)
