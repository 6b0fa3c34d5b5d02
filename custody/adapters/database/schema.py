"""What the schema of a case's databases must be, and whether it is that. Reads no row of a ledger.

A schema is a program: CHECK constraints, triggers, views and computed columns run, for ever if their author wishes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from custody.adapters.database.engine import make_engine
from custody.errors import FormatError

if TYPE_CHECKING:
    from sqlalchemy import Connection

MAX_DAMAGE = 20  # lines for one database; more say the same, and whoever made the database chooses how many
MAX_NAME = 80  # characters of a foreign name in a message
_SPACE = re.compile(r"[ \t\n\f\r]+")  # SQLite's white space; any other is a part of a name to it
_PUNCTUATION = re.compile(r" ?([(),]) ?")

Things = Counter[tuple[str, str, str]]


class Query(Protocol):
    """Runs one statement; gives its rows."""

    def __call__(self, sql: str) -> Iterator[tuple[object, ...]]: ...


def create_tables(connection: "Connection") -> None:
    """Make the tables of both databases, where they are not there, with their triggers."""
    from custody.adapters.database.rows import LedgerTables, OpeningTables

    LedgerTables.metadata.create_all(connection)
    OpeningTables.metadata.create_all(connection)


def check_stored(query: Query, schema: str, table: str, path: Path) -> None:
    """Only stored cells are read: a view or a computed column may go on for ever, or fill the memory.

    Raises FormatError.
    """
    kinds = [row[2] for row in query(f"PRAGMA {schema}.table_list({table})")]
    computed = [row[1] for row in query(f"PRAGMA {schema}.table_xinfo({table})") if row[6]]
    if kinds != ["table"] or computed:
        raise FormatError(
            f"{path.name} has no table {table} as custody makes it",
            "keep this copy as it is, and work on with a backup",
        )


def find_damage(query: Query, schema: str) -> list[str]:
    """What one database holds that `create_tables` does not make, or lacks; if nothing, what SQLite's own check finds.

    The check comes last, because it runs what the schema says.
    """
    found, made = _things(query(_listing(schema))), _made()[schema]
    foreign = sorted({(kind, name) for kind, name, _ in (found - made) + (made - found)})
    if foreign:
        shown = [f"the {kind[:MAX_NAME]} {name[:MAX_NAME]} is not as custody makes it" for kind, name in foreign]
        return [*_first(shown), f"{schema}: its own integrity was not checked"]
    words = [str(row[0]) for row in query(f"PRAGMA {schema}.integrity_check({MAX_DAMAGE})")]
    return [f"{schema}: {word}" for word in words if word != "ok"]


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - MAX_DAMAGE
    return [*lines[:MAX_DAMAGE], f"{more} more things are not as custody makes them"] if more > 0 else lines


@cache
def _made() -> dict[str, Things]:
    """Both databases as `create_tables` makes them."""
    memory = Path(":memory:")
    engine = make_engine(memory, read_only=False, attach={"openings": memory})
    with engine.begin() as connection:
        create_tables(connection)
        return {
            schema: _things(tuple(row) for row in connection.exec_driver_sql(_listing(schema)))
            for schema in ("main", "openings")
        }


def _listing(schema: str) -> str:
    return f"SELECT type, name, sql FROM {schema}.sqlite_schema"  # noqa: S608


def _things(rows: Iterator[tuple[object, ...]]) -> Things:
    """Kind, name and text of everything in a schema.

    The text, not the columns that SQLite makes of it: a CHECK or a COLLATE is in no list of columns. How white space
    stands in it is not fixed (docs/format.md section 10).
    """
    return Counter((str(kind), str(name), _plain(str(sql))) for kind, name, sql in rows)


def _plain(sql: str) -> str:
    return _PUNCTUATION.sub(r"\1", _SPACE.sub(" ", sql)).strip(" ")
