"""Cases that cannot be examined: `custody verify` ends with an error, and touches nothing."""

import shutil
import struct
from typing import Any

from tests.vectors.case_fault import Make, fault, small
from tests.vectors.making import Making


def _unusable(name: str, words: str, make: Make, error: str = "format", **more: Any) -> None:
    def both(it: Making) -> None:
        small(it)
        make(it)

    fault(name, words, error=error, answers="", **more)(both)


def _toml(content: bytes) -> Make:
    return lambda it: it.overwrite(it.folder / "case.toml", content)


def _names(ledger: str) -> Make:
    return _toml(f'format = 1\nledger = "{ledger}"\nopenings = "openings.db"\nevidence = "evidence"\n'.encode())


_unusable("toml-missing", "There is no case.toml.", lambda it: (it.folder / "case.toml").unlink(), "usage")
_unusable("toml-unreadable", "case.toml is no TOML.", _toml(b"format = = 1\n"))
_unusable("toml-no-text", "case.toml is not UTF-8.", _toml(b'format = 1 # caf\xe9\nledger = "ledger.db"\n'))
_unusable("toml-of-another-format", "case.toml says format 2.", _toml(b"format = 2\n"))
_unusable("toml-without-ledger", "case.toml does not say where the ledger lies.", _toml(b"format = 1\n"))
_unusable("toml-too-large", "case.toml is larger than it can be.", _toml(b"format = 1\n#" + b" " * 4096))
_unusable("toml-nested-too-deep", "case.toml is nested too deep.", _toml(b"a = " + b"[" * 4000))
_unusable("toml-leads-out", "The address of the ledger leads out of the folder.", _names("../case/ledger.db"))
_unusable("toml-absolute", "The address of the ledger is absolute.", _names("/ledger.db"))
_unusable("toml-with-a-nul", "The address of the ledger holds a NUL.", _names("ledger\\u0000.db"))
_unusable("toml-names-one-file-twice", "Ledger and openings are the same file.", _names("openings.db"))
_unusable(
    "toml-names-a-journal", "The ledger lies where the journal of the openings would.", _names("openings.db-journal")
)


def _write(name: str, data: bytes) -> Make:
    return lambda it: it.overwrite(it.folder / name, data)


def _folder_instead(name: str) -> Make:
    def make(it: Making) -> None:
        (it.folder / name).unlink()
        (it.folder / name).mkdir()
        (it.folder / name / "in-the-way.txt").write_bytes(b"")

    return make


def _folder_beside(name: str) -> Make:
    def make(it: Making) -> None:
        (it.folder / name).mkdir()
        (it.folder / name / "in-the-way.txt").write_bytes(b"")

    return make


def _evidence_file(it: Making) -> None:
    shutil.rmtree(it.folder / "evidence")
    (it.folder / "evidence").write_bytes(b"")


def _header(name: str, place: int, data: bytes) -> Make:
    def make(it: Making) -> None:
        whole = bytearray((it.folder / name).read_bytes())
        whole[place : place + len(data)] = data
        it.overwrite(it.folder / name, bytes(whole))

    return make


def _journal(name: str, *, pages: int = 1, super_journal: bytes = b"") -> Make:
    """A rollback journal as SQLite would believe it: header, and perhaps the name of a super-journal at its end."""
    magic = bytes.fromhex("d9d505f920a163d7")
    head = (magic + struct.pack(">IIIII", 0, 1234, pages, 512, 4096)).ljust(512, b"\0")
    checksum = sum(one if one < 128 else one - 256 for one in super_journal) & 0xFFFFFFFF
    end = struct.pack(">I", 0x40000000 // 4096 + 1) + super_journal
    end += struct.pack(">II", len(super_journal), checksum) + magic
    return _write(f"{name}-journal", head + (end if super_journal else b""))


def _garbled_schema(name: str, table: bytes) -> Make:
    """A byte that is no UTF-8 in the text of a table, which SQLite repeats in its error."""

    def make(it: Making) -> None:
        data = (it.folder / name).read_bytes()
        it.overwrite(it.folder / name, data.replace(b"CREATE TABLE " + table, b"CREATE \xb4ABLE " + table))

    return make


def _schema(name: str, words: str, sql: str, *, openings: bool = False) -> None:
    _unusable(name, words, lambda it: it.run(sql, openings=openings))


for _database in ("ledger", "openings"):
    _file = f"{_database}.db"
    _unusable(f"{_database}-no-database", f"{_file} is no database.", _write(_file, b"not a database\n" * 40))
    _unusable(f"{_database}-in-wal-mode", f"{_file} was set to WAL mode.", _header(_file, 18, b"\2\2"))
    _unusable(f"{_database}-with-wal-file", f"A -wal file lies beside {_file}.", _write(f"{_file}-wal", b""))
    _unusable(f"{_database}-is-a-folder", f"A folder lies in the place of {_file}.", _folder_instead(_file))
    _unusable(
        f"{_database}-journal-names-a-file",
        f"A journal beside {_file} names a file, which SQLite would delete.",
        _journal(_file, super_journal=b"/home/ana/.ssh/id_ed25519"),
    )
    _unusable(
        f"{_database}-journal-grows",
        f"A journal beside {_file} would make it a terabyte long.",
        _journal(_file, pages=2**28),
    )
    _unusable(
        f"{_database}-journal-is-a-folder",
        f"A folder lies where the journal of {_file} would.",
        _folder_beside(f"{_file}-journal"),
    )

_unusable("ledger-schema-garbled", "The schema holds a byte that is no text.", _garbled_schema("ledger.db", b"entries"))
_unusable(
    "openings-schema-garbled", "The schema holds a byte that is no text.", _garbled_schema("openings.db", b"openings")
)
_unusable("ledger-missing", "There is no ledger.db.", lambda it: it.ledger.unlink(), "storage")
_unusable("ledger-empty", "ledger.db is an empty file.", _write("ledger.db", b""))
_unusable("evidence-is-a-file", "A file lies in the place of the evidence store.", _evidence_file)
_schema(
    "ledger-table-is-a-view",
    "The table of entries is a view, which may go on for ever.",
    "ALTER TABLE entries RENAME TO old; CREATE VIEW entries AS SELECT * FROM old",
)
_schema("ledger-without-table", "ledger.db has no table of entries.", "DROP TABLE entries")
_schema(
    "ledger-with-computed-column",
    "A column of entries is computed.",
    "DROP TABLE entries; CREATE TABLE entries (ledger TEXT, position INTEGER, item TEXT, envelope BLOB AS (x''),"
    " nodes BLOB)",
)
_schema("openings-without-table", "openings.db has no table of openings.", "DROP TABLE openings", openings=True)
fault(
    "lead-no-words",
    "Nothing in the case: what the reader typed as the lead's words are no words of the list.",
    answers="",
    lead="eight words that nobody would ever have read",
    error="usage",
)(small)
