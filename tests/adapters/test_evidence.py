"""The evidence store keeps what it was given, under the digest of what it kept, or says why not."""

import errno
import hashlib
import io
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from custody.adapters.evidence import EvidenceFolder, check_objects, copying, durable
from custody.adapters.evidence.folder import WHOLE
from custody.adapters.evidence.temporary import Temporary
from custody.adapters.evidence.trouble import trouble
from custody.errors import FormatError, StorageError
from custody.formats.digest import Digests
from custody.ports import CheckOrder, ObjectCheck

SIZES = [0, 1, 4095, WHOLE - 1, WHOLE, WHOLE + 1, 8 * 1024 * 1024, 20_000_001]
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4 example, SHA-256("abc")

Make = Callable[[], EvidenceFolder]


@pytest.fixture(params=[True, False], ids=["linux", "elsewhere"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    if request.param and sys.platform != "linux":
        pytest.skip("needs Linux")
    return lambda: EvidenceFolder(tmp_path / "evidence", linux=request.param)


@pytest.fixture
def store(make: Make) -> EvidenceFolder:
    return make()


def _bytes(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "source"
    path.write_bytes(data)
    return path


def _keep(store: EvidenceFolder, path: Path, extra: tuple[str, ...] = (), size: int | None = None) -> Digests:
    with path.open("rb", buffering=0) as file:
        return store.copy_in(file, path.stat().st_size if size is None else size, extra)


def _objects(store: EvidenceFolder) -> dict[str, bytes]:
    """Everything in the store, by its path below it."""
    return {
        path.relative_to(store.folder).as_posix(): path.read_bytes()
        for path in sorted(store.folder.rglob("*"))
        if not path.is_dir()
    }


def _place(store: EvidenceFolder, sha256: str) -> Path:
    return store.folder / sha256[:2] / sha256


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- keeping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_is_what_the_file_held(store: EvidenceFolder, tmp_path: Path, size: int) -> None:
    data = _bytes(size)
    digests = _keep(store, _file(tmp_path, data))
    assert digests == Digests(hashlib.sha256(data).digest(), size, {})
    name = _sha256(data)
    assert _objects(store) == {f"{name[:2]}/{name}": data}


@pytest.mark.parametrize("size", [1000, 5_000_000])
def test_extra_digests_come_from_the_same_pass(store: EvidenceFolder, tmp_path: Path, size: int) -> None:
    data = _bytes(size)
    digests = _keep(store, _file(tmp_path, data), ("md5", "sha1", "sha512"))
    assert digests.extra == {
        "md5": hashlib.md5(data).digest(),
        "sha1": hashlib.sha1(data).digest(),
        "sha512": hashlib.sha512(data).digest(),
    }


@pytest.mark.parametrize(("actual", "said"), [(3 * WHOLE, 10), (10, 3 * WHOLE), (WHOLE, 0)])
def test_a_wrong_first_look_at_the_size_changes_nothing(
    store: EvidenceFolder, tmp_path: Path, actual: int, said: int
) -> None:
    data = _bytes(actual)
    assert _keep(store, _file(tmp_path, data), size=said).sha256.hex() == _sha256(data)
    assert list(_objects(store).values()) == [data]


def test_a_file_without_descriptor_is_kept_too(store: EvidenceFolder) -> None:
    data = _bytes(3_000_000)
    assert store.copy_in(io.BytesIO(data), len(data), ()).sha256.hex() == _sha256(data)
    assert list(_objects(store).values()) == [data]


def test_a_small_object_is_kept_under_its_digest(store: EvidenceFolder) -> None:
    assert store.add(b"abc") == ABC
    assert _objects(store) == {f"ba/{ABC}": b"abc"}


@pytest.mark.parametrize("size", [3, 3_000_000])
def test_objects_are_read_only(store: EvidenceFolder, tmp_path: Path, size: int) -> None:
    before = os.umask(0o022)
    try:
        name = _keep(store, _file(tmp_path, _bytes(size))).sha256.hex()
    finally:
        os.umask(before)
    assert stat.S_IMODE(_place(store, name).stat().st_mode) == 0o444


@pytest.mark.parametrize("size", [3, 3_000_000])
def test_the_same_bytes_twice_are_one_untouched_object(store: EvidenceFolder, tmp_path: Path, size: int) -> None:
    source = _file(tmp_path, _bytes(size))
    first = _keep(store, source)
    place = _place(store, first.sha256.hex())
    before = place.stat()
    assert _keep(store, source) == first
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(_objects(store)) == 1


@pytest.mark.parametrize("size", [3000, 3_000_000])
@pytest.mark.parametrize("wrong", [b"", b"half", "link", "pipe"])
def test_something_wrong_in_the_place_of_an_object_is_replaced(
    make: Make, tmp_path: Path, size: int, wrong: bytes | str
) -> None:
    data = _bytes(size)
    store = make()
    place = _place(store, _sha256(data))
    place.parent.mkdir(parents=True)
    if wrong == "link":
        place.symlink_to(_file(tmp_path, data))  # even to the right bytes: they are not kept here
    elif wrong == "pipe":
        os.mkfifo(place)
    else:
        assert isinstance(wrong, bytes)
        place.write_bytes(wrong)
    _keep(store, _file(tmp_path, data))
    assert not place.is_symlink()
    assert place.read_bytes() == data
    assert len(_objects(store)) == 1


def test_a_folder_in_the_place_of_an_object_is_the_stores_trouble(store: EvidenceFolder) -> None:
    (store.folder / "ba" / ABC).mkdir(parents=True)
    with pytest.raises(StorageError):
        store.add(b"abc")


def test_bytes_are_not_led_out_of_the_store(store: EvidenceFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    store.folder.mkdir()
    (store.folder / "ba").symlink_to(elsewhere)
    with pytest.raises(StorageError):
        store.add(b"abc")
    assert list(elsewhere.iterdir()) == []


def test_a_sparse_file_of_300_mib_is_kept_whole(store: EvidenceFolder, tmp_path: Path) -> None:
    size = 300 * 1024 * 1024
    source = tmp_path / "sparse"
    with source.open("wb") as file:
        file.truncate(size)
        file.seek(size - 3)
        file.write(b"end")
    digests = _keep(store, source)
    with source.open("rb") as file:
        expected = hashlib.file_digest(file, "sha256").digest()
    assert digests == Digests(expected, size, {})
    assert store.check(expected.hex()) == ObjectCheck("present", expected.hex(), size)


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps"), reason="needs Linux's /proc")
def test_a_file_that_the_system_makes_up_as_it_is_read_is_kept(make: Make, tmp_path: Path) -> None:
    # copy_file_range ends early or refuses on such files, and their size is said to be 0.
    with open("/proc/kallsyms", "rb", buffering=0) as file:
        digests = make().copy_in(file, 2 * WHOLE, ())
    data = Path("/proc/kallsyms").read_bytes()
    assert (digests.size, digests.sha256.hex()) == (len(data), _sha256(data))


@pytest.mark.parametrize(
    "number", [errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EIO, None], ids=str
)
@pytest.mark.parametrize("steps", [0, 1])
def test_a_kernel_that_stops_copying_is_taken_over_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None, steps: int
) -> None:
    real, calls = os.copy_file_range, []

    def stops(source: int, target: int, count: int) -> int:
        calls.append(count)
        if len(calls) <= steps:
            return real(source, target, count)
        if number is None:
            return 0
        os.write(target, b"half a step that was not counted" * 2_000_000)
        os.lseek(target, -64_000_000, os.SEEK_CUR)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "copy_file_range", stops)
    store = EvidenceFolder(tmp_path / "evidence", linux=True)
    data = _bytes(20_000_001)
    assert _keep(store, _file(tmp_path, data)).sha256.hex() == _sha256(data)
    assert list(_objects(store).values()) == [data]
    assert len(calls) == steps + 1


def test_the_copy_never_runs_far_ahead_of_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "KERNEL_STEP", 4096)
    monkeypatch.setattr(copying, "HASH_BUFFER", 4096)
    digested, ahead = 0, []
    real_read, real_copy = os.preadv, os.copy_file_range

    def slow(descriptor: int, buffers: list[memoryview], offset: int) -> int:
        nonlocal digested
        time.sleep(0.0005)
        count = real_read(descriptor, buffers, offset)
        digested = offset + count
        return count

    def copy(source: int, target: int, count: int) -> int:
        ahead.append(os.lseek(target, 0, os.SEEK_CUR) - digested)
        return real_copy(source, target, count)

    monkeypatch.setattr(os, "preadv", slow)
    monkeypatch.setattr(os, "copy_file_range", copy)
    _keep(EvidenceFolder(tmp_path / "evidence", linux=True), _file(tmp_path, _bytes(WHOLE + 1)))
    assert max(ahead) <= (copying.STEPS_AHEAD + 2) * 4096


@pytest.mark.skipif(not hasattr(os, "copy_file_range"), reason="needs Linux")
def test_a_digest_that_cannot_go_on_ends_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "KERNEL_STEP", 4096)
    monkeypatch.setattr(copying, "HASH_BUFFER", sys.maxsize)  # more memory than there is
    store = EvidenceFolder(tmp_path / "evidence", linux=True)
    source = _file(tmp_path, _bytes(WHOLE + 1))
    ended: list[BaseException] = []

    def keep() -> None:
        try:
            _keep(store, source)
        except MemoryError as error:
            ended.append(error)

    copying_thread = threading.Thread(target=keep, daemon=True)  # or a copy that waits for ever would hold the tests
    copying_thread.start()
    copying_thread.join(30)
    assert len(ended) == 1
    assert _objects(store) == {}


