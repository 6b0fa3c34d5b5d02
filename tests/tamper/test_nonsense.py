"""What the rightful signer may seal or store is still foreign input: no value of it stops an examination."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from custody import bootstrap
from custody.domain.events import Unknown
from custody.domain.examination import FileState
from custody.domain.parts import PartDigests, PartFacts, format_facts
from custody.domain.verdict import Judgement, Verdict
from custody.formats.canonical import Json
from custody.formats.encoding import format_base64
from custody.formats.partslist import Part, format_line, parts_root
from custody.ports import CaseFiles
from tests.builders import MadeCase, collected, examine, findings, new_folder, noted, parts, verdicts

SEED = bytes(range(32))
DEEP: Json = 0
for _ in range(12):
    DEEP = [DEEP]

NONSENSE: dict[str, Json] = {
    "null": None,
    "a number": 5,
    "a negative number": -1,
    "true": True,
    "an empty text": "",
    "a path": "../../../../etc/passwd",
    "an absolute path": "/etc/passwd",
    "another spelling": "AB" * 32,
    "a digest and a line": "ab" * 32 + "\n",
    "another script's digits": "\u0661" * 64,
    "text that turns around": "\u202e" * 64,
    "a list": [],
    "an object": {},
    "a deep list": DEEP,
    "half a megabyte": "a" * 500_000,
}


def _judge(made: MadeCase, files: CaseFiles, home: Path) -> tuple[Judgement, dict[str, FileState]]:
    made.write(files)
    seen = examine(files, bootstrap.world(home))
    return seen.judgement, dict(seen.seen.files)


def _with_neighbour(tmp_path: Path) -> tuple[MadeCase, CaseFiles]:
    """A case whose first item is in order."""
    files = new_folder(tmp_path / "case")
    made = MadeCase().begin()
    digest = files.evidence.add(b"in order")
    made.collect(digest=digest, size=8)
    return made, files


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_sealed_digest_that_is_none_leaves_the_item_open(kind: str, tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    entry = made.collect(digest=made.seal("/digest", NONSENSE[kind]), size=made.seal("/size", 8))
    made.keep(entry, "/digest", NONSENSE[kind])
    made.keep(entry, "/size", 8)
    judgement, states = _judge(made, files, tmp_path / "home")
    assert states == {"JD-1": FileState.MATCHES, "JD-2": FileState.UNJUDGED}
    assert ("item-unjudged", "JD-2") in [(one.code, one.about) for one in findings(judgement)]


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_sealed_size_that_is_none_stops_nothing(kind: str, tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    digest = files.evidence.add(b"seven..")
    entry = made.collect(digest=made.seal("/digest", digest), size=made.seal("/size", NONSENSE[kind]))
    made.keep(entry, "/digest", digest)
    made.keep(entry, "/size", NONSENSE[kind])
    _, states = _judge(made, files, tmp_path / "home")
    assert states["JD-1"] is FileState.MATCHES


FACTS = format_facts(
    PartFacts(
        index=1,
        size=8,
        media_type="text/plain",
        media_type_from="nothing",
        changed=None,
        created=None,
        modified=None,
        origin=None,
        extra_digests=PartDigests(),
    )
)


# The parts match; only their salted tree cannot be built, and what was kept is not what belongs under that seal.
@pytest.mark.parametrize("kind", NONSENSE)
def test_a_sealed_seed_that_is_none_is_a_wrong_opening(kind: str, tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    lines = [format_line(Part(hashlib.sha256(b"in order").digest(), b"a"))]
    entry = made.collect(
        form="folder",
        digest=files.evidence.add(b"".join(lines)),
        size=8,
        parts=parts(
            count=1,
            root=parts_root(SEED, lines).hex(),
            seed=made.seal("/parts/seed", NONSENSE[kind]),
            facts=files.evidence.add(FACTS),
        ),
    )
    made.keep(entry, "/parts/seed", NONSENSE[kind])
    judgement, states = _judge(made, files, tmp_path / "home")
    assert states == {"JD-1": FileState.MATCHES, "JD-2": FileState.MATCHES}
    assert judgement.questions.completeness.verdict is Verdict.FAILED
    assert "opening-wrong" in [one.code for one in findings(judgement)]


def test_the_right_seed_makes_that_folder_match(tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    lines = [format_line(Part(hashlib.sha256(b"in order").digest(), b"a"))]
    entry = made.collect(
        form="folder",
        digest=files.evidence.add(b"".join(lines)),
        size=8,
        parts=parts(
            count=1,
            root=parts_root(SEED, lines).hex(),
            seed=made.seal("/parts/seed", format_base64(SEED)),
            facts=files.evidence.add(FACTS),
        ),
    )
    made.keep(entry, "/parts/seed", format_base64(SEED))
    _, states = _judge(made, files, tmp_path / "home")
    assert states == {"JD-1": FileState.MATCHES, "JD-2": FileState.MATCHES}


def _line(name: bytes, data: bytes = b"in order") -> bytes:
    return format_line(Part(hashlib.sha256(data).digest(), name))


LISTS: dict[str, bytes] = {
    "no lines": b"",
    "no parts list": b"\x89PNG\r\n",
    "a wrong order": _line(b"b") + _line(b"a"),
    "a path twice": _line(b"a") + _line(b"a"),
    "a line without its end": _line(b"a")[:-1],
    "a line of a megabyte": _line(b"a" * 1_000_000),
    "a path out of the folder": hashlib.sha256(b"in order").hexdigest().encode() + b"  ../../../etc/passwd\n",
    "a part that is nowhere": _line(b"a", b"nowhere"),
    "a million empty lines": b"\n" * 1_000_000,
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_parts_list_of_any_kind_stops_nothing(kind: str, tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    made.collect(
        form="folder",
        digest=files.evidence.add(LISTS[kind]),
        size=8,
        parts=parts(count=2, facts=files.evidence.add(b"")),
    )
    judgement, states = _judge(made, files, tmp_path / "home")
    assert states["JD-1"] is FileState.MATCHES
    assert (states["JD-2"] is FileState.MATCHES, judgement.verdict) == (False, Verdict.FAILED)


CLAIMS: dict[str, Callable[[CaseFiles], dict[str, object]]] = {
    "one part more": lambda _: {"count": 2},
    "one part less": lambda _: {"count": 0},
    "as many as can be said": lambda _: {"count": 2**53 - 1},
    "other facts": lambda _: {"facts": "ab" * 32},
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_folder_whose_record_claims_something_else_does_not_match(kind: str, tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    claims = {"count": 1, "facts": files.evidence.add(b""), **CLAIMS[kind](files)}
    made.collect(form="folder", digest=files.evidence.add(_line(b"a")), size=8, parts=parts(**claims))
    _, states = _judge(made, files, tmp_path / "home")
    assert (states["JD-1"] is FileState.MATCHES, states["JD-2"] is FileState.MATCHES) == (True, False)


@pytest.mark.parametrize("size", [0, 7, 9, 2**53 - 1])
@pytest.mark.parametrize("form", ["file", "folder"])
def test_a_record_of_another_size_does_not_match(form: str, size: int, tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    if form == "file":
        made.collect(digest=files.evidence.add(b"in order"), size=size)
    else:
        claims = parts(count=1, facts=files.evidence.add(b""))
        made.collect(form=form, digest=files.evidence.add(_line(b"a")), size=size, parts=claims)
    _, states = _judge(made, files, tmp_path / "home")
    assert states == {"JD-1": FileState.MATCHES, "JD-2": FileState.CHANGED}


def test_a_kind_that_this_version_does_not_know_leaves_custody_and_signers_open(tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    made.say(Unknown(content={"type": "cooled/v2", "degrees": -3}))
    judgement, _ = _judge(made, files, tmp_path / "home")
    assert verdicts(judgement) == {
        "integrity": "YES",
        "signers": "OPEN",
        "time": "OPEN",
        "custody": "OPEN",
        "completeness": "OPEN",
    }


@pytest.mark.parametrize("content", [{"sealed": "x"}, {"sealed": "A" * 43 + "="}, [[{"sealed": ""}]], DEEP])
def test_a_kind_that_is_not_known_may_hold_anything(content: Json, tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    made.say(Unknown(content={"type": "cooled/v2", "a": content}))
    judgement, states = _judge(made, files, tmp_path / "home")
    assert (judgement.verdict, states) == (Verdict.INDETERMINATE, {"JD-1": FileState.MATCHES})


@pytest.mark.parametrize("name", ["é\u202e", "", "x" * 10_000])
def test_a_name_of_the_lead_of_any_kind_stops_nothing(name: str, tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    made.add(noted(), item="JD-1", prev=made.entries[1].id)
    made.keep(made.entries[0], "/lead/name", name)
    judgement, _ = _judge(made, files, tmp_path / "home")
    assert [one.code for one in findings(judgement) if one.verdict is Verdict.FAILED] == ["opening-wrong"]


def test_items_of_any_number_are_followed(tmp_path: Path) -> None:
    made, files = _with_neighbour(tmp_path)
    made.say(collected(digest=files.evidence.add(b"in order"), size=8), item="JD-9999999999")
    judgement, states = _judge(made, files, tmp_path / "home")
    assert [one.about for one in findings(judgement) if one.code == "number-missing"] == ["JD-2 to JD-9999999998"]
    assert (states["JD-1"], states["JD-9999999999"]) == (FileState.MATCHES, FileState.MATCHES)
