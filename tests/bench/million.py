"""Measures custody on one very large ledger: `python -m tests.bench.million FOLDER [--entries N] [--kept]`.

FOLDER must be new. Half of the entries are items of which only the digest is recorded, half are notes on them, each
with its seals: the case is made by the recorder itself, with a key that lies in memory. What is printed: the rows that
an append and a proof read at a thousand entries and at the end, the time of the commands that look at a case, and that
of a whole verification beside as many bare P-256 verifications in as many processes. Asserts nothing.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from custody import bootstrap
from custody.adapters.database import connection
from custody.domain.events import Collected, Noted
from custody.domain.events.collection import Handling
from custody.formats.merkle import consistency_proof, inclusion_proof
from custody.ports import CaseFiles
from custody.services import remembering
from custody.services.recording import Recorder, note
from custody.services.recording.appending import Draft
from tests.builders import ANA, new_case

CUSTODY = Path(sys.executable).with_name("custody")
FIRST = 1000  # entries; what an append costs there is compared with what it costs at the end
BATCH = 2048


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--entries", type=int, default=1_000_000)
    told = parser.parse_args()
    told.folder.mkdir(parents=True)
    folder = told.folder.resolve()
    world = bootstrap.world(folder / "home")
    recorder = new_case(folder / "case", world)
    files = recorder.files
    _fill(recorder, FIRST)
    small = _rows(recorder)
    started = time.perf_counter()
    _fill(recorder, told.entries)
    print(f"{told.entries} entries made in {time.perf_counter() - started:.0f} s")
    large = _rows(recorder)
    print("\n| rows read | at 1,000 | at the end |\n|---|---|---|")
    for name in small:
        print(f"| {name} | {small[name]} | {large[name]} |")
    print("\n| command | s |\n|---|---|")
    environment = {**os.environ, "CUSTODY_HOME": str(folder / "home")}
    case = ("--case", str(files.folder))
    for arguments in (("items", *case), ("show", "JD-7", *case), ("status", *case)):
        print(f"| {arguments[0]} | {_timed(arguments, environment):.2f} |", flush=True)
    print(f"| verify | {(whole := _timed(('verify', str(files.folder)), environment)):.1f} |", flush=True)
    bare = _bare(told.entries)
    print(f"| as many bare verifications | {bare:.1f} |\n\nverify is {whole / bare:.2f} times the bare verifications")


def _fill(recorder: Recorder, entries: int) -> None:
    """Append items, then as many notes on them, to so many entries in all."""
    with recorder.files.ledgers.reading() as reader:
        size = reader.size(recorder.ledger.id)
    first = int(recorder.append([_item(recorder, size)])[0].item.rpartition("-")[2])  # type: ignore[union-attr]
    missing = entries - size - 1
    for start in range(0, missing // 2, BATCH):
        recorder.append([_item(recorder, size + start + index) for index in range(min(BATCH, missing // 2 - start))])
    for start in range(0, missing - missing // 2, BATCH):
        count = min(BATCH, missing - missing // 2 - start)
        recorder.append([_note(recorder, f"JD-{first + start + index}") for index in range(count)])


def _item(recorder: Recorder, number: int) -> Draft:
    sealer = recorder.sealer(Collected.type_name())
    body = Collected(
        form="file",
        kept=False,
        digest=f"{number:064x}",
        size=number,
        extra_digests=None,
        parts=None,
        media_type="image/jpeg",
        media_type_from="content",
        derived_from=None,
        file_times=None,
        name=sealer.seal("/name", {"text": f"IMG-{number}.jpg"}),
        path=sealer.seal("/path", {"text": f"/home/ana/found/IMG-{number}.jpg"}),
        origin=None,
        method="download",
        tool="wget 1.21",
        captured_at=None,
        hashed_at="2026-11-24T03:02:01.123456Z",
        found_at=None,
        persona=None,
        place=None,
        time_zone=sealer.seal("/time_zone", "Europe/Madrid (UTC+01:00)"),
        machine=sealer.seal("/machine", "laptop, Linux"),
        description=None,
        handling=Handling(basis=None, review=None, sensitivity="normal"),
    )
    return Draft(body, tuple(sealer.openings), new_item=True)


def _note(recorder: Recorder, item: str) -> Draft:
    sealer = recorder.sealer(Noted.type_name())
    return Draft(Noted(text=sealer.seal("/text", "seen on the same page")), tuple(sealer.openings), item=item)


def _rows(recorder: Recorder) -> dict[str, int]:
    """Rows that were read, by what was done."""
    files = recorder.files
    with files.ledgers.reading() as reader:
        size = reader.size(recorder.ledger.id)
    return {
        "an item is appended": _counted(files, lambda: recorder.append([_item(recorder, size)])),
        "another one": _counted(files, lambda: recorder.append([_item(recorder, size)])),
        "a note is appended": _counted(files, lambda: note(recorder, "JD-7", "seen")),
        "inclusion proof": _counted(files, lambda: _prove(recorder, size, inclusion=True)),
        "consistency proof": _counted(files, lambda: _prove(recorder, size, inclusion=False)),
    }


def _prove(recorder: Recorder, size: int, *, inclusion: bool) -> None:
    with recorder.files.ledgers.reading() as reader:
        nodes = remembering.node_source(reader, recorder.ledger.id)
        if inclusion:
            inclusion_proof(size // 3, size, nodes)
        else:
            consistency_proof(size // 3, size, nodes)


def _counted(files: CaseFiles, work: Callable[[], object]) -> int:
    """How many rows SQLite handed out while `work` ran."""
    rows = 0
    original = sqlite3.Cursor

    class Counting(original):  # type: ignore[misc, valid-type]
        def fetchmany(self, *arguments: Any) -> list[Any]:
            nonlocal rows
            found: list[Any] = super().fetchmany(*arguments)
            rows += len(found)
            return found

    connect = sqlite3.connect

    def counting(*arguments: Any, factory: type[sqlite3.Connection], **options: Any) -> sqlite3.Connection:
        class Connection(factory):  # type: ignore[misc, valid-type]
            def cursor(self, *_: Any) -> sqlite3.Cursor:
                found: sqlite3.Cursor = super().cursor(Counting)
                return found

            def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
                self._left = self.allowed
                return self.cursor().execute(sql, values)

        return connect(*arguments, factory=Connection, **options)

    connection.sqlite3.connect = counting  # type: ignore[attr-defined]
    try:
        work()
    finally:
        connection.sqlite3.connect = connect  # type: ignore[attr-defined]
    return rows


def _timed(arguments: tuple[str, ...], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    done = subprocess.run([str(CUSTODY), *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 8):
        raise SystemExit(f"{arguments} ended with {done.returncode}: {done.stderr}")
    return time.perf_counter() - started


def _bare(count: int) -> float:
    """Seconds that so many P-256 verifications take, shared by as many processes as there are processors."""
    processes = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_verify_many, [1] * processes))  # the processes are there
        started = time.perf_counter()
        list(pool.map(_verify_many, [count // processes] * processes))
        return time.perf_counter() - started


def _verify_many(count: int) -> None:
    key = ANA.key.public_key()
    message = bytes(1500)
    signature = ANA.key.sign(message, ECDSA(SHA256()))
    for _ in range(count):
        key.verify(signature, message, ECDSA(SHA256()))


if __name__ == "__main__":
    main()