def test_many_processes_may_keep_the_same_bytes_at_once(tmp_path: Path) -> None:
    source, folder = _file(tmp_path, _bytes(3_000_000)), tmp_path / "evidence"
    code = (
        "import sys; from pathlib import Path; from custody.adapters.evidence import EvidenceFolder\n"
        "source, store = Path(sys.argv[1]), EvidenceFolder(Path(sys.argv[2]))\n"
        "for number in range(60):\n"
        "    store.add(b'%d' % number)\n"
        "with source.open('rb', buffering=0) as file: print(store.copy_in(file, 3000000, ()).sha256.hex())\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(source), str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(4)
    ]
    answers = {process.communicate(timeout=60)[0].strip() for process in processes}
    store = EvidenceFolder(folder)
    assert answers == {_sha256(source.read_bytes())}
    assert [store.check(name).found for name in store.names()] == list(store.names())
    assert len(_objects(store)) == 61


# --- the source's and the store's trouble ----------------------------------------------------------------------------


class _Failing(io.FileIO):
    """A file on a disk that fails after its first bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= 10:
            raise OSError(errno.EIO, "bad sector")
        return super().read(10)


@pytest.mark.parametrize("size", [100, 3_000_000])
def test_the_sources_errors_come_out_as_they_are(tmp_path: Path, size: int) -> None:
    store = EvidenceFolder(tmp_path / "evidence", linux=False)
    with _Failing(str(_file(tmp_path, _bytes(size)))) as file, pytest.raises(OSError, match="bad sector"):
        store.copy_in(file, size, ())
    assert not store.folder.exists() or _objects(store) == {}


def test_a_folder_read_as_a_file_is_the_sources_trouble(make: Make, tmp_path: Path) -> None:
    class OpenFolder(io.RawIOBase):
        def __init__(self) -> None:
            self.descriptor = os.open(tmp_path, os.O_RDONLY)

        def fileno(self) -> int:
            return self.descriptor

        def read(self, size: int = -1, /) -> bytes:
            return os.read(self.descriptor, size)

    folder = OpenFolder()
    try:
        with pytest.raises(IsADirectoryError):
            make().copy_in(folder, 3_000_000, ())  # type: ignore[arg-type]
    finally:
        os.close(folder.descriptor)
    assert _objects(make()) == {}


@contextmanager
def _small_disk(folder: Path, options: str) -> Iterator[None]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "custody-test", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # stores hold it open


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("linux", [True, False])
@pytest.mark.parametrize("size", [WHOLE, 3 * WHOLE])
def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path, size: int, linux: bool) -> None:
    disk = tmp_path / "disk"
    with _small_disk(disk, "size=700k"):
        store = EvidenceFolder(disk / "evidence", linux=linux)
        kept = store.add(b"abc")
        with pytest.raises(StorageError) as caught:
            _keep(store, _file(tmp_path, _bytes(size)))
        assert "No space left" in caught.value.message
        assert caught.value.hint.startswith("the disk with the case is full")
        assert _objects(store) == {f"{kept[:2]}/{kept}": b"abc"}
        # and there is room again for what fits
        assert store.add(b"fits" * 1000) in list(store.names())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_read_only_disk_is_said(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with _small_disk(disk, "size=700k"):
        EvidenceFolder(disk / "evidence").add(b"abc")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        store = EvidenceFolder(disk / "evidence")
        with pytest.raises(StorageError) as caught:
            store.add(b"more")
        assert caught.value.hint.startswith("the disk with the case is read-only")
        assert store.check(ABC) == ObjectCheck("present", ABC, 3)


@pytest.mark.parametrize("size", [WHOLE, 3 * WHOLE])
def test_a_disk_that_holds_no_such_large_file_is_said(make: Make, tmp_path: Path, size: int) -> None:
    source = _file(tmp_path, _bytes(size))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, before[1]))
    try:
        with pytest.raises(StorageError) as caught:
            _keep(make(), source)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "File too large" in caught.value.message
    assert _objects(make()) == {}


@contextmanager
def _somebody() -> Iterator[Path]:
    """As a person without root's rights, in a folder that is theirs alone."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        if os.geteuid() != 0:
            yield Path(name)
            return
        os.chown(name, 65534, 65534)
        os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX rights")
