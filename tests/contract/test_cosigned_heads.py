"""What the use cases expect of CosignedHeads, on the SQLite ones: looked at and changed in one step, durable, apart."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from custody.adapters.database.cosigned import SqliteCosignedHeads
from custody.errors import CustodyError, FormatError, VerificationError
from custody.ports import CosignedHead

HEAD = CosignedHead(
    cosigner="custody-cosigner/" + "ab" * 32,
    origin="custody/" + "cd" * 32,
    size=3,
    root=bytes(range(32)),
    ledger_key="custody/x+00000000+AQ==",
    time=1_795_000_000,
)
LONGER = replace(HEAD, size=5, root=bytes(32), time=1_795_000_100)


def _fine(_: Sequence[CosignedHead]) -> None:
    pass


def _never(_: Sequence[CosignedHead]) -> None:
    raise VerificationError("no")


@pytest.fixture
def heads(tmp_path: Path) -> SqliteCosignedHeads:
    return SqliteCosignedHeads(tmp_path / "home" / "cosigned.db")


def test_nothing_is_remembered_at_first_and_asking_creates_nothing(heads: SqliteCosignedHeads, tmp_path: Path) -> None:
    assert heads.of(HEAD.origin) == ()
    assert list(tmp_path.iterdir()) == []


def test_what_is_allowed_is_remembered(heads: SqliteCosignedHeads) -> None:
    heads.advance(HEAD, _fine)
    assert heads.of(HEAD.origin) == (HEAD,)


def test_the_next_head_takes_the_place_of_the_last_which_was_looked_at(heads: SqliteCosignedHeads) -> None:
    seen: list[Sequence[CosignedHead]] = []
    heads.advance(HEAD, seen.append)
    heads.advance(LONGER, seen.append)
    assert (heads.of(HEAD.origin), seen) == ((LONGER,), [(), (HEAD,)])


def test_what_is_not_allowed_changes_nothing(heads: SqliteCosignedHeads) -> None:
    heads.advance(HEAD, _fine)
    with pytest.raises(VerificationError, match=r"^no$"):
        heads.advance(LONGER, _never)
    assert heads.of(HEAD.origin) == (HEAD,)


def test_a_first_head_that_is_not_allowed_is_not_remembered(heads: SqliteCosignedHeads) -> None:
    with pytest.raises(VerificationError, match=r"^no$"):
        heads.advance(HEAD, _never)
    assert heads.of(HEAD.origin) == ()


def test_keys_and_ledgers_are_remembered_apart(heads: SqliteCosignedHeads) -> None:
    other_key = replace(LONGER, cosigner="custody-cosigner/" + "01" * 32)
    other_ledger = replace(LONGER, origin="custody/" + "ef" * 32)
    for head in (HEAD, other_key, other_ledger):
        heads.advance(head, _fine)
    assert (heads.of(HEAD.origin), heads.of(other_ledger.origin)) == ((other_key, HEAD), (other_ledger,))


def test_it_is_durable_before_anything_else_happens(heads: SqliteCosignedHeads, tmp_path: Path) -> None:
    """Another connection, as of a process that starts after the power came back, reads it."""
    heads.advance(HEAD, _fine)
    with closing(sqlite3.connect(tmp_path / "home" / "cosigned.db")) as connection:
        assert connection.execute("SELECT size FROM cosigned").fetchall() == [(3,)]
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["cosigned.db"]


@pytest.mark.parametrize("act", [lambda heads: heads.of(HEAD.origin), lambda heads: heads.advance(LONGER, _fine)])
@pytest.mark.parametrize("damage", [b"This is not a database.\n" * 100, b"SQLite format 3\0" + bytes(4080)])
def test_a_damaged_memory_is_named(
    heads: SqliteCosignedHeads, tmp_path: Path, act: Callable[[SqliteCosignedHeads], object], damage: bytes
) -> None:
    heads.advance(HEAD, _fine)
    (tmp_path / "home" / "cosigned.db").write_bytes(damage)
    with pytest.raises(CustodyError, match=r"cosigned\.db"):
        act(heads)


def test_the_memory_is_a_strict_table(heads: SqliteCosignedHeads, tmp_path: Path) -> None:
    heads.advance(HEAD, _fine)
    path = tmp_path / "home" / "cosigned.db"
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE cosigned SET size = 'many'")


@pytest.mark.parametrize("cell", ["'3'", "NULL", "x'03'", "3.5"])
def test_a_memory_that_holds_something_else_is_named(heads: SqliteCosignedHeads, tmp_path: Path, cell: str) -> None:
    heads.advance(HEAD, _fine)
    with closing(sqlite3.connect(tmp_path / "home" / "cosigned.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE other AS SELECT * FROM cosigned")
        connection.execute("DROP TABLE cosigned")
        connection.execute("CREATE TABLE cosigned (cosigner, origin, size, root, ledger_key, time)")
        connection.execute("INSERT INTO cosigned SELECT * FROM other")
        connection.execute(f"UPDATE cosigned SET size = {cell}")
    for act in (lambda: heads.of(HEAD.origin), lambda: heads.advance(LONGER, _fine)):
        with pytest.raises(FormatError, match=r"cosigned\.db holds what custody did not write"):
            act()


CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from custody.adapters.database.cosigned import SqliteCosignedHeads
from custody.errors import VerificationError
from tests.contract.test_cosigned_heads import HEAD
def free(before):
    if before:
        raise VerificationError("another root was signed")
heads = SqliteCosignedHeads(Path(sys.argv[1]))
sys.stdin.read()
signed = 0
for size in range(1, 9):
    try:
        heads.advance(replace(HEAD, origin=str(size), root=bytes([int(sys.argv[2])]) * 32), free)
        signed += 1
    except VerificationError:
        pass
print(signed)
"""


def test_processes_that_sign_at_once_never_both_sign(tmp_path: Path) -> None:
    here = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])}
    path = tmp_path / "home" / "cosigned.db"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for number in range(3)
    ]
    told = [child.communicate("")[0] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    assert sum(map(int, told)) == 8


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("act", [lambda heads: heads.of(HEAD.origin), lambda heads: heads.advance(HEAD, _fine)])
def test_a_pipe_in_place_of_the_memory_is_refused(tmp_path: Path, act: Callable[[SqliteCosignedHeads], object]) -> None:
    os.mkfifo(tmp_path / "cosigned.db")
    with pytest.raises(CustodyError, match=r"cosigned\.db is not a plain file"):
        act(SqliteCosignedHeads(tmp_path / "cosigned.db"))
