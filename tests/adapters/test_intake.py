"""Taking one file in: what is read is what the file held, and everything else is a plain answer."""

import errno
import hashlib
import os
import re
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, get_args

import pytest

from custody.adapters.evidence import EvidenceFolder
from custody.adapters.intake import FileIntake, opening, take
from custody.adapters.intake.refusal import refused
from custody.domain.events.collection import FailedOutcome
from custody.errors import StorageError
from custody.formats.digest import Digests
from custody.ports import FileOrder, NotTaken, Outcome, Taken

NOW = datetime(2026, 11, 24, 3, 2, 1, 123456, tzinfo=UTC)
posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX kinds of files")

Take = Callable[..., Outcome]


@pytest.fixture
def store(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


@pytest.fixture(params=["kept", "only hashed"])
def take_it(request: pytest.FixtureRequest, store: EvidenceFolder) -> Take:
    def take_one(path: Path | bytes, *, follow: bool = False, extra: tuple[str, ...] = ()) -> Outcome:
        order = FileOrder(path=os.fsencode(path), follow=follow)
        return take(order, store=store if request.param == "kept" else None, extra=extra, now=lambda: NOW)

    return take_one


def _taken(outcome: Outcome) -> Taken:
    assert isinstance(outcome, Taken), outcome
    return outcome


def _refusal(outcome: Outcome) -> str:
    assert isinstance(outcome, NotTaken), outcome
    return outcome.outcome


@contextmanager
def _not_blocking(seconds: float = 10) -> Iterator[None]:
    before = time.monotonic()
    yield
    assert time.monotonic() - before < seconds


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 8192, 1024 * 1024, 1024 * 1024 + 1, 9_000_000])
def test_digest_and_size_are_the_files(take_it: Take, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    taken = _taken(take_it(tmp_path / "file"))
    assert (taken.sha256, taken.size) == (hashlib.sha256(data).hexdigest(), size)


@pytest.mark.parametrize("folder", ["proofmode", "c2pa", "wacz"])
def test_published_files_come_in_as_they_are(take_it: Take, store: EvidenceFolder, vectors: Path, folder: str) -> None:
    files = sorted(path for path in (vectors / folder).iterdir() if path.is_file())
    outcomes = {path.name: _taken(take_it(path)) for path in files}
    expected = {path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size) for path in files}
    assert len(files) >= 5
    assert {name: (taken.sha256, taken.size) for name, taken in outcomes.items()} == expected
    assert set(store.names()) in (set(), {sha256 for sha256, _ in expected.values()})
    pictures = {outcomes[path.name].media_type for path in files if path.suffix == ".jpg"}
    assert pictures <= {"image/jpeg"}


def test_a_taken_file_is_described_whole(take_it: Take, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"abc")
    os.utime(path, ns=(0, 1_764_000_000_123_456_789))
    taken = _taken(take_it(path, extra=("md5", "sha1")))
    assert taken == Taken(
        sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        size=3,
        extra={"md5": "900150983cd24fb0d6963f7d28e17f72", "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d"},
        media_type="text/plain",
        media_type_from="name",
        modified="2025-11-24T16:00:00.123456Z",
        changed=taken.changed,
        created=taken.created,
        origin=None,
        hashed_at="2026-11-24T03:02:01.123456Z",
    )


@pytest.mark.parametrize("size", [10_000, 2_000_000])
def test_the_type_is_told_by_the_first_bytes_however_the_file_was_copied(
    take_it: Take, tmp_path: Path, size: int
) -> None:
    (tmp_path / "wrong.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".ljust(size, b"\0"))
    taken = _taken(take_it(tmp_path / "wrong.txt"))
    assert (taken.media_type, taken.media_type_from) == ("image/png", "content")