def test_a_store_that_may_not_be_written_is_said() -> None:
    with _somebody() as home:
        store = EvidenceFolder(home / "evidence")
        store.add(b"abc")
        os.chmod(store.folder, 0o500)
        try:
            with pytest.raises(StorageError) as caught:
                store.add(b"more")
        finally:
            os.chmod(store.folder, 0o700)
    assert caught.value.hint.startswith("you may not write in the case folder")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX rights")
def test_an_object_that_may_not_be_read_is_unreadable() -> None:
    with _somebody() as home:
        store = EvidenceFolder(home / "evidence")
        os.chmod(_place(store, store.add(b"abc")), 0)
        assert store.check(ABC) == ObjectCheck("unreadable", None, 0)


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EPERM, errno.EFBIG]
)
def test_each_trouble_has_its_own_advice(number: int) -> None:
    otherwise = trouble(OSError(errno.EBADF, "other")).hint
    assert trouble(OSError(number, os.strerror(number))).hint != otherwise


# --- leftovers -------------------------------------------------------------------------------------------------------


def _killed_while_copying(folder: Path) -> Path:
    """A temporary file whose writer was killed."""
    code = (
        "import os, sys, signal; from custody.adapters.evidence.temporary import Temporary\n"
        "temporary = Temporary(sys.argv[1]).__enter__(); os.write(temporary.descriptor, b'half')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    (left,) = folder.glob(".incoming-*")
    return left


def test_what_a_killed_writer_left_is_no_object_and_goes_at_the_next_write(make: Make) -> None:
    store = make()
    store.folder.mkdir()
    left = _killed_while_copying(store.folder)
    assert list(store.names()) == []
    store.add(b"abc")
    assert not left.exists()


def test_what_is_still_being_written_stays(make: Make) -> None:
    store = make()
    store.folder.mkdir()
    with Temporary(str(store.folder)) as other:
        os.write(other.descriptor, b"half")
        make().add(b"abc")
        (left,) = store.folder.glob(".incoming-*")
        assert left.read_bytes() == b"half"
        other.place(str(store.folder / "placed"))
    assert (store.folder / "placed").read_bytes() == b"half"
    assert list(store.folder.glob(".incoming-*")) == []


@pytest.mark.parametrize("name", [".incoming-", ".incoming-" + "0" * 31, "incoming-" + "0" * 32, "notes.txt"])
def test_files_of_other_names_are_left_alone(make: Make, name: str) -> None:
    store = make()
    store.folder.mkdir()
    (store.folder / name).write_bytes(b"somebody's")
    store.add(b"abc")
    assert (store.folder / name).read_bytes() == b"somebody's"


def test_a_pipe_named_as_a_leftover_does_not_block(make: Make) -> None:
    store = make()
    store.folder.mkdir()
    os.mkfifo(store.folder / (".incoming-" + "0" * 32))
    assert store.add(b"abc") == ABC


def test_writers_and_cleaners_do_not_disturb_each_other(make: Make, tmp_path: Path) -> None:
    source = _file(tmp_path, _bytes(WHOLE + 1))

    def write(writer: int) -> None:
        for number in range(25):
            place = make().folder / f"{writer}-{number}"
            with Temporary(str(make().folder)) as temporary:
                os.write(temporary.descriptor, b"whole")
                temporary.place(str(place))
            assert place.read_bytes() == b"whole"
            _keep(make(), source)

    make().add(b"abc")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert list(make().folder.glob(".incoming-*")) == []


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_check_gives_the_digest_and_size_of_what_lies_there(store: EvidenceFolder, tmp_path: Path, size: int) -> None:
    name = _keep(store, _file(tmp_path, _bytes(size))).sha256.hex()
    assert store.check(name) == ObjectCheck("present", name, size)


def test_check_gives_the_digest_of_changed_bytes(store: EvidenceFolder) -> None:
    place = _place(store, store.add(b"abc"))
    place.chmod(0o600)
    place.write_bytes(b"abd")
    assert store.check(ABC) == ObjectCheck("present", _sha256(b"abd"), 3)


def test_an_object_that_is_not_there_is_missing(store: EvidenceFolder) -> None:
    store.add(b"more")
    assert store.check(ABC) == ObjectCheck("missing", None, 0)


def test_every_object_of_a_store_that_is_not_there_is_missing(store: EvidenceFolder) -> None:
    assert store.check(ABC) == ObjectCheck("missing", None, 0)


@pytest.mark.parametrize("what", ["link", "dangling", "pipe", "folder", "device", "linked shard", "file as shard"])
def test_what_is_no_plain_file_in_the_store_is_unreadable(store: EvidenceFolder, tmp_path: Path, what: str) -> None:
    place = _place(store, ABC)
    if what == "linked shard":
        store.folder.mkdir()
        (tmp_path / "ba").mkdir()
        (tmp_path / "ba" / ABC).write_bytes(b"abc")
        place.parent.symlink_to(tmp_path / "ba")
    elif what == "file as shard":
        store.folder.mkdir()
        place.parent.write_bytes(b"abc")
    else:
        place.parent.mkdir(parents=True)
    match what:
        case "link":
            place.symlink_to(_file(tmp_path, b"abc"))
        case "dangling":
            place.symlink_to(tmp_path / "nothing")
        case "pipe":
            os.mkfifo(place)
        case "folder":
            place.mkdir()
        case "device":
            if os.geteuid() != 0:
                pytest.skip("only root makes devices")
            os.mknod(place, stat.S_IFCHR | 0o444, os.makedev(1, 5))  # /dev/zero never ends
    assert store.check(ABC) == ObjectCheck("unreadable", None, 0)
    with pytest.raises(StorageError):
        store.open(ABC)


def test_a_pipe_in_the_place_of_an_object_is_not_opened(store: EvidenceFolder) -> None:
    place = _place(store, ABC)
    place.parent.mkdir(parents=True)
    os.mkfifo(place)
    writer = threading.Thread(target=lambda: os.close(os.open(place, os.O_WRONLY)))
    writer.start()
    try:
        store.check(ABC)
        writer.join(0.2)
        assert writer.is_alive()
    finally:
        reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
        writer.join()
        os.close(reader)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", ABC[:-1], ABC + "0", ABC.upper(), "/" * 64, ABC[:-1] + "\n", "0" * 62 + "\0\0"]
)
def test_a_name_that_is_no_digest_is_refused(store: EvidenceFolder, name: str) -> None:
    for use in (store.check, store.open):
        with pytest.raises(FormatError):
            use(name)


