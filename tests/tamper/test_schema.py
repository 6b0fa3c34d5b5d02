"""Whatever custody did not put into a database is found, and a table that lies about its cells breaks nothing."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from custody.domain.verdict import Verdict
from custody.errors import FormatError, StorageError
from tests.builders import findings
from tests.tamper.kit import Copy, Original

NewCopy = Callable[[], Copy]

FOREIGN = {
    "a dropped trigger": "DROP TRIGGER entries_no_update",
    "another dropped trigger": "DROP TRIGGER entries_next",
    "a trigger of another text": "DROP TRIGGER entries_no_delete; CREATE TRIGGER entries_no_delete BEFORE DELETE ON "
    "entries BEGIN SELECT 1; END",
    "an added trigger": "CREATE TRIGGER more AFTER INSERT ON entries BEGIN SELECT 1; END",
    "an added table": "CREATE TABLE more (a)",
    "an added empty table of SQLite's own": "CREATE TABLE more (a INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE more",
    "an added view": "CREATE VIEW more AS SELECT * FROM entries",
    "a view of an awkward name": 'CREATE VIEW "a""b\');--" AS SELECT 1',
    "an added index": "CREATE INDEX more ON entries (nodes)",
    "a dropped index": "DROP INDEX ix_entries_item",
    "an index on another column": "DROP INDEX ix_entries_item; CREATE INDEX ix_entries_item ON entries (nodes)",
    "an added column": "ALTER TABLE entries ADD COLUMN more TEXT",
}
FOREIGN_OPENINGS = {
    "an added table": "CREATE TABLE more (a)",
    "an added view": "CREATE VIEW more AS SELECT 1",
    "an added index": "CREATE INDEX more ON openings (salt)",
    "an added trigger": "CREATE TRIGGER more AFTER INSERT ON openings BEGIN SELECT 1; END",
    "an added column": "ALTER TABLE openings ADD COLUMN more BLOB",
}


def _failed(copy: Copy) -> tuple[list[str], int]:
    judgement = copy.examine().judgement
    failed = [one.code for one in findings(judgement) if one.verdict is Verdict.FAILED]
    return sorted(set(failed)), judgement.items.matching


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_schema_that_custody_did_not_make_is_found_in_the_ledger(kind: str, new_copy: NewCopy) -> None:
    copy = new_copy()
    with closing(sqlite3.connect(copy.ledger)) as connection:
        connection.executescript(FOREIGN[kind])
    assert _failed(copy) == (["database-foreign"], 6)


@pytest.mark.parametrize("kind", FOREIGN_OPENINGS)
def test_a_schema_that_custody_did_not_make_is_found_in_the_openings(kind: str, new_copy: NewCopy) -> None:
    copy = new_copy()
    with closing(sqlite3.connect(copy.openings)) as connection:
        connection.executescript(FOREIGN_OPENINGS[kind])
    assert _failed(copy) == (["database-foreign"], 6)


LAX = {
    "entries": "CREATE TABLE entries (ledger, position, item, envelope, nodes, PRIMARY KEY (ledger, position))",
    "openings": "CREATE TABLE openings (ledger, position, pointer, salt, value, "
    "PRIMARY KEY (ledger, position, pointer))",
}
PRETENDED = {
    "entries": "CREATE TABLE entries (ledger TEXT NOT NULL, position INTEGER NOT NULL, item TEXT, envelope BLOB NOT "
    "NULL, nodes BLOB NOT NULL, PRIMARY KEY (ledger, position)) STRICT",
    "openings": "CREATE TABLE openings (ledger TEXT NOT NULL, position INTEGER NOT NULL, pointer TEXT NOT NULL, salt "
    "BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (ledger, position, pointer)) STRICT",
}
ODD: tuple[object, ...] = (None, 7, 1.5, "text", b"\xff\xfe", "", b"")


def _replace(copy: Copy, table: str) -> sqlite3.Connection:
    """The table again, without STRICT, NOT NULL or types."""
    connection = sqlite3.connect(copy.ledger if table == "entries" else copy.openings, isolation_level=None)
    connection.execute(f"ALTER TABLE {table} RENAME TO old")
    connection.execute(LAX[table])
    connection.execute(f"INSERT INTO {table} SELECT * FROM old")
    connection.execute("DROP TABLE old")
    return connection


@pytest.mark.parametrize("pretend", [False, True], ids=["openly", "pretending to be strict"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("entries", column) for column in ("ledger", "position", "item", "envelope", "nodes")),
        *(("openings", column) for column in ("ledger", "position", "pointer", "salt", "value")),
    ],
)
def test_a_cell_of_another_type_is_found_or_refused(
    table: str, column: str, pretend: bool, original: Original, new_copy: NewCopy
) -> None:
    answers = set()
    for value in ODD:
        copy = new_copy()
        row = original.entries[-1].position if table == "entries" else original.openings[0].position
        with closing(_replace(copy, table)) as connection:
            try:
                connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE position = ?", (value, row))
            except sqlite3.IntegrityError:
                continue
            if pretend:
                connection.execute("PRAGMA writable_schema = ON")
                connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (PRETENDED[table], table))
        try:
            answers.add(str(copy.examine().judgement.verdict))
        except (FormatError, StorageError) as error:
            answers.add(type(error).__name__)
    assert answers <= {"failed", "FormatError", "StorageError"}


@pytest.mark.parametrize("table", ["entries", "openings"])
def test_a_table_that_is_gone_is_said_to_be_no_readable_case(table: str, new_copy: NewCopy) -> None:
    copy = new_copy()
    with closing(sqlite3.connect(copy.ledger if table == "entries" else copy.openings)) as connection:
        connection.execute(f"DROP TABLE {table}")
    with pytest.raises((FormatError, StorageError)):
        copy.examine()


ENDLESS = """DROP TRIGGER entries_next; DROP TRIGGER entries_no_update; DROP TRIGGER entries_no_delete;
    ALTER TABLE entries RENAME TO hidden;
    CREATE VIEW entries AS WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r)
    SELECT 'a' AS ledger, n AS position, NULL AS item, x'' AS envelope, x'' AS nodes FROM r"""
HUGE = """DROP TRIGGER entries_next; DROP TRIGGER entries_no_update; DROP TRIGGER entries_no_delete;
    ALTER TABLE entries RENAME TO hidden;
    CREATE TABLE entries (ledger TEXT NOT NULL, position INTEGER NOT NULL, item TEXT,
    envelope BLOB GENERATED ALWAYS AS (zeroblob(900000000)), nodes BLOB NOT NULL, PRIMARY KEY (ledger, position));
    INSERT INTO entries SELECT ledger, position, item, nodes FROM hidden"""


@pytest.mark.parametrize("script", [ENDLESS, HUGE], ids=["a view that never ends", "cells that fill the memory"])
def test_entries_that_are_computed_are_not_read(script: str, new_copy: NewCopy) -> None:
    copy = new_copy()
    with closing(sqlite3.connect(copy.ledger)) as connection:
        connection.executescript(script)
    with pytest.raises(FormatError, match="no table entries as custody makes it"):
        copy.examine()
