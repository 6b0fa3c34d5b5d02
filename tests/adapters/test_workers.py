"""Worker processes answer in order, hand errors back, and never outlive their parent."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from custody.adapters.workers import LOOK_AHEAD, ProcessWorkers
from custody.errors import DigestMismatch, IntakeError, StorageError

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 20.0  # seconds; loaded machines are slow, and a hang is a failure


# --- tasks -----------------------------------------------------------------------------------------------------------


def upper(chunk: bytes) -> bytes:
    return chunk.upper()


def slow_for_even(chunk: bytes) -> bytes:
    time.sleep(0.03 if int(chunk) % 2 == 0 else 0)
    return chunk


def process_id(chunk: bytes) -> bytes:
    return b"%d" % os.getpid()


def mismatch(chunk: bytes) -> bytes:
    raise DigestMismatch("the object", expected=b"\0", found=chunk, hint="look again")


def refuse(chunk: bytes) -> bytes:
    raise IntakeError("no", outcome=chunk.decode())


def divide(chunk: bytes) -> bytes:
    return b"%d" % (1 // int(chunk))


def killed(chunk: bytes) -> bytes:
    if chunk == b"3":
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk


def interrupted(chunk: bytes) -> bytes:
    os.kill(os.getpid(), signal.SIGINT)
    return chunk


def interrupts(chunk: bytes) -> bytes:
    """How this process takes Ctrl-C: its handler, and whether it is held back."""
    return repr(
        (signal.getsignal(signal.SIGINT), signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    ).encode()


def mark_and_sleep(chunk: bytes) -> bytes:
    """Leaves a file named by the process in the folder `chunk`, then works for long."""
    (Path(os.fsdecode(chunk)) / str(os.getpid())).touch()
    time.sleep(600)
    return chunk


def mark_and_hold_everything(chunk: bytes) -> bytes:
    """As above, in a C function that lets no other thread of this process run."""
    (Path(os.fsdecode(chunk)) / str(os.getpid())).touch()
    return b"%d" % pow(3, 10**9)


def secret(chunk: bytes) -> bytes:
    """The value of this module's `held` in the process that runs it."""
    return held


held = b""


# --- helpers ---------------------------------------------------------------------------------------------------------


def _numbers(count: int) -> Iterator[bytes]:
    return (b"%d" % number for number in range(count))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    if sys.platform == "linux":  # a process that is gone stays listed until its parent asks after it
        try:
            return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False  # it went between the two looks
    return True


def _wait_until_gone(processes: set[int]) -> set[int]:
    """The processes that are still there when patience is at its end."""
    end = time.monotonic() + PATIENCE
    while (left := {process for process in processes if _alive(process)}) and time.monotonic() < end:
        time.sleep(0.02)
    return left


def _marks(folder: Path, count: int) -> set[int]:
    end = time.monotonic() + PATIENCE
    while len(found := {int(path.name) for path in folder.iterdir()}) < count:
        assert time.monotonic() < end, "the workers did not start"
        time.sleep(0.02)
    return found


# --- order and errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alone", [True, False])
def test_results_come_in_the_order_of_the_chunks(alone: bool) -> None:
    assert list(ProcessWorkers(3).map(slow_for_even, _numbers(30), alone=alone)) == list(_numbers(30))


@pytest.mark.parametrize("alone", [True, False])
def test_no_chunks_give_no_results(alone: bool) -> None:
    assert list(ProcessWorkers(2).map(upper, [], alone=alone)) == []


def test_alone_runs_in_this_process() -> None:
    assert set(ProcessWorkers(2).map(process_id, _numbers(3), alone=True)) == {b"%d" % os.getpid()}


def test_beside_one_another_runs_in_other_processes() -> None:
    assert b"%d" % os.getpid() not in set(ProcessWorkers(2).map(process_id, _numbers(8), alone=False))


def test_workers_do_not_share_the_parents_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "held", b"an unlocked key")
    assert list(ProcessWorkers(1).map(secret, [b""], alone=False)) == [b""]


@pytest.mark.parametrize("alone", [True, False])
def test_our_errors_reach_the_caller_whole(alone: bool) -> None:
    with pytest.raises(DigestMismatch) as caught:
        list(ProcessWorkers(2).map(mismatch, [b"\1"], alone=alone))
    error = caught.value
    assert (str(error), error.message, error.hint, error.expected, error.found) == (
        "the object: expected 00, found 01",
        "the object: expected 00, found 01",
        "look again",
        b"\0",
        b"\1",
    )


def test_an_error_with_a_keyword_reaches_the_caller() -> None:
    with pytest.raises(IntakeError) as caught:
        list(ProcessWorkers(1).map(refuse, [b"not-found"], alone=False))
    assert caught.value.outcome == "not-found"


def test_other_errors_reach_the_caller_after_the_results_before_them() -> None:
    results = ProcessWorkers(2).map(divide, [b"1", b"1", b"0"], alone=False)
    assert [next(results), next(results)] == [b"1", b"1"]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_a_killed_worker_is_said_with_what_to_do() -> None:
    with pytest.raises(StorageError) as caught:
        list(ProcessWorkers(2).map(killed, _numbers(10), alone=False))
    assert "--resume" in caught.value.hint


