"""Verifies a signed record (custody-record.json) from docs/format.md section 12 alone, without its case.

    python -m tests.interop.stranger_record custody-record.json [FILE …] [--signed-by KEYID]

Like `stranger_verify`, whose reading of statements, rules and stamps it uses, it shares no code with custody.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.interop import stranger_verify as page
from tests.interop.stranger_verify import Findings, History, Ledger, Owner, Records, Refused, Statement, sha256

MAX_RECORD, MAX_OBJECT, MAX_OBJECTS, MAX_LEDGERS, MAX_PROOF, MAX_POINTER = 2**28, 2**24, 100_000, 1_000, 64, 1_000


def split(size: int) -> int:
    """The largest power of two below the size (RFC 6962 section 2.1)."""
    return 1 << (size - 1).bit_length() - 1


def climb(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root to which an audit path leads: PATH of section 2.1.1, read backwards."""
    if size == 1:
        if proof:
            raise Refused("a proof that is too long")
        return leaf
    if not proof:
        raise Refused("a proof that is too short")
    *rest, last = proof
    half = split(size)
    if index < half:
        return sha256(b"\x01", climb(leaf, index, half, rest), last)
    return sha256(b"\x01", last, climb(leaf, index - half, size - half, rest))


def both(old: int, size: int, proof: Sequence[bytes], root: bytes, whole: bool = True) -> tuple[bytes, bytes]:
    """The roots to which a consistency proof leads: SUBPROOF of section 2.1.2, read backwards."""
    if old == size:
        if len(proof) != (0 if whole else 1):
            raise Refused("a consistency proof of another length")
        return (root, root) if whole else (proof[0], proof[0])
    if not proof:
        raise Refused("a consistency proof that is too short")
    *rest, last = proof
    half = split(size)
    if old <= half:
        before, after = both(old, half, rest, root, whole)
        return before, sha256(b"\x01", after, last)
    before, after = both(old - half, size - half, rest, root, False)
    return sha256(b"\x01", last, before), sha256(b"\x01", last, after)


class Roots(page.Tree):
    """What proofs show of a ledger's tree."""

    def __init__(self, size: int, root: bytes) -> None:
        super().__init__()
        self.size = size
        self.shown = {0: page.EMPTY_ROOT, size: root}

    def knows(self, size: int) -> bool:
        return size in self.shown

    def root(self, size: int) -> bytes:
        return self.shown[size]


class Carried(page.Evidence):
    """The objects of a record, in place of a folder."""

    def __init__(self, objects: Iterable[bytes]) -> None:
        super().__init__(Path("/nonexistent"))
        self.objects = {sha256(data).hex(): data for data in objects}

    def measure(self, digest: str, extra: frozenset[str] = frozenset()) -> page.Measured:
        if digest not in self.objects:
            raise page.Gone(f"the object {digest[:16]} is not here")
        return page.Measured(len(self.objects[digest]), {})

    def open(self, digest: str) -> Any:
        import io

        return io.BytesIO(self.objects[digest])


def ascending(values: list[Any]) -> None:
    if any(one >= other for one, other in pairwise(values)):
        raise Refused("out of order, or twice")