@posix
@pytest.mark.parametrize("name", [b"new\nline", b"invalid \xff\xfe utf-8", b"-rf", b" ", "ümlaut\u202e".encode()])
def test_any_name_will_do(take_it: Take, tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    with open(path, "wb") as file:
        file.write(b"abc")
    assert _taken(take_it(path)).size == 3


def test_a_sparse_file_of_300_mib_is_taken(take_it: Take, tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    assert _taken(take_it(tmp_path / "sparse")).size == 300 * 1024 * 1024


@pytest.mark.skipif(not hasattr(os, "O_NOATIME"), reason="only Linux reads without leaving a mark")
def test_reading_leaves_the_time_of_last_access(take_it: Take, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))  # older than the change: relatime would renew it
    take_it(path)
    assert path.stat().st_atime_ns == 1_000_000_000


def test_no_descriptor_is_left_open(take_it: Take, tmp_path: Path) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs Linux's /proc")
    (tmp_path / "file").write_bytes(b"abc")
    take_it(tmp_path / "file")
    before = len(os.listdir("/proc/self/fd"))
    for name in ("file", "missing", "."):
        take_it(tmp_path / name)
    assert len(os.listdir("/proc/self/fd")) == before


# --- what is no file -------------------------------------------------------------------------------------------------


def test_a_missing_file_is_not_found(take_it: Take, tmp_path: Path) -> None:
    assert _refusal(take_it(tmp_path / "missing")) == "not-found"


def test_a_file_used_as_a_folder_is_not_found(take_it: Take, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert _refusal(take_it(tmp_path / "file" / "inside")) == "not-found"


def test_a_path_with_nul_is_not_found(take_it: Take) -> None:
    assert _refusal(take_it(b"/tmp/a\0b")) == "not-found"


def test_a_folder_is_not_a_file(take_it: Take, tmp_path: Path) -> None:
    assert _refusal(take_it(tmp_path)) == "not-a-file"


def test_a_link_is_followed_where_that_was_ordered(take_it: Take, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"no picture")
    (tmp_path / "link.txt").symlink_to("picture.png")
    taken = _taken(take_it(tmp_path / "link.txt", follow=True))
    assert (taken.size, taken.media_type) == (10, "image/png")


def test_a_link_is_not_followed_otherwise(take_it: Take, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert _refusal(take_it(tmp_path / "link")) == "not-a-file"


@pytest.mark.parametrize("target", ["nothing", "link"])
def test_a_link_that_leads_nowhere_is_dangling(take_it: Take, tmp_path: Path, target: str) -> None:
    (tmp_path / "link").symlink_to(target)
    assert _refusal(take_it(tmp_path / "link", follow=True)) == "dangling-link"


@posix
@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero", "/dev/tty", "/dev/random"])
def test_a_device_is_not_a_file(take_it: Take, device: str, follow: bool) -> None:
    with _not_blocking():
        assert _refusal(take_it(Path(device), follow=follow)) == "not-a-file"


@posix
def test_a_socket_is_not_a_file(take_it: Take) -> None:
    short = tempfile.TemporaryDirectory(dir="/tmp")  # as the paths of sockets must be
    with short as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/socket")
        assert _refusal(take_it(Path(folder) / "socket")) == "not-a-file"


@posix
def test_a_pipe_is_not_a_file_and_wakes_no_writer(take_it: Take, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: os.close(os.open(pipe, os.O_WRONLY)))
    writer.start()
    try:
        with _not_blocking():
            assert _refusal(take_it(pipe)) == "not-a-file"
        writer.join(0.2)
        assert writer.is_alive()
    finally:
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        writer.join()
        os.close(reader)


@posix
def test_a_pipe_that_took_the_place_of_the_file_does_not_block(
    take_it: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    plain = os.stat(__file__)
    monkeypatch.setattr(os, "stat", lambda path, **options: plain)
    lowest = os.dup(0)
    os.close(lowest)
    with _not_blocking():
        assert _refusal(take_it(pipe)) == "not-a-file"
    free = os.dup(0)
    os.close(free)
    assert free == lowest  # what was opened is closed again


@posix
def test_a_path_that_is_too_long_is_a_read_error(take_it: Take, tmp_path: Path) -> None:
    assert _refusal(take_it(tmp_path / ("long/" * 1000))) == "read-error"


@posix
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_read_is_said(what: str) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        (folder / "inside").mkdir()
        (folder / "inside" / "file").write_bytes(b"abc")
        os.chmod(folder, 0o755)
        closed = folder / "inside" / "file" if what == "file" else folder / "inside"
        os.chmod(closed, 0)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)  # nobody: root may read everything
        try:
            order = FileOrder(path=os.fsencode(folder / "inside" / "file"), follow=False)
            outcome = take(order, store=None, extra=(), now=lambda: NOW)
        finally:
            if root:
                os.seteuid(0)
            os.chmod(closed, 0o700)
        assert _refusal(outcome) == "not-allowed"


@posix
def test_a_file_of_somebody_else_is_read_where_that_is_allowed(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make files of somebody else")
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        os.chmod(name, 0o755)
        path = Path(name) / "file"
        path.write_bytes(b"abc")
        os.seteuid(65534)  # O_NOATIME is for the owner only
        try:
            outcome = take(FileOrder(path=os.fsencode(path), follow=False), store=None, extra=(), now=lambda: NOW)
        finally:
            os.seteuid(0)
        assert _taken(outcome).size == 3


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_answer_of_the_system_has_an_outcome_and_a_next_step(number: int) -> None:
    answer = refused(OSError(number, os.strerror(number))).answer
    assert answer.outcome in get_args(FailedOutcome)
    assert re.fullmatch(r".+; .+", answer.message)


@posix
def test_messages_do_not_repeat_the_name(take_it: Take, tmp_path: Path) -> None:
    name = "\x1b[2Jevil"
    (tmp_path / name).symlink_to("nothing")
    for follow in (True, False):
        outcome = take_it(tmp_path / name, follow=follow)
        assert isinstance(outcome, NotTaken)
        assert "evil" not in outcome.message


# --- files that change -----------------------------------------------------------------------------------------------


class _Meddling(EvidenceFolder):
    """A store during whose first copies something happens to the source."""

    def __init__(self, folder: Path, happen: Callable[[], None], times: int) -> None:
        super().__init__(folder)
        self._happen = happen
        self.times = times

    def copy_in(self, file: BinaryIO, size: int, extra: tuple[str, ...]) -> Digests:
        digests = super().copy_in(file, size, extra)
        if self.times > 0:
            self.times -= 1
            self._happen()
        return digests


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _change_in_place(path: Path) -> None:
    time.sleep(0.02)  # a tick of the file system's clock
    with path.open("r+b") as file:
        file.write(b"X")


def _change_and_set_back(path: Path) -> None:
    before = path.stat()
    time.sleep(0.02)
    path.write_bytes(b"X" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = [_append, _change_in_place, _change_and_set_back, lambda path: os.truncate(path, 1)]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("size", [100, 2_000_000])
def test_a_file_that_changed_once_is_read_again(tmp_path: Path, change: Callable[[Path], None], size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    store = _Meddling(tmp_path / "evidence", lambda: change(path), 1)
    order = FileOrder(path=os.fsencode(path), follow=False)
    taken = _taken(take(order, store=store, extra=(), now=lambda: NOW))
    assert taken.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("change", CHANGES[:3])
def test_a_file_that_changed_twice_is_not_taken(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    store = _Meddling(tmp_path / "evidence", lambda: change(path), 2)
    order = FileOrder(path=os.fsencode(path), follow=False)
    assert _refusal(take(order, store=store, extra=(), now=lambda: NOW)) == "changed-while-read"
    assert store.times == 0


def test_a_file_that_is_cut_short_while_it_is_copied_is_not_taken(
    take_it: Take, store: EvidenceFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    real_read, real_copy = opening.SourceFile.read, getattr(os, "copy_file_range", None)
    steps = 0

    def cut() -> None:
        nonlocal steps
        steps += 1
        os.truncate(path, 9_000_000 + steps % 2 * 30_000_000)

    def read(file: opening.SourceFile, size: int | None = -1, /) -> bytes:
        data = real_read(file, size)
        cut()
        return data

    def copy(source: int, target: int, count: int) -> int:
        assert real_copy is not None
        copied: int = real_copy(source, target, count)
        cut()
        return copied

    path.write_bytes(os.urandom(40_000_000))
    monkeypatch.setattr(opening.SourceFile, "read", read)
    if real_copy is not None:
        monkeypatch.setattr(os, "copy_file_range", copy)
    assert _refusal(take_it(path)) == "changed-while-read"
    assert [store.check(name).found for name in store.names()] == list(store.names())


@pytest.mark.parametrize("what", ["grows", "shrinks and grows"])
def test_whatever_another_program_does_to_the_file_the_digest_is_of_what_was_kept(
    store: EvidenceFolder, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "log"
    path.write_bytes(os.urandom(32 * 1024 * 1024))
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            if what == "grows":
                _append(path)
            else:
                os.truncate(path, 5_000_000)
                os.truncate(path, 32 * 1024 * 1024)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        order = FileOrder(path=os.fsencode(path), follow=False)
        outcome = take(order, store=store, extra=(), now=lambda: NOW)
    finally:
        done.set()
        writer.join()
    assert [store.check(name).found for name in store.names()] == list(store.names())
    if isinstance(outcome, Taken):  # it rested long enough
        assert store.check(outcome.sha256).size == outcome.size
    else:
        assert outcome.outcome == "changed-while-read"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs Linux's /proc")
def test_a_file_without_a_true_size_is_not_taken(take_it: Take) -> None:
    assert _refusal(take_it(Path("/proc/self/status"))) == "changed-while-read"


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_the_stores_trouble_is_an_outcome_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "evidence").write_bytes(b"a file where the store should be")
    outcome = take(
        FileOrder(path=os.fsencode(tmp_path / "file"), follow=False),
        store=EvidenceFolder(tmp_path / "evidence"),
        extra=(),
        now=lambda: NOW,
    )
    assert _refusal(outcome) == "store-error"


def test_the_stores_advice_is_handed_on(tmp_path: Path) -> None:
    class Full(EvidenceFolder):
        def copy_in(self, file: BinaryIO, size: int, extra: tuple[str, ...]) -> Digests:
            raise StorageError("the disk is full", "make room")

    (tmp_path / "file").write_bytes(b"abc")
    order = FileOrder(path=os.fsencode(tmp_path / "file"), follow=False)
    outcome = take(order, store=Full(tmp_path / "evidence"), extra=(), now=lambda: NOW)
    assert outcome == NotTaken(outcome="store-error", message="the disk is full; make room")


@pytest.mark.parametrize(
    ("number", "outcome"), [(errno.EIO, "read-error"), (errno.EACCES, "not-allowed"), (errno.ESTALE, "read-error")]
)
def test_a_disk_that_fails_while_the_file_is_read_is_said(
    take_it: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, outcome: str
) -> None:
    def fails(file: opening.SourceFile, size: int | None = -1, /) -> bytes:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(opening.SourceFile, "read", fails)
    (tmp_path / "file").write_bytes(b"abc")
    assert _refusal(take_it(tmp_path / "file")) == outcome


def test_intake_reads_only_plain_files(tmp_path: Path) -> None:
    # what the walk finds fit to be taken is what `take` takes
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "folder").mkdir()
    for name in ("file", "folder"):
        found = FileIntake().file(str(tmp_path / name))
        outcome = take(FileOrder(path=found.path, follow=found.follow), store=None, extra=(), now=lambda: NOW)
        assert (found.failed is None) == isinstance(outcome, Taken) == stat.S_ISREG((tmp_path / name).stat().st_mode)
