"""A report that is killed at each of its steps, or cannot be drawn: the case holds, and nothing is half-written."""

import hashlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from custody import bootstrap
from custody.adapters import outfile
from custody.adapters.pdf import typefaces
from custody.domain.entry import Entry
from custody.domain.events import Reported
from custody.domain.verdict import Verdict
from custody.errors import FormatError
from custody.services import reading
from custody.services.recording import Circumstances, Recorder, collect_text
from custody.services.reporting import copy_report
from tests.builders import examine, findings, new_case
from tests.documents import make

HOW = Circumstances(method="typed", tool="keyboard")


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """A case with one typed text."""
    recorder = new_case(tmp_path / "case", bootstrap.world(tmp_path / "home"))
    collect_text(recorder, "+49 151 0000000", HOW)
    return recorder


def reports(recorder: Recorder) -> list[Reported]:
    """What the ledger tells of reports."""
    entries = reading.entries(recorder.files, recorder.ledger.id)
    bodies = [one.statement.body for one in entries if isinstance(one, Entry)]
    return [body for body in bodies if isinstance(body, Reported)]


def failed(recorder: Recorder) -> list[str]:
    """The codes of what is wrong with the case."""
    judgement = examine(recorder.files, recorder.world).judgement
    return [one.code for one in findings(judgement) if one.verdict is Verdict.FAILED]


# --- killed ------------------------------------------


class _Wrapped:
    """Something of which the calls of one method end the process, before or after they are made."""

    def __init__(self, inner: Any, name: str, *, after: bool) -> None:
        self._inner, self._name, self._after = inner, name, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return dies(found, after=self._after) if name == self._name else found


def dies(call: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """A call that the process does not outlive."""

    def dying(*arguments: Any, **named: Any) -> Any:
        if after:
            call(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return dying


class _Ledgers(_Wrapped):
    """A ledger store of which the write ends the process, before or after it is committed."""

    def __init__(self, inner: Any, *, after: bool) -> None:
        super().__init__(inner, "", after=after)

    @contextmanager
    def writing(self) -> Iterator[Any]:
        with self._inner.writing() as writer:
            yield writer
            if not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def evidence(name: str, *, after: bool) -> Callable[[Recorder], None]:
    """Ends with a call of the evidence store."""

    def arm(recorder: Recorder) -> None:
        store = _Wrapped(recorder.files.evidence, name, after=after)
        recorder.files = replace(recorder.files, evidence=store)

    return arm


def ledgers(*, after: bool) -> Callable[[Recorder], None]:
    """Ends with the write to the ledger."""

    def arm(recorder: Recorder) -> None:
        recorder.files = replace(recorder.files, ledgers=_Ledgers(recorder.files.ledgers, after=after))

    return arm


def writes(*, after: bool) -> Callable[[Recorder], None]:
    """Ends with writing the file."""

    def arm(recorder: Recorder) -> None:
        recorder.world = replace(recorder.world, write_new=dies(recorder.world.write_new, after=after))

    return arm


def names(recorder: Recorder) -> None:
    """Ends when the file is written and has no name yet."""
    outfile.os.link = dies(os.link, after=False)  # type: ignore[attr-defined]


# Each step, and whether the report is recorded then, and its file written.
STEPS: dict[str, tuple[Callable[[Recorder], None], bool, bool]] = {
    "before it is kept": (evidence("add", after=False), False, False),
    "when it is kept": (evidence("add", after=True), False, False),
    "before the store is synced": (evidence("sync", after=False), False, False),
    "when the store is synced": (evidence("sync", after=True), False, False),
    "before the record is committed": (ledgers(after=False), False, False),
    "when the record is committed": (ledgers(after=True), True, False),
    "before the file is written": (writes(after=False), True, False),
    "before the file has its name": (names, True, False),
    "when the file is written": (writes(after=True), True, True),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no process can be forked")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("step", STEPS)
def test_a_report_that_is_killed_loses_nothing_and_leaves_nothing_half_written(
    recorder: Recorder, tmp_path: Path, step: str
) -> None:
    arm, recorded, written = STEPS[step]
    output = tmp_path / "out" / "report.pdf"
    output.parent.mkdir()
    child = os.fork()
    if not child:  # what it raises must not reach pytest a second time
        try:
            arm(recorder)
            make(recorder, output)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was not killed at this step"
    assert failed(recorder) == []
    assert (len(reports(recorder)), output.exists()) == (recorded, written)
    for body in reports(recorder):
        data = copy_report(recorder.files, recorder.ledger, 1)[1]
        assert hashlib.sha256(data).hexdigest() == body.digest
        assert not written or output.read_bytes() == data
    assert make(recorder, tmp_path / "again.pdf").report.number == 1 + recorded
    assert failed(recorder) == []


# --- what cannot be drawn ------------------------------------------


@pytest.fixture
def _without_faces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bare computer, without a face for anything that FiraGO lacks."""
    monkeypatch.setattr(typefaces, "SYSTEM_FACES", ())
    monkeypatch.setattr(typefaces, "NOTO_FACES", ())
    typefaces.other_face.cache_clear()
    yield
    typefaces.other_face.cache_clear()


@pytest.mark.usefixtures("_without_faces")
def test_a_missing_face_is_exit_4_that_names_it_and_nothing_is_recorded_or_written(
    recorder: Recorder, tmp_path: Path
) -> None:
    collect_text(recorder, "a text", Circumstances(method="typed", tool="keyboard", description="ひらがな"))
    before = sorted(recorder.files.evidence.names())
    with pytest.raises(FormatError, match=r"no typeface on this computer can draw Hiragana text: U\+3072") as raised:
        make(recorder, tmp_path / "r.pdf", writer=bootstrap.report_writer(), fields=frozenset({"description", "name"}))
    assert (raised.value.exit_code, "apt install fonts-wqy-microhei" in raised.value.hint) == (4, True)
    assert (reports(recorder), (tmp_path / "r.pdf").exists()) == ([], False)
    assert sorted(recorder.files.evidence.names()) == before