def test_workers_ignore_interrupts() -> None:
    assert list(ProcessWorkers(2).map(interrupted, _numbers(6), alone=False)) == list(_numbers(6))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_interrupts_are_held_back_from_the_start_and_then_ignored() -> None:
    assert set(ProcessWorkers(2).map(interrupts, _numbers(6), alone=False)) == {b"(<Handlers.SIG_IGN: 1>, True)"}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupt_while_workers_start_is_not_lost() -> None:
    def chunks() -> Iterator[bytes]:
        os.kill(os.getpid(), signal.SIGINT)
        yield b"x"

    with pytest.raises(KeyboardInterrupt):
        list(ProcessWorkers(2).map(upper, chunks(), alone=False))
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


# --- looking ahead ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_chunks_are_drawn_a_bounded_number_ahead(count: int) -> None:
    drawn = 0

    def chunks() -> Iterator[bytes]:
        nonlocal drawn
        for chunk in _numbers(40):
            drawn += 1
            yield chunk

    ahead = [drawn - number for number, _ in enumerate(ProcessWorkers(count).map(upper, chunks(), alone=False))]
    assert max(ahead) == count + LOOK_AHEAD


def test_nothing_is_drawn_or_started_before_the_first_result_is_asked_for() -> None:
    drawn: list[bytes] = []

    def chunks() -> Iterator[bytes]:
        for chunk in _numbers(3):
            drawn.append(chunk)
            yield chunk

    results = ProcessWorkers(2).map(upper, chunks(), alone=False)
    assert (drawn, multiprocessing.active_children()) == ([], [])
    del results


# --- ends ------------------------------------------------------------------------------------------------------------


def test_no_process_is_left_when_all_results_are_there() -> None:
    seen = set(map(int, ProcessWorkers(2).map(process_id, _numbers(12), alone=False)))
    assert [process for process in seen if _alive(process)] == []


def test_an_abandoned_map_leaves_no_process(tmp_path: Path) -> None:
    results = ProcessWorkers(2).map(process_id, _numbers(50), alone=False)
    first = int(next(results))
    processes = {child.pid for child in multiprocessing.active_children()} | {first}
    results.close()  # type: ignore[attr-defined]
    assert [process for process in processes if process is not None and _alive(process)] == []


def test_a_map_abandoned_in_the_middle_of_long_work_ends_soon(tmp_path: Path) -> None:
    results = ProcessWorkers(2).map(mark_and_sleep, [os.fsencode(tmp_path)] * 4, alone=False)
    interrupt = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 2.0)
    try:
        with pytest.raises(KeyboardInterrupt):
            next(results)
    finally:
        signal.signal(signal.SIGALRM, interrupt)
    assert _wait_until_gone({int(path.name) for path in tmp_path.iterdir()}) == set()


def test_a_generator_that_fails_leaves_no_process() -> None:
    def chunks() -> Iterator[bytes]:
        yield from _numbers(5)
        raise RuntimeError("the disk went away")

    with pytest.raises(RuntimeError, match="the disk went away"):
        list(ProcessWorkers(2).map(process_id, chunks(), alone=False))
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("task", ["mark_and_sleep", "mark_and_hold_everything"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_a_parent_that_is_killed(tmp_path: Path, task: str, how: signal.Signals) -> None:
    if task == "mark_and_hold_everything" and sys.platform != "linux":
        pytest.skip("only Linux's kernel ends a process in which no thread can run")
    code = (
        f"import sys; sys.path.append({str(REPOSITORY)!r})\n"
        "from tests.adapters import test_workers\n"
        "from custody.adapters.workers import ProcessWorkers\n"
        f"list(ProcessWorkers(2).map(test_workers.{task}, [sys.argv[1].encode()] * 8, alone=False))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    try:
        workers = _marks(tmp_path, 2)
    finally:
        parent.send_signal(how)
        parent.wait()
    left = _wait_until_gone(workers)
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert left == set()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_at_the_terminal_reaches_the_parent_alone(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.append({str(REPOSITORY)!r})\n"
        "from tests.adapters import test_workers\n"
        "from custody.adapters.workers import ProcessWorkers\n"
        "try: list(ProcessWorkers(2).map(test_workers.mark_and_sleep, [sys.argv[1].encode()] * 8, alone=False))\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    workers = _marks(tmp_path, 2)
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.communicate(timeout=PATIENCE) == (b"stopped\n", b"")
    assert _wait_until_gone(workers) == set()


def test_the_program_is_not_run_again_in_each_worker(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(
        f"import sys; sys.path.append({str(REPOSITORY)!r})\n"
        "print('loaded', flush=True)\n"
        "from tests.adapters.test_workers import upper\n"
        "from custody.adapters.workers import ProcessWorkers\n"
        "if __name__ == '__main__': print(list(ProcessWorkers(2).map(upper, [b'a'] * 3, alone=False)))\n"
    )
    ran = subprocess.run([sys.executable, program], check=True, capture_output=True, text=True)
    assert ran.stdout == "loaded\n[b'A', b'A', b'A']\n"
