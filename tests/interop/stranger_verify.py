"""Verifies a case folder from docs/format.md alone: shares no code with the recorder, and writes nothing.

    stranger_verify.py CASE [--lead KEYID|WORDS --wordlist FILE] [--remembered SIZE:ROOT|CHECKPOINT] [--own KEYID]…
        [--quick] [--trust FILE] [--against FILE]…

It prints one JSON object and leaves with 0, 1 or 8 like `custody verify`, 2 for a folder that is no case, 4 for what
cannot be read as what it claims to be, 5 for what cannot be read at all. Numbers in comments are sections of
docs/format.md.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import sqlite3
import stat
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from asn1crypto import tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

QUESTIONS = ("integrity", "signers", "time", "custody", "completeness")
EXITS = {"passed": 0, "failed": 1, "indeterminate": 8}
USAGE, FORMAT, STORAGE = 2, 4, 5

MAX_PROBLEMS = 1_000  # listed; a verdict counts all of them
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16
MAX_ENVELOPE, MAX_PAYLOAD = 65_535, 48_954
MAX_BATCH = 2_048
MAX_LEFT = 256
MAX_OPENING = 4 * 1024 * 1024 - 1
MAX_MISSING = 1_000  # item numbers of one gap; whoever signs chooses how wide it is
MAX_CELL = 64 * 1024 * 1024  # no honest cell comes near it
MAX_LINE = 1024 * 1024  # of a parts list or of facts: the page names no bound
MAX_CHECKPOINT = 64 * 1024
MAX_TOML = 64 * 1024
MAX_NOTE_LINES = 100
CHUNK = 1024 * 1024

STATEMENT_TYPE = "application/vnd.custody.statement.v1+json"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
EMPTY_ROOT = hashlib.sha256(b"").digest()
EXTRA_DIGESTS = {"md5": 32, "sha1": 40, "sha512": 128}


class Refused(Exception):
    """These bytes are not the one spelling of what they should be."""


class NoCase(Exception):
    """The folder cannot be verified at all; carries the exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Findings:
    """Everything that was found, by question. A question without a finding is passed."""

    verdicts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(QUESTIONS, "passed"))
    problems: list[dict[str, str | None]] = field(default_factory=list)
    more: int = 0

    def failed(self, question: str, about: str, what: str) -> None:
        self.verdicts[question] = "failed"
        self._list(question, "failed", about, what)

    def open(self, question: str, about: str, what: str) -> None:
        if self.verdicts[question] == "passed":
            self.verdicts[question] = "indeterminate"
        self._list(question, "indeterminate", about, what)

    def mention(self, question: str, about: str, what: str) -> None:
        self._list(question, None, about, what)

    def overall(self) -> str:
        found = self.verdicts.values()
        return "failed" if "failed" in found else "indeterminate" if "indeterminate" in found else "passed"

    def _list(self, question: str, verdict: str | None, about: str, what: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append({"question": question, "verdict": verdict, "about": about, "what": what})
        else:
            self.more += 1


# --- 1. Small things -------------------------------------------------------------------------------------------------


def sha256(*pieces: bytes) -> bytes:
    return hashlib.sha256(b"".join(pieces)).digest()


def base64_bytes(value: object, *lengths: int) -> bytes:
    if not isinstance(value, str):
        raise Refused("no base64 text")
    try:
        raw = base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as bad:
        raise Refused("not base64") from bad
    if base64.b64encode(raw).decode() != value or (lengths and len(raw) not in lengths):
        raise Refused("not the one base64 spelling, or of the wrong length")
    return raw


def read_json(raw: bytes) -> object:
    """A canonical JSON document, or Refused: parsed, written again, compared."""
    depth = deepest = 0
    for bracket in re.findall(rb"[\[\]{}]", re.sub(rb'"(?:[^"\\]|\\.)*"', b"", raw, flags=re.DOTALL)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise Refused("nested too deeply")
    try:
        value: object = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_no_number,
            parse_constant=_no_number,
            parse_int=_integer,
        )
        written = write_json(value).encode("utf-8")  # a lone surrogate fails here
    except (ValueError, RecursionError) as bad:
        raise Refused("not JSON of the kind used here") from bad
    if written != raw:
        raise Refused("not canonical JSON")
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("a member stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise Refused("a number that is no integer")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise Refused("an integer too large")
    return int(text)


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def _string(text: str) -> str:
    if "\0" in text:
        raise Refused("U+0000 in a string")
    return '"' + re.sub(r'[\x00-\x1f"\\]', lambda c: _ESCAPES.get(c[0], f"\\u{ord(c[0]):04x}"), text) + '"'


def write_json(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return "[" + ",".join(map(write_json, value)) + "]"
    assert isinstance(value, dict)
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{_string(name)}:{write_json(value[name])}" for name in names) + "}"


# A check looks at one value and raises Refused. Where it meets a sealed field it leaves, under the field's pointer, the
# digest and the check of what will be opened (7).
Seals = dict[str, "tuple[bytes, Check]"]
Check = Callable[[object, str, Seals], None]


def record(**fields: Check) -> Check:
    """An object of exactly these members."""

    def check(value: object, at: str, seals: Seals) -> None:
        if not isinstance(value, dict) or value.keys() != fields.keys():
            raise Refused(f"{at or 'it'} has not exactly its members")
        for name, inner in fields.items():
            inner(value[name], f"{at}/{name}", seals)

    return check


def spelled(pattern: str) -> Check:
    whole = re.compile(pattern)

    def check(value: object, at: str, seals: Seals) -> None:
        if not isinstance(value, str) or not whole.fullmatch(value):
            raise Refused(f"{at} is not spelled as it must be")

    return check


def one_of(*choices: str) -> Check:
    return spelled("|".join(map(re.escape, choices)))


def maybe(inner: Check) -> Check:
    def check(value: object, at: str, seals: Seals) -> None:
        if value is not None:
            inner(value, at, seals)

    return check


def sealed(inner: Check) -> Check:
    def check(value: object, at: str, seals: Seals) -> None:
        if not is_sealed(value):
            raise Refused(f"{at} is not sealed")
        assert isinstance(value, dict)
        seals[at] = (base64_bytes(value["sealed"], 32), inner)

    return check


def or_sealed(inner: Check) -> Check:
    def check(value: object, at: str, seals: Seals) -> None:
        (sealed(inner) if isinstance(value, dict) else inner)(value, at, seals)

    return check


def clear_or(seal: Check) -> Check:
    """A line in clear, or that seal."""

    def check(value: object, at: str, seals: Seals) -> None:
        (LINE if isinstance(value, str) else seal)(value, at, seals)

    return check


def is_sealed(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() != {"sealed"}:
        return False
    with suppress(Refused):
        return len(base64_bytes(value["sealed"])) == 32
    return False


def base64_of(*lengths: int) -> Check:
    return lambda value, at, seals: void(base64_bytes(value, *lengths))


def void(value: object) -> None:
    """The value was wanted only for what it refuses."""


def not_all_null(inner: Check) -> Check:
    def check(value: object, at: str, seals: Seals) -> None:
        inner(value, at, seals)
        if isinstance(value, dict) and all(one is None for one in value.values()):
            raise Refused(f"{at} has nothing but null")

    return check


def is_time(value: object, at: str, seals: Seals) -> None:
    spelled(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")(value, at, seals)
    try:
        datetime(*(int(number) for number in re.findall("[0-9]+", str(value))))  # type: ignore[arg-type]
    except ValueError as bad:
        raise Refused(f"{at} is no real time") from bad


def is_date(value: object, at: str, seals: Seals) -> None:
    spelled("[0-9]{4}-[0-9]{2}-[0-9]{2}")(value, at, seals)
    is_time(f"{value}T00:00:00.000000Z", at, seals)


def is_integer(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(f"{at} is no integer")


def is_count(value: object, at: str, seals: Seals) -> None:
    is_integer(value, at, seals)
    assert isinstance(value, int)
    if value < 0:  # the page does not say so; nothing negative can be counted
        raise Refused(f"{at} is negative")


def is_moment(value: object, at: str, seals: Seals) -> None:
    is_count(value, at, seals)
    if value == 0:
        raise Refused(f"{at} is no moment")


def is_report_number(value: object, at: str, seals: Seals) -> None:
    is_count(value, at, seals)
    assert isinstance(value, int)
    if not 1 <= value <= 9999:
        raise Refused(f"{at} is no number of a report")


def is_boolean(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, bool):
        raise Refused(f"{at} is neither true nor false")


def is_string(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, str):
        raise Refused(f"{at} is no string")


def is_any(value: object, at: str, seals: Seals) -> None:
    """What an unknown kind seals may be anything."""


def is_file_name(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, dict) or len(value) != 1:
        raise Refused(f"{at} is no file name")
    ((form, name),) = value.items()
    if form == "text":
        return is_string(name, at, seals)
    if form not in ("bytes", "utf16"):
        raise Refused(f"{at} is no file name")
    raw = base64_bytes(name)
    if form == "utf16" and len(raw) % 2:
        raise Refused(f"{at} is no UTF-16 name")
    try:
        raw.decode("utf-8" if form == "bytes" else "utf-16-le")
    except UnicodeDecodeError:
        return None
    raise Refused(f"{at} is valid Unicode, and yet written as bytes")


HEX64 = spelled("[0-9a-f]{64}")
LABEL = spelled("[A-Z][A-Z0-9]{0,7}")
ITEM = spelled("[A-Z][A-Z0-9]{0,7}-[1-9][0-9]{0,9}")
LINE = spelled("[^\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]{1,200}")
MEDIA_TYPE = spelled("[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
ADDRESS = maybe(spelled(r"(?s:.{0,8192})"))
METHOD = spelled("screenshot|phone-photo|download|saved-page|export|received|typed|other|not-known")
FILE_ORIGIN = record(
    address=ADDRESS,
    referrer=ADDRESS,
    **{"from": one_of("user.xdg.origin.url", "kMDItemWhereFroms", "Zone.Identifier")},
)


# --- 2. Keys, 3. Ids, 4. Envelope ------------------------------------------------------------------------------------


def statement_key(value: object) -> ec.EllipticCurvePublicKey:
    spki = base64_bytes(value, 91)
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as bad:
        raise Refused("no public key") from bad
    if (
        not isinstance(key, ec.EllipticCurvePublicKey)
        or spki_of(key) != spki
        or not isinstance(key.curve, ec.SECP256R1)
    ):
        raise Refused("no P-256 key in its one encoding")
    return key


def spki_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    return sha256(spki_of(key)).hex()


def certificate_for(key: object) -> Check:
    def check(value: object, at: str, seals: Seals) -> None:
        try:
            subject = x509.load_der_x509_certificate(base64_bytes(value)).public_key()
        except (ValueError, UnsupportedAlgorithm) as bad:
            raise Refused(f"{at} is no certificate") from bad
        if not isinstance(subject, ec.EllipticCurvePublicKey) or spki_of(subject) != base64_bytes(key):
            raise Refused(f"{at} is for another key")

    return check


def chained_id(prefix: str, *parts: str) -> str:
    return sha256("\n".join((prefix, *parts)).encode()).hex()


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    name = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def signature_holds(key: ec.EllipticCurvePublicKey, signature: bytes, payload: bytes) -> bool:
    try:
        der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        key.verify(der, pre_authentication(STATEMENT_TYPE, payload), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


# --- 5. Statement, 8. Kinds ------------------------------------------------------------------------------------------


def is_of_small_order(key: bytes) -> bool:
    """Whether eight times the point is the neutral element: RFC 8032 section 5.1, in affine coordinates."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    y = (int.from_bytes(key, "little") & ((1 << 255) - 1)) % p
    square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    for _ in range(3):  # x^2 and y are enough to double: y' = (y^2 + x^2) / (1 - d x^2 y^2 ) for a = -1
        product = d * square * y * y % p
        doubled = (y * y + square) * pow(1 - product, -1, p) % p
        y, square = doubled, (doubled * doubled - 1) * pow(d * doubled * doubled + 1, -1, p) % p
    return (y, square) == (1, 0)


def is_person(value: object, at: str, seals: Seals) -> None:
    record(
        certificate=sealed(is_string),
        checkpoint_key=base64_of(32),
        cosignature_key=base64_of(32),
        key=base64_of(91),
        name=sealed(is_string),
        organisation=sealed(is_string),
    )(value, at, seals)
    assert isinstance(value, dict)
    statement_key(value["key"])
    seals[f"{at}/certificate"] = (seals[f"{at}/certificate"][0], certificate_for(value["key"]))
    if value["checkpoint_key"] == value["cosignature_key"]:
        raise Refused(f"{at} has one key for two purposes")
    for name in ("checkpoint_key", "cosignature_key"):
        if is_of_small_order(base64_bytes(value[name], 32)):
            raise Refused(f"{at} has a key of small order")


def are_deputies(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, list) or len(value) > 8:
        raise Refused(f"{at} is no list of at most 8")
    for index, person in enumerate(value):
        is_person(person, f"{at}/{index}", seals)


DIGESTS = not_all_null(record(**{name: maybe(spelled(f"[0-9a-f]{{{n}}}")) for name, n in EXTRA_DIGESTS.items()}))
FILE_TIMES = not_all_null(record(changed=maybe(is_time), created=maybe(is_time), modified=maybe(is_time)))
PARTS = record(count=is_count, root=HEX64, seed=sealed(base64_of(32)), facts=or_sealed(HEX64), left_out=is_count)
SEALED_TEXT = sealed(is_string)
TEXT = clear_or(SEALED_TEXT)
DIGEST = or_sealed(HEX64)
IDENTIFIED = one_of("in-person", "video", "telephone", "not-checked")
LOSS = one_of("lost", "stolen")
SENSITIVITY = one_of("normal", "sensitive", "highly-sensitive")
CORRECTED_TO = {"review": is_date, "sensitivity": SENSITIVITY}
DERIVATION = record(item=ITEM, record=HEX64, transformation=LINE)
SEEN_HEAD = record(ledger=HEX64, root=HEX64, size=is_count)


def are_heads(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= 256:
        raise Refused(f"{at} is no list of 1 to 256")
    for index, head in enumerate(value):
        SEEN_HEAD(head, f"{at}/{index}", seals)
    names = [head["ledger"] for head in value]
    if names != sorted(set(names)):
        raise Refused(f"{at} is out of order, or names a ledger twice")


def are_supporting(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, list) or len(value) > 16:
        raise Refused(f"{at} is no list of at most 16")
    for index, name in enumerate(value):
        HEX64(name, f"{at}/{index}", seals)
    if value != sorted(set(value)):
        raise Refused(f"{at} is out of order, or names an object twice")


def is_cosigner(value: object, at: str, seals: Seals) -> None:
    LINE(value, at, seals)
    if any(one == "+" or unicodedata.category(one) == "Zs" for one in str(value)):
        raise Refused(f"{at} is no name of a key")


def are_fields(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= 64:
        raise Refused(f"{at} is no list of 1 to 64")
    for index, name in enumerate(value):
        LINE(name, f"{at}/{index}", seals)
    if value != sorted(set(value)):
        raise Refused(f"{at} is out of order, or names a field twice")


DEMANDED = {
    "fields": ("basis", "captured_at", "description", "found_at", "persona", "place", "review"),
    "digests": ("md5", "sha1", "sha512"),
}


def is_policy(value: object, at: str, seals: Seals) -> None:
    record(digests=is_any, fields=is_any, roles=is_boolean, timestamps=is_boolean)(value, at, seals)
    assert isinstance(value, dict)
    for name, choices in DEMANDED.items():
        named = value[name]
        if not isinstance(named, list) or named != [one for one in choices if one in named]:
            raise Refused(f"{at}/{name} is no list of what can be demanded, in order")
    if not (value["fields"] or value["digests"] or value["roles"] or value["timestamps"]):
        raise Refused(f"{at} demands nothing, which is written as null")


CASE_OPENED, LEDGER_OPENED, MEMBER_ENROLLED = "case-opened/v1", "ledger-opened/v1", "member-enrolled/v1"
MEMBER_REVOKED, MEMBER_REPLACED, LEAD_TAKEN_OVER = "member-revoked/v1", "member-replaced/v1", "lead-taken-over/v1"
COLLECTED, ATTEMPTED, REPORTED, NOTED = "collected/v1", "attempted/v1", "reported/v1", "noted/v1"
EXPORTED, LEGAL_NAME = "exported/v1", "/legal_name"
RELEASED, RECEIVED, DECLINED = "released/v1", "received/v1", "declined/v1"
RELEASED_ON_PAPER, RECEIPTED, EXAMINED = "released-on-paper/v1", "receipted/v1", "examined/v1"
CORRECTED, WITHDRAWN, DISPOSED, ERASED = "corrected/v1", "withdrawn/v1", "disposed/v1", "erased/v1"
GAP_EXPLAINED, LEDGER_SEEN, RESTORED = "gap-explained/v1", "ledger-seen/v1", "restored/v1"
TIMESTAMPED, COSIGNED = "timestamped/v1", "cosigned/v1"

POLICY_SET = "policy-set/v1"

OF_REGISTER = {MEMBER_ENROLLED, MEMBER_REVOKED, MEMBER_REPLACED, LEAD_TAKEN_OVER, POLICY_SET}
OWNER = {CASE_OPENED: "lead", LEDGER_OPENED: "member"}  # where row 0 names whose ledger it is
NOT_ERASED = {"/authority", "/digest", "/parts/facts", "/parts/seed", "/size", "/to"}

RELEASE = {
    "type": is_string,
    "digest": DIGEST,
    "purpose": SEALED_TEXT,
    "medium": LINE,
    "place": maybe(SEALED_TEXT),
    "keeps_copy": is_boolean,
}

REPORT = record(
    type=is_string,
    number=is_report_number,
    version=is_report_number,
    supersedes=maybe(HEX64),
    kind=one_of("integrity", "custody-form", "receipt", "schedule", "declaration"),
    unsigned_digest=HEX64,
    unsigned_size=is_count,
    digest=HEX64,
    size=is_count,
    items=is_count,
    whole=is_boolean,
    checkpoint_size=is_count,
    checkpoint_root=HEX64,
)


def is_report(value: object, at: str, seals: Seals) -> None:
    REPORT(value, at, seals)
    assert isinstance(value, dict)
    if (value["version"] == 1) != (value["supersedes"] is None):
        raise Refused(f"{at} is a first version that supersedes something, or a later one that does not")
    if value["unsigned_size"] > value["size"]:
        raise Refused(f"{at} got smaller when it was signed")


KINDS: dict[str, Check] = {
    CASE_OPENED: record(
        type=is_string,
        nonce=HEX64,
        reference=LINE,
        title=SEALED_TEXT,
        label=LABEL,
        legal_name=maybe(SEALED_TEXT),
        lead=is_person,
        deputies=are_deputies,
        policy=maybe(is_policy),
    ),
    COLLECTED: record(
        type=is_string,
        form=one_of("file", "folder", "text"),
        kept=is_boolean,
        derived_from=maybe(DERIVATION),
        digest=DIGEST,
        size=or_sealed(is_count),
        extra_digests=maybe(DIGESTS),
        parts=maybe(PARTS),
        media_type=or_sealed(MEDIA_TYPE),
        media_type_from=one_of("content", "name", "nothing", "recorder"),
        file_times=maybe(FILE_TIMES),
        name=maybe(clear_or(sealed(is_file_name))),
        path=maybe(sealed(is_file_name)),
        origin=maybe(sealed(FILE_ORIGIN)),
        method=or_sealed(METHOD),
        tool=or_sealed(LINE),
        captured_at=maybe(or_sealed(is_time)),
        hashed_at=is_time,
        found_at=maybe(TEXT),
        persona=maybe(TEXT),
        place=maybe(TEXT),
        description=maybe(TEXT),
        time_zone=TEXT,
        machine=TEXT,
        handling=record(basis=maybe(TEXT), review=maybe(is_date), sensitivity=SENSITIVITY),
    ),
    ATTEMPTED: record(
        type=is_string,
        outcome=spelled("not-(found|allowed|a-file)|dangling-link|changed-while-read|(read|store)-error"),
        name=sealed(is_file_name),
        path=sealed(is_file_name),
        method=or_sealed(METHOD),
        tool=or_sealed(LINE),
    ),
    LEDGER_OPENED: record(type=is_string, nonce=HEX64, label=LABEL, legal_name=maybe(SEALED_TEXT), member=is_person),
    MEMBER_ENROLLED: record(
        type=is_string, member=is_person, ledger=HEX64, label=LABEL, identified=IDENTIFIED, role=maybe(LINE)
    ),
    POLICY_SET: record(type=is_string, policy=maybe(is_policy)),
    MEMBER_REVOKED: record(
        type=is_string, key=HEX64, reason=SEALED_TEXT, seen=is_count, compromised_since=maybe(is_time)
    ),
    MEMBER_REPLACED: record(
        type=is_string,
        old=HEX64,
        member=is_person,
        ledger=HEX64,
        label=LABEL,
        identified=IDENTIFIED,
        role=maybe(LINE),
        reason=LOSS,
        seen=is_count,
        compromised_since=maybe(is_time),
    ),
    LEAD_TAKEN_OVER: record(type=is_string, reason=LOSS, seen=is_count, compromised_since=maybe(is_time)),
    RELEASED: record(**RELEASE, to=HEX64),
    RECEIVED: record(type=is_string, digest=DIGEST, condition=maybe(SEALED_TEXT)),
    DECLINED: record(type=is_string, reason=SEALED_TEXT),
    RELEASED_ON_PAPER: record(**RELEASE, to=SEALED_TEXT),
    RECEIPTED: record(type=is_string, release=HEX64, paper=ITEM, record=HEX64),
    EXAMINED: record(type=is_string, digest=DIGEST, purpose=SEALED_TEXT, tool=maybe(LINE)),
    CORRECTED: record(
        type=is_string,
        statement=HEX64,
        field=spelled("basis|captured_at|description|found_at|method|persona|place|review|sensitivity|tool"),
        value=SEALED_TEXT,
        reason=SEALED_TEXT,
    ),
    WITHDRAWN: record(type=is_string, reason=SEALED_TEXT),
    DISPOSED: record(
        type=is_string, method=LINE, authority=SEALED_TEXT, witness=maybe(HEX64), witness_name=maybe(SEALED_TEXT)
    ),
    ERASED: record(type=is_string, statement=HEX64, field=LINE, reason=SEALED_TEXT),
    EXPORTED: record(type=is_string, statement=HEX64, fields=are_fields, to=SEALED_TEXT, reason=SEALED_TEXT),
    GAP_EXPLAINED: record(type=is_string, text=SEALED_TEXT),
    LEDGER_SEEN: record(type=is_string, ledgers=are_heads),
    RESTORED: record(type=is_string, backup_size=is_count, seen=is_count),
    TIMESTAMPED: record(
        type=is_string,
        scheme=one_of("opentimestamps", "rfc3161"),
        authority=LINE,
        size=is_count,
        root=HEX64,
        token=HEX64,
        supporting=are_supporting,
    ),
    COSIGNED: record(
        type=is_string,
        size=is_count,
        root=HEX64,
        cosigner=is_cosigner,
        key=base64_of(32),
        time=is_moment,
        signature=base64_of(64),
    ),
    NOTED: record(type=is_string, text=SEALED_TEXT),
    REPORTED: is_report,
}

_UNKNOWN_TYPE = re.compile(r"[a-z][a-z0-9-]{0,40}/v[1-9][0-9]{0,2}")
_MEMBER = re.compile(r"[a-z][a-z0-9_]*")


def is_body(value: object, at: str, seals: Seals) -> None:
    if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
        raise Refused("a body without a type")
    found: Seals = {}
    if kind in KINDS:
        KINDS[kind](value, "", found)
        _fits_together(kind, value)
        if kind == CORRECTED and value["field"] in CORRECTED_TO:
            found["/value"] = (found["/value"][0], CORRECTED_TO[str(value["field"])])
    elif _UNKNOWN_TYPE.fullmatch(kind):
        _walk_unknown(value, "", found)
    else:
        raise Refused("a body whose type is no type")
    seals.update(found)  # pointers are within the body


def _walk_unknown(value: object, at: str, seals: Seals) -> None:
    if is_sealed(value):
        sealed(is_any)(value, at, seals)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not _MEMBER.fullmatch(name):
                raise Refused("a member's name is not spelled as names are")
            _walk_unknown(inner, f"{at}/{name}", seals)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _walk_unknown(inner, f"{at}/{index}", seals)


def _fits_together(kind: str, body: dict[str, object]) -> None:
    """What the tables of section 8 say about members of one body together."""
    if kind == CASE_OPENED:
        lead, deputies = body["lead"], body["deputies"]
        assert isinstance(lead, dict)
        assert isinstance(deputies, list)
        keys = [person["key"] for person in (lead, *deputies)]
        if len(set(keys)) != len(keys):
            raise Refused("a key stands there twice")
    if kind == COLLECTED:
        folder = body["form"] == "folder"
        if folder != (body["parts"] is not None):
            raise Refused("parts belong to a folder, and to nothing else")
        if folder and body["extra_digests"] is not None:
            raise Refused("a folder has no extra digests")
        if isinstance(body["digest"], dict) != isinstance(body["size"], dict):
            raise Refused("digest and size are sealed together, or neither")
        if folder and isinstance(body["digest"], dict) != isinstance(member(body, "parts", "facts"), dict):
            raise Refused("facts are sealed together with the digest")
    if kind in (MEMBER_REPLACED, LEAD_TAKEN_OVER) and body["reason"] == "lost" and body["compromised_since"]:
        raise Refused("what was only lost was in nobody's hands")
    if kind == DISPOSED and body["witness"] is not None and body["witness_name"] is not None:
        raise Refused("a witness by key and by name")


STATEMENT = record(
    case=HEX64,
    ledger=HEX64,
    position=is_count,
    signer=HEX64,
    time=is_time,
    clock=record(offset_ms=maybe(is_integer), source=LINE, synchronised=maybe(is_boolean)),
    head=record(root=HEX64, size=is_count),
    people=maybe(HEX64),
    act=maybe(spelled("[0-9a-f]{32}")),
    item=maybe(ITEM),
    prev=maybe(HEX64),
    body=is_body,
)


def member(value: object, *names: str) -> object:
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    return value


@dataclass(frozen=True)
class Statement:
    """A statement that could be read. Whether to believe it is another question."""

    id: str
    case: str
    ledger: str
    position: int
    signer: str
    head: tuple[int, str]
    people: str | None
    act: str | None
    item: str | None
    prev: str | None
    kind: str
    body: dict[str, object]
    seals: Seals
    payload: bytes
    signature: bytes


def open_envelope(raw: bytes) -> Statement:
    if len(raw) > MAX_ENVELOPE:
        raise Refused("the envelope is too long")
    envelope = read_json(raw)
    record(payload=is_string, payloadType=one_of(STATEMENT_TYPE), signatures=is_any)(envelope, "", {})
    signatures = member(envelope, "signatures")
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise Refused("not one signature")
    record(keyid=HEX64, sig=base64_of(64))(signatures[0], "/signatures/0", {})
    signature = base64_bytes(member(signatures[0], "sig"))
    if int.from_bytes(signature[32:], "big") > P256_ORDER // 2:
        raise Refused("the signature in its second spelling, with a large s")
    payload = base64_bytes(member(envelope, "payload"))
    if len(payload) > MAX_PAYLOAD:
        raise Refused("the statement is too long")
    said, seals = read_json(payload), Seals()
    STATEMENT(said, "", seals)
    assert isinstance(said, dict)
    if member(signatures[0], "keyid") != said["signer"]:
        raise Refused("the envelope names another key than the statement")
    return Statement(
        id=sha256(payload).hex(),
        head=(said["head"]["size"], said["head"]["root"]),
        kind=said["body"]["type"],
        seals=seals,
        payload=payload,
        signature=signature,
        **{name: said[name] for name in ("case", "ledger", "position", "signer", "people", "act", "item", "prev")},
        body=said["body"],
    )


# --- 6. Tree, checkpoint ---------------------------------------------------------------------------------------------


class Tree:
    """The roots of all perfect subtrees of RFC 6962, level by level."""

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[bytearray] = []

    def append(self, leaf: bytes) -> bytes:
        """Takes a leaf hash in; returns it with the roots of the subtrees that it completes: `nodes` (10)."""
        node, level, nodes = leaf, 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node
            if (len(self._levels[level]) // 32) % 2:
                break
            node = sha256(b"\x01", bytes(self._levels[level][-64:]))
            nodes += node
            level += 1
        self.size += 1
        return nodes

    def knows(self, size: int) -> bool:
        """Whether the root over so many entries can be told."""
        return size <= self.size

    def root(self, size: int) -> bytes:
        root = b""
        for level in range(size.bit_length()):
            if size >> level & 1:
                end = 32 * (size >> level)
                peak = bytes(self._levels[level][end - 32 : end])
                root = sha256(b"\x01", peak, root) if root else peak
        return root or EMPTY_ROOT


@dataclass(frozen=True)
class Head:
    """A state of a ledger that the person who verifies has seen before."""

    size: int
    root: bytes
    origin: str | None = None
    text: bytes = b""
    signatures: tuple[tuple[str, bytes], ...] = ()


def read_head(argument: str) -> Head:
    if found := re.fullmatch("(0|[1-9][0-9]{0,15}):([0-9a-f]{64})", argument):
        return Head(int(found[1]), bytes.fromhex(found[2]))
    with Path(argument).open("rb") as file:
        return parse_head(file.read(MAX_CHECKPOINT + 1))


def parse_head(raw: bytes) -> Head:
    """A checkpoint, with the signatures of its note or without."""
    text, _, lines = raw.partition(b"\n\n")
    text += b"\n" if not text.endswith(b"\n") else b""
    found_text = re.fullmatch(
        r"([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]{44})\n", text.decode("utf-8", "replace")
    )
    if len(raw) > MAX_CHECKPOINT or not found_text:
        raise Refused("the remembered head is neither SIZE:ROOT nor a checkpoint")
    signatures = []
    for line in lines.decode("utf-8", "replace").splitlines()[:MAX_NOTE_LINES]:
        found_line = re.fullmatch("— ([^ +]+) ([A-Za-z0-9+/=]+)", line)
        if not found_line:
            raise Refused("a line of the signed checkpoint is no signature")
        signatures.append((found_line[1], base64_bytes(found_line[2])))
    root = base64_bytes(found_text[3], 32)
    return Head(int(found_text[2]), root, found_text[1], text, tuple(signatures))


def checkpoint_signed(head: Head, key: bytes) -> bool:
    name = head.origin or ""
    mark = sha256(name.encode(), b"\n\x01", key)[:4]
    for _, signature in (one for one in head.signatures if one[0] == name and one[1][:4] == mark):
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], head.text)
        except (InvalidSignature, ValueError):
            return False
        return True
    return False


# --- 10. Databases ---------------------------------------------------------------------------------------------------

ENTRIES = """CREATE TABLE entries (ledger TEXT NOT NULL, position INTEGER NOT NULL, item TEXT, envelope BLOB NOT NULL,
    nodes BLOB NOT NULL, PRIMARY KEY (ledger, position)) WITHOUT ROWID, STRICT"""
OPENINGS = """CREATE TABLE openings (ledger TEXT NOT NULL, position INTEGER NOT NULL, pointer TEXT NOT NULL,
    salt BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (ledger, position, pointer)) WITHOUT ROWID, STRICT"""
JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
BESIDE = ("-wal", "-shm", "-journal")
TRIGGERS = {"entries_next", "entries_no_update", "entries_no_delete"}


def read_addresses(case: Path) -> dict[str, Path]:
    """Where case.toml says that things lie. The page lets a verifier ignore it; what it refuses is refused by all."""
    try:
        with (case / "case.toml").open("rb") as file:
            raw = file.read(MAX_TOML + 1)
        if len(raw) > MAX_TOML:
            raise NoCase("case.toml is too long", FORMAT)
        told = tomllib.loads(raw.decode("utf-8"))
    except FileNotFoundError as bad:
        raise NoCase(f"{case} is no case: it has no case.toml", USAGE) from bad
    except OSError as bad:
        raise NoCase(f"case.toml cannot be read: {bad.strerror}", STORAGE) from bad
    except (ValueError, RecursionError) as bad:
        raise NoCase("case.toml is no TOML", FORMAT) from bad
    if isinstance(told.get("format"), bool) or told.get("format") != 1:
        raise NoCase("case.toml is of another format", FORMAT)
    places: dict[str, Path] = {}
    for name in ("ledger", "openings", "evidence"):
        address = told.get(name)
        if not isinstance(address, str) or not address or "\0" in address:
            raise NoCase(f"case.toml has no address of the {name}", FORMAT)
        if address.startswith("/") or "\\" in address or ".." in address.split("/"):
            raise NoCase(f"the address of the {name} leads out of the folder", FORMAT)
        places[name] = case / address
    taken = {places["ledger"], places["evidence"], *(Path(f"{places['ledger']}{suffix}") for suffix in BESIDE)}
    if places["openings"] in taken or str(places["ledger"]) in {f"{places['openings']}{suffix}" for suffix in BESIDE}:
        raise NoCase("case.toml gives one file two meanings", FORMAT)
    if os.path.lexists(places["evidence"]) and not stat.S_ISDIR(places["evidence"].lstat().st_mode):
        raise NoCase("the evidence store is no folder", FORMAT)
    return places


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    if os.path.lexists(f"{path}-wal"):
        raise NoCase(f"{path.name}-wal lies there: rows may lie in it", FORMAT)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise NoCase(f"{path.name} is no plain file", FORMAT)
        with path.open("rb") as file:
            head = file.read(32)
            length = file.seek(0, os.SEEK_END)
        refuse_journal(Path(f"{path}-journal"))
    except OSError as bad:
        raise NoCase(f"{path.name} cannot be read: {bad.strerror}", STORAGE) from bad
    if head[:16] != b"SQLite format 3\0":
        raise NoCase(f"{path.name} is no SQLite database", FORMAT)
    if head[18:20] != b"\1\1":
        raise NoCase(f"{path.name} says that it keeps a write-ahead log: rows may lie in another file", FORMAT)
    page_size = int.from_bytes(head[16:18], "big")
    if length < int.from_bytes(head[28:32], "big") * (65536 if page_size == 1 else page_size):
        raise NoCase(f"{path.name} was cut short", FORMAT)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            database.text_factory = bytes  # a cell may hold what is not UTF-8
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL)
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
                database.execute(f"PRAGMA {pragma}")
            yield database
    except (sqlite3.Error, UnicodeDecodeError) as bad:  # sqlite3 cannot say in UTF-8 what a garbled schema says
        raise NoCase(f"{path.name} is no readable database: {bad}", FORMAT) from bad


def refuse_journal(path: Path) -> None:
    """A write was broken off: only SQLite can undo it, by writing, and a journal may say to it what it likes."""
    if os.path.lexists(path):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise NoCase(f"{path.name} is no plain file", FORMAT)
        with path.open("rb") as file:
            if file.read(8) == JOURNAL_MAGIC:
                raise NoCase(f"{path.name} holds a write that was broken off", FORMAT)


def check_schema(database: sqlite3.Connection, table: str, wanted: str, findings: Findings) -> None:
    """Raises NoCase where the rows cannot be read; finds whatever else is not as the page has it."""

    readable = False

    def foreign(what: str) -> None:
        findings.failed("completeness", f"{table} database", what)

    there = set()
    for kind, name, on, sql in database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT 1000"):
        kind, name, on, sql = (decoded(cell) for cell in (kind, name, on, sql))
        there.add(name)
        if (kind, name) == ("table", table):
            readable = True
            if _tokens(sql) != _tokens(wanted):
                foreign("its table is not the one that the format has")
        elif (table, kind, name, on) == ("entries", "index", "ix_entries_item", "entries"):
            if _tokens(sql) != _tokens("CREATE INDEX ix_entries_item ON entries (item)"):
                foreign("its index is not the one that the format has")
        elif (table, kind, on) != ("entries", "trigger", "entries") or name not in TRIGGERS:
            foreign(f"holds a {kind} that the format does not have: {name[:80]!r}")
    if not readable:
        raise NoCase(f"there is no table {table} in the database", FORMAT)
    if table == "entries" and (lacking := {"ix_entries_item", *TRIGGERS} - there):
        foreign(f"lacks {', '.join(sorted(lacking))}")
    if any(row[6] for row in database.execute(f"PRAGMA table_xinfo({table})")):
        raise NoCase("a column of its table is computed", FORMAT)
    answer = database.execute("PRAGMA integrity_check(1)").fetchone()
    if answer is None or answer[0] != b"ok":
        foreign("is damaged")


def _tokens(sql: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", sql)


def decoded(cell: object) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else "" if cell is None else str(cell)


@dataclass(frozen=True)
class Row:
    ledger: str
    position: int
    item: str | None
    envelope: bytes
    nodes: bytes


@dataclass(frozen=True)
class Owner:
    """The key that the first record of a ledger names."""

    id: str
    key: ec.EllipticCurvePublicKey
    checkpoint_key: bytes

    @staticmethod
    def of(opening: Statement) -> "Owner":
        person = member(opening.body, OWNER[opening.kind])
        key = statement_key(member(person, "key"))
        return Owner(key_id(key), key, base64_bytes(member(person, "checkpoint_key"), 32))


class Ledger:
    """Where a ledger has got to: its tree, the next position, the batch that goes on."""

    def __init__(self, name: str, owner: Owner | None, belongs: bool = False) -> None:
        self.name = name
        self.owner = owner
        self.belongs = belongs
        self.tree = Tree()
        self.next = 0
        self.gap = False  # from here on no root can be computed
        self.batch: tuple[int, str] = (0, EMPTY_ROOT.hex())
        self.batch_known = True  # or a record is lost that may have begun it
        self.genuine: list[Statement] = []


class Records:
    """Goes through the rows of all ledgers, and keeps what is signed by whom it says and stands where it was signed."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.main: str | None = None  # the ledger that opens the case
        self.ledgers: dict[str, Ledger] = {}
        self.stamps: list[Statement] = []
        self.placed: dict[tuple[str, int], Statement] = {}  # what can be read, believed or not, by where it stands
        self.sizes: dict[str, int] = {}
        self.numbers: set[str] = set()  # that unbelieved records speak of, or that are missing between others
        self._ids: set[str] = set()

    def find_ledgers(self, database: sqlite3.Connection, told: Callable[[str], bool]) -> None:
        """Which ledger opens the case, which belong to it, and who owns each (10)."""
        names = [decoded(name) for (name,) in database.execute("SELECT DISTINCT ledger FROM entries ORDER BY ledger")]
        claims: dict[str, Statement] = {}
        for name, raw in database.execute("SELECT ledger, envelope FROM entries WHERE position = 0"):
            with suppress(Refused):
                claim = open_envelope(raw if isinstance(raw, bytes) else b"")
                if claim.kind in OWNER:
                    claims[decoded(name)] = claim

        def rank(name: str) -> tuple[bool, bool, str]:
            claim = claims.get(name)
            if claim is None or claim.kind != CASE_OPENED:
                return True, True, name
            return claim.ledger != name, not told(Owner.of(claim).id), name

        self.main = min(names, key=rank, default=None)
        opening = claims.get(self.main or "")
        for name in sorted(names, key=lambda one: (one != self.main, one)):
            belongs, opens = name == self.main, claims.get(name)
            if opens is not None and opening is not None and opens.kind == LEDGER_OPENED:
                belongs |= (opens.ledger, opens.case) == (name, opening.case)
            named = opens if belongs else opening  # the key that another ledger brings along is nobody's here
            self.ledgers[name] = Ledger(name, None if named is None else Owner.of(named), belongs)
            if not belongs:
                self.findings.failed("completeness", f"ledger {name[:16]}", "is none of this case")

    def rows(self, database: sqlite3.Connection) -> Iterator[Row]:
        """By ledger and position from 0, and at last what has no place in the order."""
        select = "SELECT ledger, position, item, envelope, nodes FROM entries ORDER BY ledger, position < 0, position"
        for ledger, position, item, envelope, nodes in database.execute(select):
            if not (isinstance(position, int) and isinstance(envelope, bytes) and isinstance(nodes, bytes)):
                self.findings.failed("completeness", "entries database", "a cell is of the wrong type")
                continue
            yield Row(decoded(ledger), position, None if item is None else decoded(item), envelope, nodes)

    def take(self, row: Row) -> None:
        ledger, at = self.ledgers[row.ledger], self.at(row.ledger, row.position)
        if row.position > ledger.next:
            what = f"{row.position - ledger.next} row(s) are missing from here on"
            self.findings.failed("completeness", self.at(row.ledger, ledger.next), what)
            ledger.gap = True
            self._lost(ledger, at)
        ledger.next = max(ledger.next, row.position + 1)  # a position below 0 is no place in the ledger
        self.sizes[row.ledger] = ledger.next
        leaf = sha256(b"\x00", row.envelope)
        try:
            statement = open_envelope(row.envelope)
        except Refused as bad:
            self.findings.failed("completeness", at, f"cannot be read as a record: {bad}")
            self.findings.failed("signers", at, "what cannot be read was signed by nobody")
            self.speaks_of(row.item)
            self._lost(ledger, at)
        else:
            self.placed[row.ledger, row.position] = statement
            if row.item is None and statement.kind == TIMESTAMPED:
                self.stamps.append(statement)
            self._judge(ledger, row, statement, at)
        if row.position >= 0:
            self._nodes(ledger, row, leaf, at)

    def at(self, ledger: str, position: int) -> str:
        return f"entry {position}" + ("" if ledger == self.main else f" of ledger {ledger[:16]}")

    def speaks_of(self, item: str | None) -> None:
        """An item of which nothing else may be known, if only its number."""
        with suppress(Refused):
            maybe(ITEM)(item, "", {})
            self.numbers |= {item} if item is not None else set()

    def _lost(self, ledger: Ledger, at: str) -> None:
        """A record that cannot be read, or is not there: it might have said anything."""
        ledger.batch_known = False
        for question in ("integrity", "signers", "time", "custody"):
            self.findings.open(question, at, "what stood here cannot be known")

    def _nodes(self, ledger: Ledger, row: Row, leaf: bytes, at: str) -> None:
        if ledger.gap:
            right = row.nodes[:32] == leaf and len(row.nodes) == 32 * _completed(row.position)
        else:
            right = ledger.tree.append(leaf) == row.nodes
        if not right:
            self.findings.failed("completeness", at, "its nodes are not the hashes that belong there")

    def _judge(self, ledger: Ledger, row: Row, statement: Statement, at: str) -> None:
        if statement.id in self._ids:
            self.findings.failed("completeness", at, "the same record stands here twice")
        self._ids.add(statement.id)
        in_place = (statement.ledger, statement.position) == (row.ledger, row.position)
        if in_place:
            filed = "people" if statement.kind in OF_REGISTER | OWNER.keys() else statement.item
            if row.item != filed:
                self.findings.failed("completeness", at, "its item column is not what the statement says")
            self._head(ledger, row.position, statement, at)
        else:
            self.findings.failed("completeness", at, "was signed for another place")
        signed = False
        if ledger.owner is None or statement.signer != ledger.owner.id:
            self.findings.failed("signers", at, "is signed by a key that does not own the ledger")
        elif not signature_holds(ledger.owner.key, statement.signature, statement.payload):
            self.findings.failed("signers", at, "its signature does not hold")
        else:
            signed = True
        if not signed:
            self.speaks_of(row.item)
        if signed and in_place and ledger.belongs:
            ledger.genuine.append(statement)
        else:
            self.speaks_of(statement.item)

    def _head(self, ledger: Ledger, place: int, statement: Statement, at: str) -> None:
        """A batch begins with a head of its own position; the others repeat that head (5)."""
        size, root = statement.head
        if size == place:
            ledger.batch, ledger.batch_known = statement.head, True
            if ledger.gap:
                self.findings.open("completeness", at, "the history before it is not all there to compare")
            elif ledger.tree.root(place).hex() != root:
                self.findings.failed("completeness", at, "was signed after another history than the one before it")
        elif size > place or (ledger.batch_known and (statement.head != ledger.batch or place - size >= MAX_BATCH)):
            self.findings.failed("completeness", at, "does not belong to the batch in which it stands")


# --- 9. Replaying the ledgers ----------------------------------------------------------------------------------------


class Broken(Exception):
    """A rule of custody is broken: the statement changes nothing."""


class Undecided(Broken):
    """What it refers to is not here."""


def unless(holds: object, broken: str) -> None:
    if not holds:
        raise Broken(broken)


@dataclass
class Member:
    """A key of the case, and for which person it speaks: the key id under which they came."""

    person: str
    label: str | None
    ledger: str | None
    enrolled_by: str | None = None  # nobody: of one who opened a ledger
    identified: object = None
    revoked_by: str | None = None
    seen: int = 0
    compromised: str | None = None  # since when


@dataclass
class Item:
    """An item after what was said of it so far. Collector, holder, receiver and keepers are persons."""

    number: str
    statement: Statement
    collector: str
    holder: str | None
    chain: list[str]
    keepers: set[str]
    gone: str | None = None
    offer: tuple[str, str, bool] | None = None  # the release, the receiver, whether the giver keeps a copy
    received: bool = False
    papers: dict[str, list[str]] = field(default_factory=dict)  # a release: its giver, then who linked its receipt
    gaps: int = 0
    in_place: bool = False


def refers_to(statement: Statement) -> list[str]:
    """The ids of what is taken before this statement, if it is here."""
    further = None
    if statement.kind == COLLECTED and statement.body["derived_from"] is not None:
        further = str(member(statement.body, "derived_from", "record"))
    elif statement.kind == RECEIPTED:
        further = str(statement.body["record"])
    elif statement.kind in (ERASED, EXPORTED):
        further = str(statement.body["statement"])
    return [one for one in (statement.people, statement.prev, further) if one is not None]


def in_order(ledgers: list[list[Statement]]) -> Iterator[Statement]:
    """The statements of these ledgers, which are given by ascending id, in the one order of replay."""
    waiting = {statement.id for statements in ledgers for statement in statements}
    streams = [statements[::-1] for statements in ledgers]
    while streams := [one for one in streams if one]:
        took = False
        for stream in streams:
            while stream and waiting.isdisjoint(refers_to(stream[-1])):
                took = True
                waiting.discard(stream[-1].id)
                yield stream.pop()
        if not took:
            waiting.discard(streams[0][-1].id)
            yield streams[0].pop()


class History:
    """What the statements that hold establish, under the rules of 7, 8 and 9."""

    def __init__(self, records: Records, openings: "Openings", findings: Findings, *, extract: bool = False) -> None:
        self._extract = extract  # each item is here with its whole history or not at all (12)
        self._records = records
        self._openings = openings
        self._findings = findings
        self.case: str | None = None
        self.leads: list[tuple[int, str]] = []  # from which place of the register on which key had the lead
        self.items: dict[str, Item] = {}
        self.members: dict[str, Member] = {}
        self.owners: dict[str, str] = {}  # of ledgers that were opened: key ids
        self.erased: set[tuple[str, str]] = set()
        self.last: dict[str, int] = {}  # the position of the last believed record of each ledger
        self.vouched: list[Statement] = []
        self.believed: list[Statement] = []
        self.sightings: list[tuple[str, int, str, int]] = []  # who saw, where that stands, whose ledger, how much
        self.insiders: set[object] = set()  # cosignature keys
        self._opening: dict[str, Statement] = {}  # the accepted records that open ledgers, by id
        self.reported: list[Statement] = []
        self._reports: dict[str, dict[int, tuple[int, str]]] = {}  # by ledger and number: newest version, its statement
        self._policies: list[tuple[int, Any]] = []  # from which place of the register on what is demanded
        self._register: dict[str, int] = {}  # the place of each accepted statement in its chain
        self._newest: str | None = None
        self._deputies: list[str] = []
        self._judged: dict[str, str] = {}  # what is wrong with a statement of the register, or nothing
        self._counters: dict[str, int] = {}
        self._taken: set[str] = set()
        self._said: dict[str, Statement] = {}  # about items, and believed
        self._undecided: set[str] = set()
        self._undecided_items: set[str] = set()
        self._unopened: set[str] = set()  # ledgers
        self._kinds: dict[str, Callable[[Statement], None]] = {
            CASE_OPENED: self._case_opened,
            LEDGER_OPENED: self._ledger_opened,
            MEMBER_ENROLLED: self._member_enrolled,
            MEMBER_REVOKED: self._member_revoked,
            MEMBER_REPLACED: self._member_replaced,
            LEAD_TAKEN_OVER: self._lead_taken_over,
            POLICY_SET: self._policy_set,
            COLLECTED: self._collected,
            ATTEMPTED: self._beside_items,
            REPORTED: self._reported,
            EXPORTED: self._exported,
            RELEASED: self._released,
            RECEIVED: self._received,
            DECLINED: self._declined,
            RELEASED_ON_PAPER: self._released_on_paper,
            RECEIPTED: self._receipted,
            EXAMINED: self._examined,
            CORRECTED: self._corrected,
            WITHDRAWN: self._withdrawn,
            DISPOSED: self._disposed,
            ERASED: self._erased,
            NOTED: self._noted,
            GAP_EXPLAINED: self._gap_explained,
            LEDGER_SEEN: self._ledger_seen,
            RESTORED: self._restored,
            TIMESTAMPED: self._vouched_for,
            COSIGNED: self._cosigned,
        }

    def replay(self) -> None:
        ledgers = sorted((one for one in self._records.ledgers.values() if one.belongs), key=lambda one: one.name)
        statements = [one.genuine for one in ledgers]
        self._fold_register([one for some in statements for one in some if one.kind in OF_REGISTER | {CASE_OPENED}])
        openings = [one for some in statements for one in some if one.kind == LEDGER_OPENED]
        for statement in sorted(openings, key=lambda one: (not self._is_enrolled(one.signer), one.ledger)):
            self._judge_early(statement)
        for statement in in_order(statements):
            at = self._records.at(statement.ledger, statement.position)
            try:
                if broken := self._judged.get(statement.id):
                    raise (Undecided if statement.id in self._undecided else Broken)(broken)
                if statement.id not in self._judged:
                    self._fold(statement)
            except Undecided as bad:
                self._findings.open("custody", at, f"refers to what is not here: {bad}")
                if statement.kind == LEDGER_OPENED:
                    self._findings.open("signers", at, "opened a ledger after a register that is not here")
                self._records.speaks_of(statement.item)
            except Broken as bad:
                self._findings.failed("custody", at, f"breaks a rule: {bad}")
                self._records.speaks_of(statement.item)
            else:
                self._compare(statement, at)
        self._tell_people()
        self._tell_items()

    def _fold_register(self, statements: list[Statement]) -> None:
        """7: the chain, one link after another."""
        after: dict[str | None, list[Statement]] = {}
        for statement in statements:
            after.setdefault(statement.people, []).append(statement)

        def rank(one: Statement) -> tuple[bool, int, str]:
            if one.kind == LEAD_TAKEN_OVER and one.signer in self._deputies:
                return False, self._deputies.index(one.signer), one.id
            return True, one.position, one.id

        linked: list[str | None] = [None]
        while linked:
            following = sorted((one for link in linked for one in after.pop(link, [])), key=rank)
            linked = []
            linked += [one.id for one in following if self._judge_early(one)]
        unlinked = {one.id: one for some in after.values() for one in some}
        open_ends = [one for one in after if one not in unlinked and self._absent(one)]
        found = dict.fromkeys(unlinked, "it does not follow the newest statement of the register")
        while open_ends:
            for statement in after.get(open_ends.pop(), []):
                try:
                    self._fold(statement)
                except Undecided as bad:
                    open_ends.append(statement.id)
                    found[statement.id] = str(bad)
                except Broken as bad:
                    found[statement.id] = str(bad)
        self._judged.update(found)

    def _absent(self, reference: str | None) -> bool:
        if reference is None or reference in self._judged:
            return reference in self._undecided
        return reference in self._undecided or reference not in self._taken

    def _judge_early(self, statement: Statement) -> bool:
        try:
            self._fold(statement)
        except Broken as bad:
            self._judged[statement.id] = str(bad)
        else:
            self._judged[statement.id] = ""
        return not self._judged[statement.id]

    def _is_enrolled(self, key: str) -> bool:
        return key in self.members and self.members[key].enrolled_by is not None

    @property
    def lead(self) -> str | None:
        return self.leads[-1][1] if self.leads else None

    # What every statement must do.

    def _fold(self, statement: Statement) -> None:
        self._taken.add(statement.id)
        try:
            self._follow(statement)
        except Undecided:
            self._undecided.add(statement.id)
            if statement.kind == COLLECTED and statement.item is not None:
                self._undecided_items.add(statement.item)
            if statement.kind == LEDGER_OPENED:
                self._unopened.add(statement.ledger)
            raise

    def _follow(self, statement: Statement) -> None:
        if self.case is None:
            unless(statement.kind == CASE_OPENED, "nothing comes before the record that opens the case")
        else:
            unless(statement.case == self.case, "it is of another case")
            known = statement.people in self._register
            unless(known or self._absent(statement.people), "it names another register")
            if statement.kind != LEDGER_OPENED:
                self._check_signer(statement, known)
            if not known:
                others = [one for one in self._deputies if one != self.lead]
                writes = statement.signer in others or statement.kind not in OF_REGISTER
                unless(
                    writes and (statement.signer != self.lead or others), "its signer would have written that register"
                )
                if statement.kind == LEDGER_OPENED:
                    self._may_open(statement)
                raise Undecided("the register that its signer knew")
        if statement.kind in self._kinds:
            self._kinds[statement.kind](statement)
        if statement.item is not None:
            self._said[statement.id] = statement

    def _check_signer(self, statement: Statement, known: bool) -> None:
        signer = self.members.get(statement.signer)
        nobody = Undecided if statement.ledger in self._unopened else Broken
        if signer is None:
            raise nobody("its signer is not enrolled")
        item = self.items.get(statement.item or "")
        mine = item is None or item.collector == signer.person
        unless(
            not known or signer.enrolled_by is not None or mine, "who is not enrolled has no say in the items of others"
        )
        unless(signer.revoked_by is None or statement.position < signer.seen, "its signer's key was revoked")
        early = statement.kind in OF_REGISTER and signer.ledger in (None, statement.ledger)
        if not early and self.owners.get(statement.ledger) != statement.signer:
            raise nobody("its signer did not open this ledger")

    def _person(self, key: str) -> str:
        return self.members[key].person

    # 7. The register.

    def _case_opened(self, statement: Statement) -> None:
        unless(self.case is None, "a case is opened once")
        owner, body = Owner.of(statement), statement.body
        nonce = str(body["nonce"])
        case = chained_id("custody-case/v1", owner.id, nonce)
        unless((statement.position, statement.signer) == (0, owner.id), "a case is opened first, and by its lead")
        ids = (case, chained_id("custody-ledger/v1", case, owner.id, nonce))
        unless((statement.case, statement.ledger) == ids, "its ids do not follow from its key and nonce")
        nothing = (statement.item, statement.prev, statement.people) == (None, None, None)
        unless(nothing, "item, prev and people are not null")
        self.case = case
        self._opening[statement.id] = statement
        self.owners[statement.ledger] = owner.id
        self._link(statement)
        self._policies.append((0, body["policy"]))
        self.leads.append((0, owner.id))
        self.members[owner.id] = Member(owner.id, str(body["label"]), statement.ledger, statement.id)
        deputies = body["deputies"]
        assert isinstance(deputies, list)
        for deputy in deputies:
            key = key_id(statement_key(member(deputy, "key")))
            self._deputies.append(key)
            self.members[key] = Member(key, None, None, statement.id)

    def _may_open(self, statement: Statement) -> None:
        owner, label = Owner.of(statement), str(statement.body["label"])
        unless((statement.position, statement.signer) == (0, owner.id), "a ledger is opened first, and by its owner")
        name = chained_id("custody-ledger/v1", statement.case, owner.id, str(statement.body["nonce"]))
        unless(statement.ledger == name, "its ledger does not follow from its key and nonce")
        unless((statement.item, statement.prev) == (None, None), "item and prev are not null")
        unless(owner.id not in self.owners.values(), "its signer has another ledger")
        known = self.members.get(owner.id)
        if known is not None:
            unless(known.ledger in (None, name), "its signer was enrolled with another ledger")
            unless(known.label in (None, label), "its signer was enrolled with another label")
        unless(not self._has_label(label, owner.id), "its label is somebody else's")

    def _ledger_opened(self, statement: Statement) -> None:
        self._may_open(statement)
        owner, label, name = Owner.of(statement), str(statement.body["label"]), statement.ledger
        self._opening[statement.id] = statement
        self.owners[name] = owner.id
        mine = self.members.setdefault(owner.id, Member(owner.id, label, name))
        mine.label, mine.ledger = label, name

    def _policy_set(self, statement: Statement) -> None:
        self._check_register(statement)
        self._link(statement)
        self._policies.append((self._register[statement.id], statement.body["policy"]))

    def _demands(self, statement: Statement) -> dict[str, Any]:
        """What the policy that the signer knew demands."""
        known = self._register[statement.people or ""]
        policy = [policy for since, policy in self._policies if since <= known][-1]
        return policy or {"fields": [], "digests": [], "roles": False, "timestamps": False}

    def _check_role(self, statement: Statement) -> None:
        unless(statement.body["role"] is not None or not self._demands(statement)["roles"], "a role is demanded")

    def _member_enrolled(self, statement: Statement) -> None:
        self._check_register(statement)
        self._check_role(statement)
        key = self._check_newcomer(statement)
        self._link(statement)
        self.members[key] = self._newcomer(statement, key)

    def _member_revoked(self, statement: Statement) -> None:
        self._check_register(statement)
        key = str(statement.body["key"])
        self._check_counts(key)
        unless(key != self.lead, "the lead's key is revoked by a deputy")
        self._link(statement)
        self._revoke(key, statement)

    def _member_replaced(self, statement: Statement) -> None:
        self._check_register(statement)
        old = str(statement.body["old"])
        self._check_counts(old)
        unless(old != self.lead, "the lead's key is replaced by a deputy")
        self._check_role(statement)
        key = self._check_newcomer(statement)
        self._link(statement)
        self._revoke(old, statement)
        self.members[key] = self._newcomer(statement, self._person(old))

    def _lead_taken_over(self, statement: Statement) -> None:
        unless(statement.signer in self._deputies, "only a deputy takes the lead over")
        unless(statement.signer != self.lead, "its signer has the lead already")
        self._check_counts(statement.signer)
        self._check_register(statement, by_lead=False)
        assert self.lead is not None
        self._link(statement)
        self._revoke(self.lead, statement)
        self.members[statement.signer].ledger = statement.ledger
        self.leads.append((self._register[statement.id], statement.signer))

    def _check_register(self, statement: Statement, by_lead: bool = True) -> None:
        unless((statement.item, statement.prev) == (None, None), "a statement of the register is about no item")
        unless(not by_lead or statement.signer == self.lead, "only the lead writes in the register")
        unless(statement.people == self._newest, "it does not follow the newest statement of the register")

    def _check_counts(self, key: str) -> None:
        known = self.members.get(key)
        unless(known and known.enrolled_by is not None and known.revoked_by is None, "that key does not count")

    def _check_newcomer(self, statement: Statement) -> str:
        key = key_id(statement_key(member(statement.body, "member", "key")))
        enrolled = {one: known for one, known in self.members.items() if known.enrolled_by is not None}
        unless(key not in enrolled, "that key was enrolled before")
        taken = [one for known in enrolled.values() for one in (known.label, known.ledger)]
        unless(statement.body["label"] not in taken, "that label is somebody else's")
        unless(statement.body["ledger"] not in taken, "that ledger is somebody else's")
        return key

    def _newcomer(self, statement: Statement, person: str) -> Member:
        label, ledger = str(statement.body["label"]), str(statement.body["ledger"])
        return Member(person, label, ledger, statement.id, statement.body["identified"])

    def _revoke(self, key: str, statement: Statement) -> None:
        seen, known = statement.body["seen"], self.members[key]
        assert isinstance(seen, int)
        known.revoked_by, known.seen = statement.id, seen
        since = statement.body["compromised_since"]
        known.compromised = None if since is None else str(since)

    def _link(self, statement: Statement) -> None:
        self._register[statement.id] = len(self._register)
        self._newest = statement.id

    def _has_label(self, label: str, but: str) -> bool:
        return any(known.label == label for key, known in self.members.items() if key != but)

    # 8. What is about no item.

    def _beside_items(self, statement: Statement) -> None:
        unless((statement.item, statement.prev) == (None, None), "such a record is about no item")

    def _reported(self, statement: Statement) -> None:
        self._beside_items(statement)
        body = statement.body
        size, number, version = body["checkpoint_size"], body["number"], body["version"]
        assert isinstance(size, int)
        assert isinstance(number, int)
        assert isinstance(version, int)
        unless(size <= statement.position, "the report states more records than there were")
        known = self._reports.setdefault(statement.ledger, {})
        if body["supersedes"] is None:
            unless(number == len(known) + 1, "the number of a report is not the next")
        else:
            newest = known.get(number, (0, ""))
            unless((version - 1, body["supersedes"]) == newest, "the report is no next version")
        known[number] = (version, statement.id)
        self.reported.append(statement)

    def _ledger_seen(self, statement: Statement) -> None:
        self._beside_items(statement)
        unless(statement.ledger not in (name for name, _, _ in seen_heads(statement)), "a ledger vouches for itself")

    def _restored(self, statement: Statement) -> None:
        self._beside_items(statement)
        size = statement.body["backup_size"]
        assert isinstance(size, int)
        unless(size <= statement.position, "a backup of what came after it")

    def _vouched_for(self, statement: Statement) -> None:
        self._beside_items(statement)
        size = statement.body["size"]
        assert isinstance(size, int)
        unless(1 <= size <= statement.position, "others vouch for nothing, or for what came after it")

    def _cosigned(self, statement: Statement) -> None:
        self._vouched_for(statement)
        body = statement.body
        root = base64.b64encode(bytes.fromhex(str(body["root"]))).decode()
        message = f"cosignature/v1\ntime {body['time']}\ncustody/{statement.ledger}\n{body['size']}\n{root}\n"
        try:
            key = ed25519.Ed25519PublicKey.from_public_bytes(base64_bytes(body["key"], 32))
            key.verify(base64_bytes(body["signature"], 64), message.encode())
        except (InvalidSignature, ValueError) as bad:
            raise Broken("its cosignature does not hold") from bad

    # 8. Items: acts.

    def _collected(self, statement: Statement) -> None:
        label, _, counter = (statement.item or "").partition("-")
        number, body = statement.item, statement.body
        if number is None or label != self.members[statement.signer].label or statement.prev is not None:
            raise Broken("an item is taken in under the signer's own label, and first in its chain")
        unless(int(counter) > self._counters.get(label, 0), "its number was given before")
        sealed_there = isinstance(body["digest"], dict)
        unless(body["form"] != "text" or sealed_there, "a typed text seals its digest")
        unless(body["extra_digests"] is None or not sealed_there, "extra digests show what is sealed")
        handling, digests = body["handling"], body["extra_digests"] or {}
        assert isinstance(handling, dict)
        assert isinstance(digests, dict)
        demands, told = self._demands(statement), body | dict(handling)
        unless(all(told[name] is not None for name in demands["fields"]), "it lacks a field that is demanded")
        if body["form"] == "file" and not sealed_there:
            unless(all(digests.get(name) for name in demands["digests"]), "it lacks a digest that is demanded")
        if body["derived_from"] is not None:
            record = str(member(body, "derived_from", "record"))
            if not self._left_out(str(member(body, "derived_from", "item")), record):
                parent = self._item(str(member(body, "derived_from", "item")), record, statement)
                unless(parent.chain[0] == record, "there is nothing that it derives from")
        self._counters[label] = int(counter)
        person = self._person(statement.signer)
        self.items[number] = Item(number, statement, person, person, [statement.id], {person})

    def _was_enrolled(self, key: str, statement: Statement) -> bool:
        """Whether the register as the signer knew it had enrolled this key."""
        by = self.members[key].enrolled_by if key in self.members else None
        return by is not None and self._register[by] <= self._register[statement.people or ""]

    def _released(self, statement: Statement) -> None:
        item = self._by_holder(statement)
        body, known = statement.body, self._register[statement.people or ""]
        unless(self._was_enrolled(str(body["to"]), statement), "the receiver was not enrolled")
        receiver = self.members[str(body["to"])]
        revoked = receiver.revoked_by is not None and self._register[receiver.revoked_by] <= known
        unless(not revoked, "the receiver's key was revoked")
        unless(receiver.person != item.holder, "nobody hands over to themselves")
        unless(statement.act is not None, "a release belongs to an offer")
        self._same_digest(statement, item)
        self._acted(item, statement)
        item.offer = (statement.id, receiver.person, body["keeps_copy"] is True)

    def _received(self, statement: Statement) -> None:
        item, (_, receiver, keeps_copy) = self._offered(statement)
        self._same_digest(statement, item)
        if not keeps_copy:
            item.keepers.discard(item.holder or "")
        item.keepers.add(receiver)
        item.holder, item.offer, item.received = receiver, None, True
        item.chain.append(statement.id)

    def _declined(self, statement: Statement) -> None:
        item, _ = self._offered(statement)
        item.offer = None
        item.chain.append(statement.id)

    def _released_on_paper(self, statement: Statement) -> None:
        item = self._by_holder(statement)
        unless(statement.act is not None, "a release belongs to a hand-over")
        self._same_digest(statement, item)
        self._acted(item, statement)
        item.papers[statement.id] = [self._person(statement.signer)]
        if statement.body["keeps_copy"] is not True:
            item.keepers.discard(item.holder or "")
            item.holder, item.gone = None, "went on paper"

    def _examined(self, statement: Statement) -> None:
        item = self._by_holder(statement)
        self._same_digest(statement, item)
        self._acted(item, statement)

    def _withdrawn(self, statement: Statement) -> None:
        item = self._by_holder(statement)
        first = not item.received and not item.papers and item.collector == self._person(statement.signer)
        unless(first, "only its collector withdraws an item, before any hand-over")
        self._acted(item, statement)
        item.gone = "was withdrawn"

    def _disposed(self, statement: Statement) -> None:
        item, witness = self._by_holder(statement, withdrawn=True), statement.body["witness"]
        if witness is not None:
            unless(self._was_enrolled(str(witness), statement), "the witness is not of this case")
            unless(self._person(str(witness)) != self._person(statement.signer), "nobody witnesses their own act")
        self._acted(item, statement)
        item.gone = "was disposed of"

    def _there(self, statement: Statement, *, withdrawn: bool = False) -> Item:
        item = self._item(statement.item, statement.prev, statement)
        unless(not item.gone or (withdrawn and item.gone == "was withdrawn"), f"the item {item.gone}")
        if statement.prev != item.chain[-1]:
            self._unfollowed(item, statement)
        return item

    def _item(self, number: str | None, reference: str | None, statement: Statement) -> Item:
        """An item, of whose history `reference` is said to be."""
        if (item := self.items.get(number or "")) is not None:
            return item
        unless(number is not None and self._absent(reference), "there is no such item")
        label, _, counter = (number or "").partition("-")
        if reference not in self._undecided and number not in self._undecided_items:
            unless(not self._extract, "its item is left out")
            unless(self.members[statement.signer].label != label, "there is no such item of the signer's own")
            unless(int(counter) > self._counters.get(label, 0), "there is no such item below a later one")
        raise Undecided("its item")

    def _left_out(self, number: str, record: str) -> bool:
        """Whether another item, of which nothing here speaks, may be withheld."""
        return self._extract and number not in self.items and record not in self._judged and record not in self._taken

    def _unfollowed(self, item: Item, statement: Statement) -> NoReturn:
        """`prev` is not where it should be in the chain."""
        unless(self._absent(statement.prev), "it does not follow the newest act on the item, or any")
        if statement.prev not in self._undecided:
            unless(not self._extract, "what it follows is left out")
            unless(item.gone not in ("went on paper", "was disposed of"), f"the item {item.gone}")
            next_one = item.offer[1] if item.offer is not None else item.holder
            keys = [one for one in self.members.values() if one.person == next_one]
            own = next_one == self._person(statement.signer) and len(keys) == 1
            unless(not own, "it follows an act that would be the signer's own")
        if statement.kind in (RELEASED, RECEIVED, RELEASED_ON_PAPER, EXAMINED):
            self._same_digest(statement, item)
        raise Undecided("what it follows on its item")

    def _by_holder(self, statement: Statement, *, withdrawn: bool = False) -> Item:
        item = self._there(statement, withdrawn=withdrawn)
        known = self._register[statement.people or ""]
        unless(item.offer is None or self._has_left(item.offer[1], known), "the item is offered to somebody")
        instead = statement.signer == self._lead_at(known) and self._has_left(item.holder, known)
        unless(instead or item.holder == self._person(statement.signer), "the item is held by somebody else")
        return item

    def _acted(self, item: Item, statement: Statement) -> None:
        """What every act by the holder does: nothing is offered any more, and it may have been the lead's instead."""
        item.in_place = item.in_place or item.holder != self._person(statement.signer)
        item.offer = None
        item.chain.append(statement.id)

    def _has_left(self, person: str | None, known: int) -> bool:
        """Whether all keys of a person were revoked by this place of the register."""
        keys = [one for one in self.members.values() if one.person == person]
        return bool(keys) and all(
            one.revoked_by is not None and self._register[one.revoked_by] <= known for one in keys
        )

    def _lead_at(self, known: int) -> str:
        return [key for since, key in self.leads if since <= known][-1]

    def _offered(self, statement: Statement) -> tuple[Item, tuple[str, str, bool]]:
        item = self._there(statement)
        if item.offer is None or statement.prev != item.offer[0]:
            raise Broken("the item is not offered to anybody")
        unless(item.offer[1] == self._person(statement.signer), "the item is offered to somebody else")
        return item, item.offer

    def _same_digest(self, statement: Statement, item: Item) -> None:
        here, recorded = statement.body["digest"], item.statement.body["digest"]
        if isinstance(here, str) or isinstance(recorded, str):
            unless(here == recorded, "its digest is not the item's, or is not sealed as that is")

    # 8. Items: remarks.

    def _remark(self, statement: Statement) -> Item:
        item = self._item(statement.item, statement.prev, statement)
        if statement.prev not in item.chain:
            self._unfollowed(item, statement)
        return item

    def _noted(self, statement: Statement) -> None:
        (self._beside_items if statement.item is None else self._remark)(statement)

    def _gap_explained(self, statement: Statement) -> None:
        self._remark(statement).gaps += 1

    def _corrected(self, statement: Statement) -> None:
        item = self._remark(statement)
        unless(statement.body["statement"] == item.chain[0], "only the record that collected the item is corrected")
        unless(self._person(statement.signer) == item.collector, "only its collector corrects it")

    def _receipted(self, statement: Statement) -> None:
        item, body = self._remark(statement), statement.body
        unless(statement.prev == body["release"] and statement.prev in item.papers, "it hangs on no release on paper")
        if not self._left_out(str(body["paper"]), str(body["record"])):
            paper = self._item(str(body["paper"]), str(body["record"]), statement)
            unless(paper.chain[0] == body["record"], "there is no such paper")
            unless(paper is not item, "an item is not its own receipt")
        giver, *linked = item.papers[statement.prev or ""]
        if not linked or linked == [giver]:  # the first counts, and before it the first that is not the giver's own
            item.papers[statement.prev or ""] = [giver, self._person(statement.signer)]

    def _erased(self, statement: Statement) -> None:
        item, name = self._remark(statement), str(statement.body["field"])
        told = str(statement.body["statement"])
        meant = self._said.get(told)
        if meant is None or meant.item != item.number:
            raise (Undecided if self._absent(told) else Broken)("only fields of records about the item are erased")
        unless(name in meant.seals and name not in NOT_ERASED, "no such field is erased")
        lead = self._lead_at(self._register[statement.people or ""])
        entitled = statement.signer == lead or self._person(statement.signer) == self._person(meant.signer)
        unless(entitled, "only who signed it or the lead erases a field")
        self.erased.add((meant.id, name))

    def _exported(self, statement: Statement) -> None:
        self._beside_items(statement)
        opening, fields = self._opening.get(str(statement.body["statement"])), statement.body["fields"]
        assert isinstance(fields, list)
        if opening is None:
            raise Broken("what it opens is no record that opened a ledger")
        unless(opening.signer == statement.signer, "what it opens is somebody else's")
        unless(all(name in opening.seals for name in fields), "what it opens is not sealed there")

    # What a believed statement is compared with.

    def _compare(self, statement: Statement, at: str) -> None:
        body, findings = statement.body, self._findings
        self.last[statement.ledger] = max(statement.position, self.last.get(statement.ledger, 0))
        people = [body[name] for name in ("lead", "member") if name in body and isinstance(body[name], dict)]
        deputies = body.get("deputies")
        for one in [*people, *(deputies if statement.kind == CASE_OPENED and isinstance(deputies, list) else ())]:
            self.insiders.add(member(one, "cosignature_key"))
        if statement.kind in (TIMESTAMPED, COSIGNED):
            self.vouched.append(statement)
        self.believed.append(statement)
        other = {COLLECTED: body.get("derived_from"), RECEIPTED: body}.get(statement.kind)
        if isinstance(other, dict):
            name = str(other.get("item", other.get("paper")))
            if self._left_out(name, str(other["record"])):
                findings.open("custody", at, f"{name}, to which it refers, is left out")
        if statement.kind == REPORTED:
            own = self._records.ledgers[statement.ledger]
            self._compare_root(own, body["checkpoint_size"], body["checkpoint_root"], at)
        elif statement.kind in (RELEASED, RECEIVED, RELEASED_ON_PAPER, EXAMINED):
            recorded = self._openings.value(self.items[statement.item or ""].statement, "/digest")
            here = self._openings.value(statement, "/digest")
            if None not in (recorded, here) and recorded != here:
                findings.failed("custody", at, "its sealed digest is not the one that was recorded")
        elif statement.kind == LEDGER_SEEN and self.members[statement.signer].enrolled_by is not None:
            for name, size, root in seen_heads(statement):
                ledger = self._records.ledgers.get(name)
                if ledger is None or not ledger.belongs or ledger.next < size:
                    findings.open("completeness", at, f"has seen more of ledger {name[:16]} than is here")
                elif self._compare_root(ledger, size, root, at):
                    self.sightings.append((statement.ledger, statement.position, name, size))
        elif statement.kind == RESTORED:
            findings.open("completeness", at, "goes on from a backup")
        elif statement.kind not in KINDS:
            for question in ("signers", "custody"):
                findings.open(question, at, f"is of an unknown kind, {statement.kind}")

    def _compare_root(self, ledger: Ledger, size: object, root: object, at: str) -> bool:
        assert isinstance(size, int)
        if not ledger.tree.knows(size):
            self._findings.open("completeness", at, "the root that it tells of cannot be compared")
            return False
        if ledger.tree.root(size).hex() != root:
            self._findings.failed("completeness", at, f"tells of a root that ledger {ledger.name[:16]} never had")
            return False
        return True

    def _tell_people(self) -> None:
        for key, known in self.members.items():
            at, found = f"key {key[:16]}", self._findings
            if known.enrolled_by is None:
                found.open("signers", at, "opened a ledger, and is not enrolled")
            if known.identified == "not-checked":
                found.open("signers", at, "was enrolled without asking whose key it is")
            ledger = self._records.ledgers.get(known.ledger or "")
            if known.enrolled_by is not None and known.ledger is not None and not (ledger and ledger.belongs):
                found.open("completeness", at, "was enrolled with a ledger that is not here")

    def tell_compromised(self, before: Callable[[str, datetime], bool]) -> None:
        """`before` says whether all records of a ledger existed before a moment."""
        for key, known in self.members.items():
            if known.compromised and not before(known.ledger or "", datetime.fromisoformat(known.compromised)):
                for question in ("signers", "custody"):
                    self._findings.open(question, f"key {key[:16]}", "is said to have been in other hands")

    def _tell_items(self) -> None:
        given: dict[str, set[int]] = {}
        for name in {*self.items, *self._undecided_items}:
            label, _, number = name.partition("-")
            given.setdefault(label, set()).add(int(number))
        for item in self.items.values():
            if item.offer is not None:
                self._findings.open("custody", item.number, "is offered, and nobody answered")
            if not item.gone and self._has_left(item.holder, len(self._register)):
                self._findings.open("custody", item.number, "is held by somebody who has left")
            if item.in_place:
                self._findings.open("custody", item.number, "the lead acted in place of a holder who had left")
            for giver, *linked in item.papers.values():
                form = "by the giver" if linked == [giver] else "by another member" if linked else "by nobody"
                self._findings.open("custody", item.number, f"went to somebody on paper; its receipt is linked {form}")
            if item.gaps:
                self._findings.open("custody", item.number, "a gap of its history is explained in words")
        for label, counters in () if self._extract else given.items():
            before = 0
            for counter in sorted(counters):
                if counter > before + 1:
                    what = f"no believable record has this number, but {label}-{counter}"
                    self._findings.failed("completeness", f"{label}-{before + 1}", what)
                    last = min(counter, before + 1 + MAX_MISSING)
                    self._records.numbers.update(f"{label}-{between}" for between in range(before + 1, last))
                before = counter


def seen_heads(statement: Statement) -> list[tuple[str, int, str]]:
    heads = statement.body["ledgers"]
    assert isinstance(heads, list)
    return [(head["ledger"], head["size"], head["root"]) for head in heads]


def _completed(position: int) -> int:
    """How many perfect subtrees, the leaf among them, the leaf at a position completes."""
    return ((position + 1) & -(position + 1)).bit_length()


# --- 7. Openings -----------------------------------------------------------------------------------------------------


class Openings:
    """Checks every row of the openings against the record at its place, and keeps what they open."""

    def __init__(self, records: Records, findings: Findings) -> None:
        self._placed = records.placed
        self._sizes = records.sizes
        self._there: set[tuple[str, str]] = set()
        self._findings = findings
        self._opened: dict[tuple[str, str], object] = {}
        self._digests: dict[tuple[str, str, str], set[bytes]] | None = None
        self._left: dict[tuple[str, int], int] = {}

    def value(self, statement: Statement, pointer: str) -> object:
        return self._opened.get((statement.id, pointer))

    def read(self, database: sqlite3.Connection) -> None:
        for ledger, position, pointer, salt, raw in database.execute(
            "SELECT ledger, position, pointer, salt, value FROM openings"
        ):
            place = (decoded(ledger), position if isinstance(position, int) else -1)
            at = f"opening {place[0][:16]} {place[1]} {decoded(pointer)[:80]}"
            if not isinstance(salt, bytes) or not isinstance(raw, bytes):
                wrong = "is of the wrong type"
            elif place in self._placed:
                wrong = self._row(self._placed[place], decoded(pointer), salt, raw)
            else:
                wrong = self._stray(place, decoded(pointer), salt, raw, at)
            if wrong:
                self._findings.failed("completeness", at, wrong)

    def count_missing(self, erased: set[tuple[str, str]]) -> None:
        for statement in self._placed.values():
            for pointer in statement.seals:
                at, field = f"entry {statement.position}", (statement.id, pointer)
                if field in erased and field in self._there:
                    self._findings.failed("completeness", at, f"{pointer} was erased, and is there all the same")
                elif statement.kind in OWNER and pointer == LEGAL_NAME and field not in self._there:
                    continue  # it is for its owner alone
                elif field not in erased and field not in self._opened:
                    self._findings.open("completeness", at, f"nothing opens {pointer}")

    def _row(self, statement: Statement, pointer: str, salt: bytes, raw: bytes) -> str:
        if len(salt) != 16 or len(raw) > MAX_OPENING:
            return "salt or value is not of its size"
        if pointer not in statement.seals:
            return "the record seals no such field"
        self._there.add((statement.id, pointer))
        digest, check = statement.seals[pointer]
        if seal(statement.case, statement.kind, pointer, salt, raw) != digest:
            return "is not the value that was sealed"
        try:
            value = read_json(raw)
            check(value, pointer, {})
        except Refused as bad:
            return f"opens to what such a field cannot hold: {bad}"
        self._opened[statement.id, pointer] = value
        return ""

    def _sealed(self) -> dict[tuple[str, str, str], set[bytes]]:
        """The digests of all sealed fields, by case, type of the body and pointer."""
        if self._digests is None:
            self._digests = {}
            for statement in self._placed.values():
                for pointer, (digest, _) in statement.seals.items():
                    self._digests.setdefault((statement.case, statement.kind, pointer), set()).add(digest)
        return self._digests

    def _stray(self, place: tuple[str, int], pointer: str, salt: bytes, raw: bytes, at: str) -> str:
        """A row where no readable record stands (10)."""
        ledger, position = place
        if ledger not in self._sizes or position < 0 or position >= self._sizes[ledger] + MAX_BATCH:
            return "lies at a place that no record can have"
        self._left[place] = self._left.get(place, 0) + 1
        if self._left[place] > MAX_LEFT:
            return "lies with more values than a record has"
        if "\0" in pointer or len(salt) != 16 or len(raw) > MAX_OPENING:
            return "can open nothing"
        if any(seal(*field, salt, raw) in digests for field, digests in self._sealed().items() if field[2] == pointer):
            return "opens a field of another record: it was moved"
        self._findings.open("completeness", at, "its record is not in the ledger")
        return ""


def seal(case: str, kind: str, pointer: str, salt: bytes, raw: bytes) -> bytes:
    opening = write_json(["custody-seal/v1", case, kind, pointer, base64.b64encode(salt).decode()])
    return sha256(opening[:-1].encode(), b",", raw, b"]")


# --- 11.4 Items and the evidence store -------------------------------------------------------------------------------


class Differs(Exception):
    """The evidence store does not hold what was recorded."""


class Gone(Differs):
    """There is nothing in the place of an object."""


class Unopened(Exception):
    """What was recorded is sealed, and nothing here opens it."""


@dataclass(frozen=True)
class Measured:
    size: int
    digests: dict[str, str]


class Evidence:
    """The objects of the store: opened without following links, measured once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._measured: dict[tuple[str, frozenset[str]], Measured] = {}
        self.named: set[str] = set()  # by any record

    def open(self, digest: str) -> BinaryIO:
        self.named.add(digest)
        place = self._folder / digest[:2] / digest
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            if any(stat.S_ISLNK(one.lstat().st_mode) for one in (self._folder, place.parent, place)):
                raise Differs(f"object {digest} is reached by a link")
            descriptor = os.open(place, flags)
        except FileNotFoundError as bad:
            raise Gone(f"object {digest} is not there") from bad
        except OSError as bad:
            raise Differs(f"object {digest}: {bad.strerror}") from bad
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Differs(f"object {digest} is no plain file")
        return os.fdopen(descriptor, "rb")

    def measure(self, digest: str, extra: frozenset[str] = frozenset()) -> Measured:
        """The object's size and digests, its name having been checked; raises Differs."""
        if (digest, extra) in self._measured:
            return self._measured[digest, extra]
        running = {name: hashlib.new(name, usedforsecurity=False) for name in ("sha256", *extra)}
        size = 0
        with self.open(digest) as file:
            try:
                while chunk := file.read(CHUNK):
                    size += len(chunk)
                    for one in running.values():
                        one.update(chunk)
            except OSError as bad:
                raise Differs(f"object {digest}: {bad.strerror}") from bad
        measured = Measured(size, {name: one.hexdigest() for name, one in running.items()})
        if measured.digests["sha256"] != digest:
            raise Differs(f"object {digest} is not what its name says")
        self._measured[digest, extra] = measured
        return measured

    def check(self, digest: str, size: object, extra: dict[str, str]) -> None:
        measured = self.measure(digest, frozenset(extra))
        if size is not None and measured.size != size:
            raise Differs(f"object {digest} has {measured.size} bytes, recorded are {size}")
        for name, wanted in extra.items():
            if measured.digests[name] != wanted:
                raise Differs(f"object {digest} has another {name}")

    def lines(self, digest: str) -> Iterator[bytes]:
        self.measure(digest)
        with self.open(digest) as file:
            while line := file.readline(MAX_LINE):
                if not line.endswith(b"\n"):
                    raise Differs(f"object {digest} has a line without an end")
                yield line

    def unrecorded(self) -> Iterator[str]:
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            for entry in sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else ():
                name = entry.name
                if re.fullmatch("[0-9a-f]{64}", name) and name[:2] == folder.name and name not in self.named:
                    yield name


FACTS = record(
    index=is_count,
    size=is_count,
    media_type=MEDIA_TYPE,
    media_type_from=one_of("content", "name", "nothing"),
    changed=maybe(is_time),
    created=maybe(is_time),
    modified=maybe(is_time),
    origin=maybe(FILE_ORIGIN),
    extra_digests=is_any,
)


def read_part(line: bytes) -> tuple[str, bytes]:
    """Digest and path of one line of a parts list (8), in its one spelling."""
    escaped = line.startswith(b"\\")
    found = re.fullmatch(rb"([0-9a-f]{64})  ([^\n\r]+)\n", line[1:] if escaped else line)
    if not found:
        raise Differs("a line of the parts list is not spelled as it must be")
    path = found[2]
    if escaped != (b"\\" in path) or re.search(rb"\\(?![\\nr])", path.replace(b"\\\\", b"")):
        raise Differs("a path of the parts list is not escaped as it must be")
    meaning = {b"\\\\": b"\\", b"\\n": b"\n", b"\\r": b"\r"}
    path = re.sub(rb"\\.", lambda pair: meaning[pair[0]], path)
    if b"\0" in path or any(name in (b"", b".", b"..") for name in path.split(b"/")):
        raise Differs("a path of the parts list has a name that no file has")
    return found[1].decode(), path


def read_facts(line: bytes, index: int) -> tuple[int, dict[str, str]]:
    try:
        facts = read_json(line[:-1])
        FACTS(facts, "", {})
        assert isinstance(facts, dict)
        extra = facts["extra_digests"]
        if not isinstance(extra, dict) or not extra.keys() <= EXTRA_DIGESTS.keys():
            raise Refused("extra_digests are not as they must be")
        for name, digest in extra.items():
            spelled(f"[0-9a-f]{{{EXTRA_DIGESTS[name]}}}")(digest, name, {})
    except Refused as bad:
        raise Differs(f"the facts of part {index} cannot be read: {bad}") from bad
    if facts["index"] != index:
        raise Differs(f"the facts of part {index} are of another part")
    return facts["size"], extra


class Items:
    """Compares what was collected with what is in the store."""

    def __init__(self, openings: Openings, evidence: Evidence, findings: Findings) -> None:
        self._openings = openings
        self._evidence = evidence
        self._findings = findings
        self.matching = 0
        self.closed = False  # whether the digest of an item cannot be opened
        self._missing: dict[str, str] = {}

    def check_all(self, history: History, own: frozenset[str], quick: bool) -> None:
        """11.4, what others keep, and the copies of reports."""
        here = [item for item in history.items.values() if self._is_here(item, quick)]
        mine = {known.person for key, known in history.members.items() if key in own}
        must = mine or {item.collector for item in here if not item.received and not item.papers}
        for number, what in self._missing.items():
            away = len(history.owners) > 1 and not history.items[number].keepers & must
            (self._findings.open if away else self._findings.failed)("integrity", number, what)
        for report in history.reported:
            name = str(report.body["digest"])
            self._evidence.named.add(name)
            if quick or (len(history.owners) > 1 and history.members[report.signer].person not in must):
                continue
            try:
                self._evidence.measure(name)
            except (Gone, Differs) as bad:
                self._findings.open("completeness", report.id, f"the copy of a report: {bad}")

    def _is_here(self, item: Item, quick: bool) -> bool:
        """Compares an item; of one that is not here, notes whether it is missing."""
        statement = item.statement
        try:
            if item.gone == "was disposed of":
                return False
            self._compare(statement, item.number, quick)
            return bool(statement.body["kept"])
        except Unopened as unknown:
            self._findings.open("integrity", item.number, f"nothing opens its {unknown}")
            self.closed = True
            return False
        except Gone as gone:
            self._missing[item.number] = str(gone)
            return False
        except Differs as different:
            self._findings.failed("integrity", item.number, str(different))
        return True

    def _compare(self, statement: Statement, number: str, quick: bool) -> None:
        digest, body = self._text(statement, "/digest"), statement.body
        size = self._openings.value(statement, "/size") if "/size" in statement.seals else body["size"]
        if not body["kept"]:
            self._findings.open("integrity", number, "only its digest was recorded")
        if quick:
            self._findings.open("integrity", number, "was not read again")
        elif body["form"] == "folder":
            self._folder(statement, number, digest, size)
        elif body["kept"]:
            extra = body["extra_digests"] or {}
            assert isinstance(extra, dict)
            self._evidence.check(digest, size, {name: one for name, one in extra.items() if one})
        self.matching += bool(body["kept"] and not quick)

    def _folder(self, statement: Statement, number: str, digest: str, size: object) -> None:
        """Raises Gone only when nothing that is there differs."""
        facts = member(statement.body, "parts", "facts")
        if "/parts/facts" in statement.seals:
            facts = self._openings.value(statement, "/parts/facts")
        seed = self._openings.value(statement, "/parts/seed")
        if None in (facts, seed, size):
            self._findings.open("integrity", number, "nothing opens its size, its seed or its facts")
        key = base64_bytes(seed, 32) if seed is not None else b""
        kept, count, root = (
            member(statement.body, *names) for names in (("kept",), ("parts", "count"), ("parts", "root"))
        )
        gone: Gone | None = None
        for name in (digest, facts):
            try:
                void(name and self._evidence.measure(str(name)))
            except Gone as bad:
                gone = bad
        if gone:
            raise gone
        tree, total, before = Tree(), 0, b""
        facts_lines = iter(()) if facts is None else self._evidence.lines(str(facts))
        for index, line in enumerate(self._evidence.lines(digest), start=1):
            part, path = read_part(line)
            if path <= before:
                raise Differs("the parts list is out of order, or has a path twice")
            before = path
            part_size, extra = (None, {}) if facts is None else read_facts(next(facts_lines, b""), index)
            total += part_size or 0
            if kept:
                try:
                    self._evidence.check(part, part_size, extra)
                except Gone as bad:
                    gone = bad
            salt = hmac.digest(key, b"%d" % index, "sha256")[:16]
            tree.append(sha256(b"\x00custody-part/v1\n", salt, line))
        if next(facts_lines, None) is not None:
            raise Differs("there are facts of more parts than there are")
        if facts is not None and size not in (None, total):
            raise Differs("the sizes of the parts are not those that were recorded")
        if tree.size != count or (seed is not None and tree.root(tree.size).hex() != root):
            raise Differs("count or root of the parts is not the one that was recorded")
        if gone:
            raise gone

    def _text(self, statement: Statement, pointer: str) -> str:
        sealed_there = pointer in statement.seals
        value = (
            self._openings.value(statement, pointer)
            if sealed_there
            else member(statement.body, *pointer.split("/")[1:])
        )
        if value is None:
            raise Unopened(pointer)
        assert isinstance(value, str)
        return value


# --- 11. Outside evidence of time ------------------------------------------------------------------------------------

PROOF = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01\x08"
BITCOIN, BLOCK_HOURS = bytes.fromhex("0588960d73d71901"), timedelta(hours=2)
HARD_ENOUGH = (0xFFFF << 208) // 10**13
STOLEN = (x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise, x509.ReasonFlags.aa_compromise)
STEPS: dict[int, Callable[[bytes], bytes]] = {
    0x02: lambda one: hashlib.sha1(one, usedforsecurity=False).digest(),
    0x03: lambda one: hashlib.new("ripemd160", one).digest(),
    0x08: sha256,
    0xF2: lambda one: one[::-1],
    0xF3: lambda one: one.hex().encode(),
}


class Worthless(Exception):
    """It dates nothing, and is not wrong for that."""


@dataclass
class Reader:
    """Whom the person who verifies trusts, and what they have of earlier states."""

    roots: list[x509.Certificate] = field(default_factory=list)
    cosigners: set[bytes] = field(default_factory=set)
    blocks: dict[int, bytes] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    against: list[str] = field(default_factory=list)

    @staticmethod
    def of(trust: Any, against: list[str]) -> "Reader":
        roots = [root for one in trust["authorities"] for root in one["roots"]]
        cosigners = [key.split("+", 2) for key in trust["cosigners"].values()]
        return Reader(
            [x509.load_der_x509_certificate(base64_bytes(root)) for root in roots],
            {base64_bytes(key, 33)[1:] for _, _, key in cosigners},
            {int(height): bytes.fromhex(header) for height, header in trust["blocks"].items()},
            datetime.fromisoformat(trust["now"]),
            against,
        )


@dataclass(frozen=True)
class Anchor:
    statement: Statement
    latest: datetime
    earliest: datetime
    ends: datetime | None = None
    """When the first certificate of its chain ends."""

    @property
    def size(self) -> int:
        size = self.statement.body["size"]
        assert isinstance(size, int)
        return size


class Time:
    """Which stamps and cosignatures count, and when the records existed by their word."""

    def __init__(
        self, records: Records, history: History, evidence: "Evidence", reader: Reader, findings: Findings
    ) -> None:
        self._records, self._history, self._evidence = records, history, evidence
        self._reader, self._findings = reader, findings
        self._covered: list[tuple[datetime, dict[str, int]]] = []
        self._since: list[tuple[datetime, set[tuple[str, int]]]] = []
        self._lists = list(self._newest_lists())
        anchors = [one for statement in history.vouched if (one := self._judge(statement)) is not None]
        lapsed = [one for one in anchors if one.ends is not None and one.ends <= reader.now]
        self._cover(one for one in anchors if one not in lapsed)
        while again := [one for one in lapsed if self._in_time(one)]:
            self._cover(again)
            lapsed = [one for one in lapsed if one not in again]

    def tell(self) -> None:
        if not self._covered:
            self._findings.open(
                "time", "ledger", "nobody outside dated it, and the recorder's own clock is no evidence"
            )
        for item in self._history.items.values():
            latest, earliest = (
                self.latest(item.statement.ledger, item.statement.position),
                self.earliest(item.statement),
            )
            if latest is None:
                self._findings.open("time", item.number, "nobody outside dated the record that collected it")
            elif earliest is not None and earliest > latest + timedelta(seconds=5):
                self._findings.open("time", item.number, "those who dated it contradict each other")
        for number in sorted(self._records.numbers - self._history.items.keys()):
            self._findings.open("time", number, "no believable record collected it")

    def latest(self, ledger: str, position: int) -> datetime | None:
        return min((when for when, sizes in self._covered if sizes.get(ledger, 0) > position), default=None)

    def earliest(self, statement: Statement) -> datetime | None:
        """Before when nothing that this record holds, or was signed over, was there to be written."""
        own, head = (statement.ledger, statement.position), statement.head[0]
        head = head if self._records.ledgers[statement.ledger].tree.knows(head) else 0
        known = [
            when
            for when, places in self._since
            if own in places or any(ledger == statement.ledger and at < head for ledger, at in places)
        ]
        return max(known, default=None)

    def before(self, ledger: str, moment: datetime) -> bool:
        """Whether every record of the ledger existed before that moment."""
        last = self._history.last.get(ledger)
        latest = None if last is None else self.latest(ledger, last)
        return latest is not None and latest < moment

    def _cover(self, anchors: Iterable[Anchor]) -> None:
        for anchor in anchors:
            sizes, grows = {anchor.statement.ledger: anchor.size}, True
            while grows:
                grows = False
                for ledger, position, of, size in self._history.sightings:
                    if position < sizes.get(ledger, 0) and size > sizes.get(of, 0):
                        sizes[of], grows = size, True
            self._covered.append((anchor.latest, sizes))
            places, waiting = set(), [(anchor.statement.ledger, anchor.statement.position)]
            while waiting:
                places.add(place := waiting.pop())
                waiting += [
                    (ledger, position)
                    for ledger, position, of, size in self._history.sightings
                    if of == place[0] and size > place[1] and (ledger, position) not in places
                ]
            self._since.append((anchor.earliest, places))

    def _in_time(self, anchor: Anchor) -> bool:
        latest = self.latest(anchor.statement.ledger, anchor.statement.position)
        return latest is not None and anchor.ends is not None and latest < anchor.ends

    def _judge(self, statement: Statement) -> Anchor | None:
        at, body = self._records.at(statement.ledger, statement.position), statement.body
        ledger, size, root = self._records.ledgers[statement.ledger], body["size"], str(body["root"])
        assert isinstance(size, int)
        if not ledger.tree.knows(size):  # behind a gap, or not shown
            self._findings.open("completeness", at, "the root that others vouch for cannot be compared")
            return None
        if ledger.tree.root(size).hex() != root:
            self._findings.failed("completeness", at, "others vouch for what the ledger never was")
            return None
        text = f"custody/{statement.ledger}\n{size}\n{base64.b64encode(bytes.fromhex(root)).decode()}\n".encode()
        try:
            if statement.kind == COSIGNED:
                return self._cosigned(statement)
            token = self._object(str(body["token"]))
            if body["scheme"] == "opentimestamps":
                mined = self._in_block(token, text)
                return Anchor(statement, mined + BLOCK_HOURS, mined - BLOCK_HOURS)
            supporting = body["supporting"]
            assert isinstance(supporting, list)
            return Anchor(statement, *self._stamped(token, text, [*self._beside(supporting, at), *self._lists]))
        except Worthless as why:
            self._findings.mention("time", at, str(why))
        except (Refused, Differs) as bad:
            self._findings.failed("time", at, str(bad))
        return None

    def _object(self, name: str) -> bytes:
        self._evidence.measure(name)
        with self._evidence.open(name) as file:
            return file.read()

    def _beside(self, names: list[object], at: str) -> list[bytes]:
        found = []
        for name in names:
            try:
                found.append(self._object(str(name)))
            except Differs as bad:
                self._findings.failed("time", at, str(bad))
        return found

    def _newest_lists(self) -> Iterator[bytes]:
        names: dict[str, None] = {}
        for statement in reversed(self._history.vouched):
            supporting = statement.body.get("supporting", [])
            assert isinstance(supporting, list)
            names |= dict.fromkeys(map(str, supporting))
        for name in list(names)[:8]:
            with suppress(Differs):
                yield self._object(name)

    def _cosigned(self, statement: Statement) -> Anchor:
        body, when = statement.body, statement.body["time"]
        assert isinstance(when, int)
        if body["key"] in self._history.insiders:
            raise Worthless("the cosigner is one of the case")
        if base64_bytes(body["key"], 32) not in self._reader.cosigners:
            raise Worthless("the cosigner is unknown to you")
        try:
            time = datetime.fromtimestamp(when, UTC)
            return Anchor(statement, time + timedelta(seconds=1), time)
        except (OverflowError, ValueError, OSError) as bad:
            raise Refused("the cosigner's time is none") from bad

    def _in_block(self, proof: bytes, text: bytes) -> datetime:
        if not proof.startswith(PROOF):
            raise Refused("is no proof")
        if proof[len(PROOF) : len(PROOF) + 32] != sha256(text):
            raise Refused("the proof is of something else")
        found = []
        for height, root in attestations(proof[len(PROOF) + 32 :], sha256(text)):
            header = self._reader.blocks.get(height, b"")
            bits = int.from_bytes(header[72:76], "little")
            target = (bits & 0x7FFFFF) << 8 * max((bits >> 24) - 3, 0)
            work = int.from_bytes(sha256(sha256(header)), "little")
            if len(header) == 80 and header[36:68] == root and work <= target <= HARD_ENOUGH:
                found.append(datetime.fromtimestamp(int.from_bytes(header[68:72], "little"), UTC))
        if not found:
            raise Worthless("leads to no block whose header you have")
        return min(found)

    def _stamped(self, reply: bytes, text: bytes, beside: list[bytes]) -> tuple[datetime, datetime, datetime]:
        try:
            return Token(reply, beside, self._reader.roots).judge(text)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as bad:
            raise Refused("the reply cannot be read") from bad


def attestations(data: bytes, digest: bytes) -> Iterator[tuple[int, bytes]]:
    """The blocks that an OpenTimestamps proof leads to, each with the root that it must have."""
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        if at > len(data):
            raise Refused("the proof breaks off")
        return data[at - size : at]

    def number(raw: Callable[[int], bytes]) -> int:
        value = shift = 0
        while (byte := raw(1)[0]) & 0x80:
            value, shift = value | (byte & 0x7F) << shift, shift + 7
        return value | byte << shift

    waiting = [digest]
    while waiting:
        message, tag = waiting.pop(), take(1)[0]
        if tag == 0xFF:  # another branch follows this one
            waiting.append(message)
            tag = take(1)[0]
        if tag == 0:
            kind, content = take(8), take(number(take))
            if kind == BITCOIN:
                yield number(BytesIO(content).read), message
        elif tag in (0xF0, 0xF1):
            added = take(number(take))
            waiting.append(message + added if tag == 0xF0 else added + message)
        elif tag in STEPS:
            waiting.append(STEPS[tag](message))
        else:
            raise Refused("the proof has a step that is none")
    if at != len(data):
        raise Refused("something follows the proof")


class Token:
    """An authority's reply (RFC 3161), with what is kept beside it. Reading raises what asn1crypto raises."""

    def __init__(self, reply: bytes, beside: list[bytes], roots: list[x509.Certificate]) -> None:
        answer = tsp.TimeStampResp.load(reply, strict=True)
        if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
            raise Refused("the authority gave no stamp")
        signed = answer["time_stamp_token"]["content"]
        self._content: bytes = bytes(signed["encap_content_info"]["content"])
        self._info = tsp.TSTInfo.load(self._content, strict=True)
        self.time: datetime = self._info["gen_time"].native
        (self._signer,) = signed["signer_infos"]
        self._attributes = {one["type"].native: one["values"][0] for one in self._signer["signed_attrs"]}
        self._roots = roots
        self._certificates: list[x509.Certificate] = []
        self._lists: list[x509.CertificateRevocationList] = []
        carried = [*signed["certificates"], *signed["crls"]]
        for data in [*(one.chosen.dump() for one in carried), *beside]:
            try:
                self._certificates.append(x509.load_der_x509_certificate(data))
            except ValueError:
                with suppress(ValueError):
                    self._lists.append(x509.load_der_x509_crl(data))

    def judge(self, text: bytes) -> tuple[datetime, datetime, datetime]:
        """When the text existed by, before when the stamp did not, and when the chain's first certificate ends."""
        imprint = self._info["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        if algorithm not in ("sha256", "sha384", "sha512"):
            raise Worthless("the stamp is of a weak digest")
        if imprint["hashed_message"].native != hashlib.new(algorithm, text).digest():
            raise Refused("the stamp is of something else")
        signer = self._signers_certificate()
        self._check_signature(signer)
        usage = [one for one in signer.extensions if isinstance(one.value, x509.ExtendedKeyUsage)]
        if not usage or not usage[0].critical or list(usage[0].value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
            raise Refused("the signer's certificate is not for timestamps alone")
        chain = self._chain([signer])
        if chain is None:
            raise Worthless("leads to no authority of yours")
        if not all(one.not_valid_before_utc <= self.time <= one.not_valid_after_utc for one in chain):
            raise Worthless("a certificate of its chain was not valid then")
        self._check_revocation(chain)
        accuracy = self._info["accuracy"].native or {}
        parts = {name: accuracy.get(name) or 0 for name in ("seconds", "millis", "micros")}
        within = timedelta(seconds=parts["seconds"], milliseconds=parts["millis"], microseconds=parts["micros"])
        return self.time + within, self.time - within, min(one.not_valid_after_utc for one in chain)

    def _signers_certificate(self) -> x509.Certificate:
        named = self._attributes.get("signing_certificate_v2")
        if named is not None:
            one = named["certs"][0]
            algorithm = one["hash_algorithm"]["algorithm"].native
        else:
            one, algorithm = self._attributes["signing_certificate"]["certs"][0], "sha1"
        for certificate in [*self._certificates, *self._roots]:
            data = certificate.public_bytes(Encoding.DER)
            if hashlib.new(algorithm, data, usedforsecurity=False).digest() == one["cert_hash"].native:
                return certificate
        raise Worthless("the certificate of its signer is not here")

    def _check_signature(self, certificate: x509.Certificate) -> None:
        name = self._signer["digest_algorithm"]["algorithm"].native
        if name not in ("sha256", "sha384", "sha512"):
            raise Worthless("is signed over a weak digest")
        digest = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]
        if self._attributes["message_digest"].native != hashlib.new(name, self._content).digest():
            raise Refused("the stamp was changed after it was signed")
        signed, signature = b"\x31" + self._signer["signed_attrs"].dump()[1:], self._signer["signature"].native
        key = certificate.public_key()
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, signed, ec.ECDSA(digest))
            elif isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, signed, padding.PKCS1v15(), digest)
            else:
                raise Refused("is signed with a key of another kind")
        except InvalidSignature as bad:
            raise Refused("the signature of the stamp does not hold") from bad

    def _chain(self, below: list[x509.Certificate]) -> list[x509.Certificate] | None:
        """From the signer to a root; one that was valid at the time is preferred."""
        if below[-1] in self._roots:
            return below
        expired = None
        for issuer in [*self._roots, *self._certificates] if len(below) < 8 else ():
            try:
                below[-1].verify_directly_issued_by(issuer)
                if issuer in below or not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
                    continue
            except (InvalidSignature, TypeError, ValueError, x509.ExtensionNotFound):
                continue
            chain = self._chain([*below, issuer])
            if chain and all(one.not_valid_before_utc <= self.time <= one.not_valid_after_utc for one in chain):
                return chain
            expired = expired or chain
        return expired

    def _check_revocation(self, chain: list[x509.Certificate]) -> None:
        for one, issuer in pairwise(chain):
            for crl in self._lists:
                key = issuer.public_key()
                if crl.issuer != issuer.subject or not crl.is_signature_valid(key):  # type: ignore[arg-type]
                    continue
                entry = crl.get_revoked_certificate_by_serial_number(one.serial_number)
                if entry is None:
                    continue
                try:
                    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
                except x509.ExtensionNotFound:
                    reason = None
                by_then = entry.revocation_date_utc <= self.time
                if by_then or reason in STOLEN or (reason is None and one == chain[0]):
                    raise Worthless("a certificate of its chain was revoked")


# --- 11. Verifying a case --------------------------------------------------------------------------------------------


def words_of(digest: str, wordlist: list[str]) -> list[str]:
    bits = int(digest[:22], 16)
    return [wordlist[bits >> 11 * (7 - place) & 2047] for place in range(8)]


def check_words(lead: str, wordlist: list[str] | None) -> None:
    words = lead.lower().split()
    if wordlist is None or len(words) != 8 or not set(words) <= set(wordlist):
        raise Refused("--lead is neither a key id nor eight words of the list given with --wordlist")


def is_told(key: str, lead: str | None, wordlist: list[str] | None) -> bool:
    told = [] if lead is None else lead.lower().split()
    return told == [key] or (wordlist is not None and told == words_of(key, wordlist))


def check_lead(history: History, lead: str | None, wordlist: list[str] | None, findings: Findings) -> None:
    if lead is None:
        findings.open("signers", "lead", "nobody confirmed the lead's key to you")
    elif history.leads and not any(is_told(key, lead, wordlist) for _, key in history.leads):
        findings.failed("signers", "lead", "the key that you were told is not that of the case's lead")


def check_remembered(records: Records, remembered: Head | None, findings: Findings) -> None:
    """11.6. What was signed by another's key, or for another ledger, is no head of this one."""
    ledger = records.ledgers.get(records.main or "")
    if remembered is None or ledger is None:
        if remembered is not None and remembered.origin is None:
            _is_like(Ledger("", None), remembered, findings)
        return
    if remembered.origin is not None:
        named = records.ledgers.get(remembered.origin.removeprefix("custody/"))
        if (
            named is None
            or named.owner is None
            or not named.belongs
            or remembered.origin != f"custody/{named.name}"
            or (remembered.signatures and not checkpoint_signed(remembered, named.owner.checkpoint_key))
        ):
            findings.open("completeness", "ledger", "the checkpoint that you have is not one of this case's ledgers")
            return
        ledger = named
    _is_like(ledger, remembered, findings)


def check_against(records: Records, texts: list[str], wordlist: list[str] | None, findings: Findings) -> None:
    """11.6: what the person has from elsewhere; a ledger of which nothing fits was compared with nothing."""
    compared: set[str] = set()
    own = {f"custody/{one.name}": one for one in records.ledgers.values() if one.belongs}
    for text in texts:
        words = text.split()
        if all(word.isalpha() for word in words):
            fit = [one.name for one in own.values() if wordlist and _has_words(one, words, wordlist)]
            compared.update(fit)
            if not fit:
                findings.failed("completeness", "eight words", "no ledger ever had this root")
            continue
        head = parse_head(text.encode())
        named = own.get(head.origin or "")
        if named is None:
            findings.failed("completeness", "a checkpoint", "no such ledger is here")
        elif head.signatures and named.owner and not checkpoint_signed(head, named.owner.checkpoint_key):
            findings.open("completeness", "a checkpoint", "the ledger's owner did not sign it")
        elif _is_like(named, head, findings):
            compared.add(named.name)
    if not own or len(compared) < len(own):
        findings.open("completeness", "ledger", "it agrees with itself; nobody else's copy is here to compare it with")


def _has_words(ledger: Ledger, words: list[str], wordlist: list[str]) -> bool:
    sizes = range(1, ledger.tree.size + 1)
    return any(words_of(ledger.tree.root(size).hex(), wordlist) == words for size in sizes)


def _is_like(ledger: Ledger, remembered: Head, findings: Findings) -> bool:
    if remembered.size > ledger.tree.size:
        where = "cannot be compared beyond the gap" if ledger.gap else "you have seen more records than there are"
        (findings.open if ledger.gap else findings.failed)("completeness", "ledger", where)
        for question in ("integrity", "signers", "time", "custody"):
            findings.open(question, "ledger", "what you have seen beyond its end cannot be known")
    elif ledger.tree.root(remembered.size) != remembered.root:
        findings.failed("completeness", "ledger", "you have seen other records than these")
    else:
        return True
    return False


def verify(
    case: Path,
    lead: str | None = None,
    wordlist: list[str] | None = None,
    remembered: Head | None = None,
    own: frozenset[str] = frozenset(),
    quick: bool = False,
    reader: Reader | None = None,
) -> dict[str, object]:
    places = read_addresses(case)
    findings = Findings()
    reader = reader or Reader()
    records = Records(findings)
    with open_database(places["ledger"]) as database:
        check_schema(database, "entries", ENTRIES, findings)
        records.find_ledgers(database, lambda key: is_told(key, lead, wordlist))
        for row in records.rows(database):
            records.take(row)
    openings = read_openings(places["openings"], records, findings)
    history = History(records, openings, findings)
    history.replay()
    openings.count_missing(history.erased)
    if records.main is None:
        findings.failed("completeness", "ledger", "there is not one record")
        findings.open("integrity", "ledger", "nothing says any more what was recorded")
    if history.case is None:
        findings.failed("signers", "ledger", "no believable record opens the case")
        findings.open("custody", "ledger", "without the record that opens the case nothing can be followed")
    evidence = Evidence(places["evidence"])
    items = Items(openings, evidence, findings)
    items.check_all(history, own, quick)
    for number in sorted(records.numbers - history.items.keys()):
        findings.open("integrity", number, "no believable record says what it was")
    if not quick:
        for stamp in records.stamps:
            supporting = stamp.body["supporting"]
            assert isinstance(supporting, list)
            evidence.named |= {str(stamp.body["token"]), *supporting}
        for name in evidence.unrecorded():
            findings.mention("integrity", name, "no record names this object")
            if not items.closed:
                continue
            try:
                evidence.measure(name)
            except Differs as bad:
                findings.open("integrity", name, str(bad))
    time = Time(records, history, evidence, reader, findings)
    time.tell()
    history.tell_compromised(time.before)
    check_lead(history, lead, wordlist, findings)
    check_remembered(records, remembered, findings)
    check_against(records, reader.against, wordlist, findings)
    return {
        "verdict": findings.overall(),
        "questions": findings.verdicts,
        "items": {"matching": items.matching, "total": len(history.items.keys() | records.numbers)},
        "ledgers": [
            {
                "origin": f"custody/{ledger.name}",
                "size": ledger.next,
                "root": "" if ledger.gap else ledger.tree.root(ledger.tree.size).hex(),
            }
            for ledger in records.ledgers.values()
        ],
        "lead": history.lead,
        "problems": findings.problems,
        "more_problems": findings.more,
    }


def read_openings(path: Path, records: Records, findings: Findings) -> Openings:
    openings = Openings(records, findings)
    if os.path.lexists(path) and path.is_file() and path.stat().st_size == 0:
        findings.failed("completeness", "openings database", "is an empty file")
    elif os.path.lexists(path):
        with open_database(path) as database:
            check_schema(database, "openings", OPENINGS, findings)
            openings.read(database)
    return openings


def read_wordlist(path: Path) -> list[str]:
    raw = path.read_bytes()
    if not re.fullmatch("2f5eed53[0-9a-f]{52}dbda", sha256(raw).hex()):
        raise Refused("this is not the English list of BIP-39")
    return raw.decode().split()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verifies a case folder from docs/format.md alone.")
    parser.add_argument("case", type=Path)
    parser.add_argument("--lead", help="key id of the case's lead, or its eight words (with --wordlist)")
    parser.add_argument("--wordlist", type=Path, help="the BIP-39 English list")
    parser.add_argument("--remembered", help="a head seen before: SIZE:ROOT, or a file that holds a checkpoint")
    parser.add_argument("--own", action="append", default=[], help="id of a key of yours, whose bytes must be here")
    parser.add_argument("--quick", action="store_true", help="do not read the stored files again")
    parser.add_argument("--trust", type=Path, help="whom you trust: a file like `trust` of a kept case")
    parser.add_argument("--against", action="append", default=[], type=Path, help="a checkpoint or words seen before")
    told = parser.parse_args(arguments)
    answer: dict[str, object]
    try:
        wordlist = read_wordlist(told.wordlist) if told.wordlist else None
        if told.lead is not None and not re.fullmatch("[0-9a-f]{64}", told.lead):
            check_words(told.lead, wordlist)
        remembered = read_head(told.remembered) if told.remembered else None
        seen = [path.read_text("utf-8") for path in told.against]
        reader = Reader.of(json.loads(told.trust.read_bytes()), seen) if told.trust else Reader(against=seen)
    except (Refused, OSError) as bad:
        answer, code = {"error": str(bad), "exit": USAGE}, USAGE
    else:
        try:
            answer = verify(told.case, told.lead, wordlist, remembered, frozenset(told.own), told.quick, reader)
            code = EXITS[str(answer["verdict"])]
        except NoCase as bad:
            answer, code = {"error": str(bad), "exit": bad.code}, bad.code
        except OSError as bad:
            answer, code = {"error": str(bad), "exit": STORAGE}, STORAGE
    print(json.dumps(answer, indent=1))
    return code


if __name__ == "__main__":
    sys.exit(main())