def test_an_open_object_gives_its_bytes(store: EvidenceFolder) -> None:
    with store.open(store.add(b"line\nline\n")) as file:
        assert file.readline(100) == b"line\n"


def test_opening_what_is_not_there_is_the_stores_trouble(store: EvidenceFolder) -> None:
    with pytest.raises(StorageError) as caught:
        store.open(ABC)
    assert ABC in caught.value.message


def test_names_are_those_of_objects_alone_and_ascending(store: EvidenceFolder) -> None:
    kept = sorted(store.add(b"%d" % number) for number in range(300))
    (store.folder / "README").write_bytes(b"")
    (store.folder / ABC).write_bytes(b"abc")  # not in its place
    (store.folder / "00" / ABC).parent.mkdir(exist_ok=True)
    (store.folder / "00" / ABC).write_bytes(b"abc")
    (store.folder / "zz").mkdir(exist_ok=True)
    (store.folder / "zz" / ("zz" + "0" * 62)).write_bytes(b"")
    (store.folder / kept[0][:2] / "notes.txt").write_bytes(b"")
    assert list(store.names()) == kept


def test_a_store_that_is_not_there_has_no_names(store: EvidenceFolder) -> None:
    assert list(store.names()) == []


def test_check_objects_answers_in_order(store: EvidenceFolder) -> None:
    other = store.add(b"more")
    store.add(b"abc")
    order = CheckOrder(evidence=os.fsencode(store.folder), objects=(ABC, "0" * 64, other))
    assert check_objects(order) == [
        ObjectCheck("present", ABC, 3),
        ObjectCheck("missing", None, 0),
        ObjectCheck("present", other, 4),
    ]


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs Linux's /proc")
def test_checking_takes_bounded_memory(make: Make, tmp_path: Path) -> None:
    source = tmp_path / "sparse"
    with source.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    name = _keep(make(), source).sha256.hex()
    code = (
        "import re, sys; from custody.adapters.evidence import check_objects\n"
        "from custody.ports import CheckOrder\n"
        # not getrusage: a child begins with its parent's maximum
        "def most(): return int(re.search(r'VmHWM:\\s*(\\d+) kB', open('/proc/self/status').read())[1])\n"
        "before = most()\n"
        "check_objects(CheckOrder(evidence=sys.argv[1].encode(), objects=(sys.argv[2],)))\n"
        "print(most() - before)\n"
    )
    grown = subprocess.run(
        [sys.executable, "-c", code, str(make().folder), name],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert int(grown.stdout) < 8 * 1024  # KiB


# --- syncing ---------------------------------------------------------------------------------------------------------


def test_sync_returns_when_nothing_is_wrong(store: EvidenceFolder) -> None:
    store.add(b"abc")
    store.sync()


@pytest.mark.skipif(sys.platform != "linux", reason="syncfs is Linux's")
def test_sync_checks_what_the_system_answers(tmp_path: Path) -> None:
    store = EvidenceFolder(tmp_path / "evidence", linux=True)
    store.add(b"abc")
    store.sync()
    descriptor = store._durability._descriptor
    assert descriptor is not None
    kept = os.dup(descriptor)
    os.close(descriptor)
    try:
        with pytest.raises(StorageError, match="Bad file descriptor"):
            store.sync()
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)


