"""What the schema of a case's databases must be, and whether it is that. Reads no row of a ledger.

A schema is a program: CHECK constraints, triggers, views and computed columns run, for ever if their author wishes.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from custody.errors import FormatError

MAX_DAMAGE = 20  # lines for one database; more say the same, and whoever made the database chooses how many
MAX_NAME = 80  # characters of a foreign name in a message
_SPACE = re.compile(r"[ \t\n\f\r]+")  # SQLite's white space; any other is a part of a name to it
_PUNCTUATION = re.compile(r" ?([(),]) ?")
_LISTING = "SELECT type, name, sql FROM sqlite_schema"

# docs/format.md section 10, word for word: what `rows.statements` makes. Written down here because what a library
# writes may change with its version, and a case of today is verified by the versions of ten years.
_MADE = {
    "entries": (
        (
            "table",
            "entries",
            "CREATE TABLE entries (ledger TEXT NOT NULL, position INTEGER NOT NULL, item TEXT, envelope BLOB NOT NULL,"
            " nodes BLOB NOT NULL, PRIMARY KEY (ledger, position)) WITHOUT ROWID, STRICT",
        ),
        ("index", "ix_entries_item", "CREATE INDEX ix_entries_item ON entries (item)"),
        (
            "trigger",
            "entries_next",
            "CREATE TRIGGER entries_next BEFORE INSERT ON entries WHEN NEW.position IS NOT (SELECT"
            " coalesce(max(position) + 1, 0) FROM entries WHERE ledger = NEW.ledger)"
            " BEGIN SELECT raise(ABORT, 'an entry is added at the end of its ledger'); END",
        ),
        (
            "trigger",
            "entries_no_update",
            "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries"
            " BEGIN SELECT raise(ABORT, 'entries are never changed'); END",
        ),
        (
            "trigger",
            "entries_no_delete",
            "CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries"
            " BEGIN SELECT raise(ABORT, 'entries are never deleted'); END",
        ),
    ),
    "openings": (
        (
            "table",
            "openings",
            "CREATE TABLE openings (ledger TEXT NOT NULL, position INTEGER NOT NULL, pointer TEXT NOT NULL, salt BLOB"
            " NOT NULL, value BLOB NOT NULL, PRIMARY KEY (ledger, position, pointer)) WITHOUT ROWID, STRICT",
        ),
    ),
}

Query = Callable[[str], Iterable[tuple[object, ...]]]
"""Runs one statement; gives its rows."""


def check_stored(query: Query, table: str, path: Path) -> None:
    """Only stored cells are read: a view or a computed column may go on for ever, or fill the memory.

    Raises FormatError.
    """
    kinds = [row[2] for row in query(f"PRAGMA main.table_list({table})")]
    computed = [row[1] for row in query(f"PRAGMA main.table_xinfo({table})") if row[6]]
    if kinds != ["table"] or computed:
        raise FormatError(
            f"{path.name} has no table {table} as custody makes it",
            "keep this copy as it is, and work on with a backup",
        )


def is_ours(query: Query, table: str) -> bool:
    """Whether the schema is the one that custody makes, so that an index is what it is said to be."""
    return not _foreign(query, table)


def check_writable(query: Query, table: str, path: Path) -> None:
    """Raise FormatError for a schema that is not ours: what it says would run when a row is added."""
    if foreign := _foreign(query, table):
        raise FormatError(
            f"{path.name} holds something that custody did not make, so nothing is written to it: {_named(foreign[0])}",
            "run custody verify; keep this copy as it is, and work on with a backup",
        )


def find_damage(query: Query, table: str, path: Path) -> list[str]:
    """What the database of this table holds that is not ours, or lacks; if nothing, what SQLite's own check finds.

    The check comes last, because it runs what the schema says.
    """
    if foreign := _foreign(query, table):
        shown = [f"{_named(one)} is not as custody makes it" for one in foreign]
        return [*_first(shown), f"{path.name}: its own integrity was not checked"]
    words = [str(row[0]) for row in query(f"PRAGMA integrity_check({MAX_DAMAGE})")]
    return [f"{path.name}: {word}" for word in words if word != "ok"]


def _foreign(query: Query, table: str) -> list[tuple[str, str]]:
    """Kind and name of everything that is there and should not be, or should and is not."""
    found, made = _things(query(_LISTING)), _made(table)
    return sorted({(kind, name) for kind, name, _ in (found - made) + (made - found)})


def _named(thing: tuple[str, str]) -> str:
    kind, name = thing
    return f"the {kind[:MAX_NAME]} {name[:MAX_NAME]}"


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - MAX_DAMAGE
    return [*lines[:MAX_DAMAGE], f"{more} more things are not as custody makes them"] if more > 0 else lines


@cache
def _made(table: str) -> Counter[tuple[str, str, str]]:
    return _things(_MADE[table])


def _things(rows: Iterable[tuple[object, ...]]) -> Counter[tuple[str, str, str]]:
    """Kind, name and text of everything in a schema.

    The text, not the columns that SQLite makes of it: a CHECK or a COLLATE is in no list of columns. How white space
    stands in it is not fixed (docs/format.md section 10).
    """
    return Counter((str(kind), str(name), _plain(str(sql))) for kind, name, sql in rows)


def _plain(sql: str) -> str:
    return _PUNCTUATION.sub(r"\1", _SPACE.sub(" ", sql)).strip(" ")
