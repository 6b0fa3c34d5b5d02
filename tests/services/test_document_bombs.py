"""What a document costs whoever verifies it: its maker chose every number in it, and holds a key of a case."""

import hashlib
from collections.abc import Iterator
from typing import Any, SupportsIndex

import pytest

from custody.domain.entry import Entry
from custody.domain.events import ReleasedOnPaper
from custody.domain.items import Item
from custody.domain.report import building
from custody.domain.report.building import Known, hand_overs_of
from custody.domain.report.differing import _Built
from custody.formats import partslist
from custody.formats.partslist import Part, format_line
from custody.services.auditing.carried.matching import GivenFile, match_files
from tests.builders import MadeCase, parts, sealed

LISTED = b"".join(format_line(Part(hashlib.sha256(name).digest(), name)) for name in (b"a", b"b"))
DIGEST = hashlib.sha256(LISTED).hexdigest()


@pytest.fixture
def case() -> MadeCase:
    """Three folders whose records name one list of parts."""
    made = MadeCase().begin()
    for _ in range(3):
        made.collect(form="folder", digest=DIGEST, name="folder", parts=parts(), file_times=None)
    return made


def counted(calls: list[object], monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    real = getattr(module, name)

    def call(*args: Any, **members: Any) -> Any:
        calls.append(args)
        return real(*args, **members)

    monkeypatch.setattr(module, name, call)


def test_a_list_that_many_items_name_is_built_once(case: MadeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    counted(calls, monkeypatch, building, "parts_of")
    built = _Built(case.entries, Known.of(case.state, case.entries, {}), {DIGEST: LISTED})
    assert (len(calls), [len(item.parts) for item in built.items]) == (1, [2, 2, 2])


def items(case: MadeCase) -> Iterator[Item]:
    return iter(case.state.items.values())


def given(content: bytes, name: bytes) -> GivenFile:
    return GivenFile(f"folder/{name.decode()}", hashlib.sha256(content).hexdigest(), len(content), "folder", name)


def test_a_list_that_many_items_name_is_compared_once(case: MadeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    counted(calls, monkeypatch, partslist, "parse_lines")
    seen = match_files(items(case), {}, {}, {DIGEST: LISTED}, [given(b"a", b"a"), given(b"B", b"b")])
    told = [finding.message for finding in seen.findings if finding.about == "JD-3"]
    assert (len(calls), told) == (1, ["It has the same list of parts as JD-1, and it is with it as with that."])


def test_items_of_one_list_whose_parts_were_given_all_match(case: MadeCase) -> None:
    seen = match_files(items(case), {}, {}, {DIGEST: LISTED}, [given(b"a", b"a"), given(b"b", b"b")])
    assert set(seen.states.values()) == {"matches"}


class Sliced(list[Entry]):
    """A history that counts how often its rest is looked through."""

    slices = 0

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        self.slices += isinstance(at, slice)
        return super().__getitem__(at)


def test_the_history_of_an_item_is_not_read_again_for_each_of_its_hand_overs() -> None:
    made = MadeCase().begin()
    history = Sliced([made.collect()])
    for act in range(5):
        paper = ReleasedOnPaper(
            to=sealed(), digest="ab" * 32, purpose=sealed(), medium="disk", place=None, keeps_copy=True
        )
        history.append(made.say(paper, item="JD-1", act=f"{act:032x}", prev=history[-1].id))
    found = hand_overs_of({"JD-1": history}, Known.of(made.state, history, {}))
    assert (len(found), history.slices) == (5, 0)


def test_a_name_without_end_is_not_repeated_with_every_record() -> None:
    made = MadeCase()
    opening = made.open()
    values = {opening.id: {"/lead/name": "x" * 1_000_000}}
    assert len(Known.of(made.state, [opening], values).called(opening.statement.signer)) < 300