def test_a_store_that_is_gone_cannot_be_synced(store: EvidenceFolder) -> None:
    with pytest.raises(StorageError):
        store.sync()


@pytest.mark.parametrize("size", [3, 3_000_000])
def test_without_syncfs_each_file_is_synced_before_it_bears_its_name_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    synced: list[tuple[int, int]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append((status.st_ino, status.st_size))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    store = EvidenceFolder(tmp_path / "evidence", linux=False)
    place = _place(store, _keep(store, _file(tmp_path, _bytes(size))).sha256.hex())
    assert synced == [(place.stat().st_ino, size)]
    _keep(store, _file(tmp_path, _bytes(size)))
    assert synced == [(place.stat().st_ino, size)] * 2  # the run that wrote it may never have synced it
    synced.clear()
    store.sync()
    folders = {place.parent, store.folder, store.folder.parent}
    assert {inode for inode, _ in synced} == {folder.stat().st_ino for folder in folders}


def test_a_failed_sync_of_one_file_keeps_no_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk is dying")

    monkeypatch.setattr(os, "fsync", fsync)
    store = EvidenceFolder(tmp_path / "evidence", linux=False)
    for size in (3, 3_000_000):
        with pytest.raises(StorageError, match="the disk is dying"):
            _keep(store, _file(tmp_path, _bytes(size)))
    assert _objects(store) == {}


def test_where_the_c_library_has_no_syncfs_files_are_synced_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(durable, "_find_syncfs", lambda: None)
    monkeypatch.setattr(os, "fsync", synced.append)
    EvidenceFolder(tmp_path / "evidence", linux=True).add(b"abc")
    assert len(synced) == 1