def exactly(value: object, *names: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise Refused("not exactly its members")
    return value


def listed(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Refused("no list, or too long")
    return value


def number(value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused("no number of its range")
    return value


def text(value: object, most: int = MAX_RECORD) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise Refused("no text")
    return value


def hexed(value: object) -> str:
    page.HEX64(value, "", {})
    return str(value)


def read(raw: bytes) -> dict[str, Any]:
    """The record, all of its members of the kinds that belong there."""
    if len(raw) > MAX_RECORD:
        raise Refused("the record is too long")
    said = exactly(page.read_json(raw), "type", "case", "ledgers", "objects", "openings")
    if said["type"] != "custody-record/v2" or not said["ledgers"]:
        raise Refused("no record of this kind")
    hexed(said["case"])
    for ledger in listed(said["ledgers"], MAX_LEDGERS):
        exactly(ledger, "ledger", "size", "root", "checkpoint", "entries", "consistency")
        size = number(ledger["size"], 1, page.MAX_INTEGER)
        hexed(ledger["ledger"]), hexed(ledger["root"])
        if ledger["checkpoint"] is not None:
            text(ledger["checkpoint"])
        for entry in listed(ledger["entries"], size):
            exactly(entry, "envelope", "position", "proof")
            text(entry["envelope"], page.MAX_ENVELOPE)
            number(entry["position"], 0, size - 1)
            entry["proof"] = [page.base64_bytes(one, 32) for one in listed(entry["proof"], MAX_PROOF)]
        for earlier in listed(ledger["consistency"], size):
            exactly(earlier, "size", "root", "proof")
            number(earlier["size"], 1, size - 1)
            hexed(earlier["root"])
            earlier["proof"] = [page.base64_bytes(one, 32) for one in listed(earlier["proof"], MAX_PROOF)]
        ascending([one["position"] for one in ledger["entries"]])
        ascending([one["size"] for one in ledger["consistency"]])
    ascending([one["ledger"] for one in said["ledgers"]])
    said["objects"] = [page.base64_bytes(one) for one in listed(said["objects"], MAX_OBJECTS)]
    if any(len(one) > MAX_OBJECT for one in said["objects"]):
        raise Refused("an object is too long")
    ascending([sha256(one) for one in said["objects"]])
    for one in listed(said["openings"], MAX_RECORD):
        exactly(one, "pointer", "salt", "statement", "value")
        hexed(one["statement"]), text(one["pointer"], MAX_POINTER)
        one["salt"] = page.base64_bytes(one["salt"], 16)
    ascending([(one["statement"], one["pointer"]) for one in said["openings"]])
    return said


class Extract(Records):
    """The entries of a record, each by itself and against the proofs (12, 1 to 4)."""

    def __init__(self, said: dict[str, Any], findings: Findings) -> None:
        super().__init__(findings)
        self.readable: dict[str, Statement] = {}
        self.noted: set[str] = set()  # ledgers whose owner signed the head
        for ledger in said["ledgers"]:
            self._ledger(said["case"], ledger)

    def _ledger(self, case: str, said: dict[str, Any]) -> None:
        name, found = said["ledger"], self.findings
        opening = None
        if said["entries"] and said["entries"][0]["position"] == 0:
            try:
                opening = page.open_envelope(said["entries"][0]["envelope"].encode())
            except Refused:
                opening = None
        foreign = opening is not None and (opening.case, opening.ledger) != (case, name)
        owner = Owner.of(opening) if opening is not None and opening.kind in page.OWNER else None
        ledger = self.ledgers[name] = Ledger(name, owner, belongs=not foreign)
        ledger.next = said["size"]
        if opening is not None and opening.kind == page.CASE_OPENED and not foreign:
            self.main = name
        if foreign:
            found.failed("completeness", f"ledger {name[:16]}", "is none of this case")
        elif owner is None:
            found.failed("completeness", f"ledger {name[:16]}", "the record that opens it is not here")
            for question in ("integrity", "signers", "time", "custody"):
                found.open(question, f"ledger {name[:16]}", "what stood there cannot be known")
        roots = Roots(said["size"], bytes.fromhex(said["root"]))
        ledger.tree = roots
        for one in said["consistency"]:
            root = bytes.fromhex(one["root"])
            try:
                if both(one["size"], said["size"], one["proof"], root) != (root, roots.shown[said["size"]]):
                    raise Refused("it leads elsewhere")
                roots.shown[one["size"]] = root
            except Refused as bad:
                found.failed("completeness", f"size {one['size']} of {name[:16]}", f"its proof does not hold: {bad}")
        self._check_note(said, owner if not foreign else None)
        before: Statement | None = None
        for one in said["entries"]:
            statement = self._entry(ledger, one, said["size"])
            if statement is not None:
                self._batch(ledger, statement, before)
                before = statement

    def _check_note(self, said: dict[str, Any], owner: Owner | None) -> None:
        if said["checkpoint"] is None:
            return
        try:
            head = page.parse_head(said["checkpoint"].encode())
            if owner is None or not page.checkpoint_signed(head, owner.checkpoint_key):
                raise Refused("it is not signed by the owner")
            if (head.origin, head.size, head.root.hex()) != (f"custody/{said['ledger']}", said["size"], said["root"]):
                raise Refused("it is of another head")
            self.noted.add(said["ledger"])
        except Refused as bad:
            self.findings.failed("completeness", "the checkpoint", str(bad))

    def _entry(self, ledger: Ledger, said: dict[str, Any], size: int) -> Statement | None:
        raw, found = said["envelope"].encode(), self.findings
        at = self.at(ledger.name, said["position"])
        try:
            statement = page.open_envelope(raw)
        except Refused as bad:
            found.failed("completeness", at, f"cannot be read as a record: {bad}")
            found.failed("signers", at, "what cannot be read was signed by nobody")
            for question in ("integrity", "time", "custody"):
                found.open(question, at, "what stood here cannot be known")
            return None
        if statement.id in self._ids:
            found.failed("completeness", at, "stands here twice")
        self._ids.add(statement.id)
        if (statement.ledger, statement.position) != (ledger.name, said["position"]):
            found.failed("completeness", at, "was signed for another place")
            self.speaks_of(statement.item)
            return None
        self.readable[statement.id] = statement
        holds = True
        if ledger.owner is None or statement.signer != ledger.owner.id:
            found.failed("signers", at, "is signed by a key that does not own the ledger")
            holds = False
        elif not page.signature_holds(ledger.owner.key, statement.signature, statement.payload):
            found.failed("signers", at, "its signature does not hold")
            holds = False
        try:
            leaf = sha256(b"\x00", raw)
            if climb(leaf, said["position"], size, said["proof"]) != ledger.tree.root(size):
                raise Refused("it leads elsewhere")
        except Refused as bad:
            found.failed("completeness", at, f"its proof does not hold: {bad}")
            holds = False
        if not holds or not ledger.belongs:
            self.speaks_of(statement.item)
            return None
        ledger.genuine.append(statement)
        return statement

    def _batch(self, ledger: Ledger, statement: Statement, before: Statement | None) -> None:
        size, root = statement.head
        at = self.at(ledger.name, statement.position)
        right = size <= statement.position < size + page.MAX_BATCH
        if before is not None:
            right &= before.head == statement.head if before.position >= size else before.head[0] <= size
        if ledger.tree.knows(size):
            right &= ledger.tree.root(size).hex() == root
        else:
            self.findings.open("completeness", at, "nothing shows the history that it was signed after")
        if not right:
            self.findings.failed("completeness", at, "was signed after another history")


class Opened(page.Openings):
    """What the record opens."""

    def take(self, openings: list[dict[str, Any]], readable: dict[str, Statement], findings: Findings) -> None:
        for one in openings:
            statement, at = readable.get(one["statement"]), f"opening {one['pointer'][:80]}"
            raw = page.write_json(one["value"]).encode()
            wrong = "no record here seals it"
            if statement is not None:
                wrong = self._row(statement, one["pointer"], one["salt"], raw)
            if wrong:
                findings.failed("completeness", at, wrong)

    def tell_erased(self, erased: set[tuple[str, str]], findings: Findings) -> None:
        for one in erased & self._there:
            findings.failed("completeness", f"statement {one[0][:16]}", f"{one[1]} was erased, and is here")


def match(history: History, openings: Opened, evidence: Carried, files: Sequence[bytes], found: Findings) -> int:
    """Which items the files are of; folders are left to `stranger_verify`."""
    digests = {sha256(data).hex(): len(data) for data in files}
    matching = 0
    known: set[object] = set()
    for item in history.items.values():
        body = item.statement.body
        digest = body["digest"] if isinstance(body["digest"], str) else openings.value(item.statement, "/digest")
        size = body["size"] if isinstance(body["size"], int) else openings.value(item.statement, "/size")
        known.add(digest)
        if digest is None:
            found.open("integrity", item.number, "nothing opens its digest")
        elif digest in digests and size in (None, digests[str(digest)]):
            matching += 1
        elif digest in digests:
            found.failed("integrity", item.number, "has another size")
        elif item.gone != "was disposed of":
            found.open("integrity", item.number, "no file was given")
    for digest in digests.keys() - known - evidence.objects.keys():
        found.failed("integrity", digest, "is of no item")
    return matching


def verify(
    raw: bytes, files: Sequence[bytes] = (), signed_by: str | None = None, reader: page.Reader | None = None
) -> dict[str, object]:
    """The answers about a record and these files; `signed_by` is the key that signed all of it. Raises Refused."""
    said, findings = read(raw), Findings()
    reader = reader or page.Reader()
    records = Extract(said, findings)
    openings = Opened(records, findings)
    openings.take(said["openings"], records.readable, findings)
    history = History(records, openings, findings, extract=True)
    history.replay()
    openings.tell_erased(history.erased, findings)
    if history.case is None:
        findings.failed("signers", "ledger", "no believable record opens the case")
        findings.open("custody", "ledger", "without the record that opens the case nothing can be followed")
    elif history.case != said["case"]:
        findings.failed("completeness", "record", "is of another case")
    signer = history.members.get(signed_by or "")
    seen = {
        one
        for statement in history.believed
        if statement.kind == page.LEDGER_SEEN and history.members[statement.signer].enrolled_by is not None
        for one in page.seen_heads(statement)
    }
    for ledger in said["ledgers"]:
        head = (ledger["ledger"], ledger["size"], ledger["root"])
        vouched = head[0] in records.noted or head in seen or (signer is not None and signer.enrolled_by is not None)
        if not vouched:
            findings.open("completeness", f"ledger {head[0][:16]}", "its head is nobody's signed word")
    evidence = Carried(said["objects"])
    matching = match(history, openings, evidence, files, findings)
    for number_ in sorted(records.numbers - history.items.keys()):
        findings.open("integrity", number_, "no believable record says what it was")
    time = page.Time(records, history, evidence, reader, findings)
    time.tell()
    history.tell_compromised(time.before)
    page.check_lead(history, None, None, findings)
    findings.open("completeness", "ledger", "nobody else's copy is here to compare it with")
    return {
        "verdict": findings.overall(),
        "questions": findings.verdicts,
        "items": {"matching": matching, "total": len(history.items.keys() | records.numbers)},
        "problems": findings.problems,
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verifies a signed record from docs/format.md alone.")
    parser.add_argument("record", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--signed-by", help="id of the key that signed the whole (the report's signature)")
    told = parser.parse_args(arguments)
    try:
        answer = verify(told.record.read_bytes(), [one.read_bytes() for one in told.files], told.signed_by)
    except Refused as bad:
        print(json.dumps({"error": str(bad), "exit": page.FORMAT}))
        return page.FORMAT
    print(json.dumps(answer, indent=1))
    return page.EXITS[str(answer["verdict"])]


if __name__ == "__main__":
    sys.exit(main())
