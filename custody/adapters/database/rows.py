"""The rows, as SQLModel tables, and the triggers that stop accidents: what makes a new database.

STRICT tables refuse SQLModel's VARCHAR, so text columns name their SQL type. Rows are read and written as plain tuples
(adapters/database/ledger): a row as an object takes seven times as long, and importing this module a quarter second.
"""

from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Field, LargeBinary, MetaData, SQLModel, Text


class LedgerTables(SQLModel):
    """The tables of ledger.db."""

    metadata = MetaData()


class OpeningTables(SQLModel):
    """The tables of openings.db."""

    metadata = MetaData()


class HeadTables(SQLModel):
    """The tables of the remembered heads."""

    metadata = MetaData()


class CosignedTables(SQLModel):
    """The tables of what was cosigned."""

    metadata = MetaData()


class StampTables(SQLModel):
    """The tables of what authorities owe."""

    metadata = MetaData()


class EntryRow(LedgerTables, table=True):
    """An entry. Every column but `envelope` is an index that verification rebuilds and compares.

    `nodes` holds the leaf hash, then the root of every perfect subtree that this leaf completes: node (level, index)
    is 32 bytes at offset 32·level of row (index + 1)·2^level − 1.
    """

    __tablename__ = "entries"
    __table_args__ = {"sqlite_strict": True, "sqlite_with_rowid": False}

    ledger: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True)
    item: str | None = Field(sa_type=Text, index=True)
    envelope: bytes = Field(sa_type=LargeBinary)
    nodes: bytes = Field(sa_type=LargeBinary)


class OpeningRowTable(OpeningTables, table=True):
    """What opens one sealed field of an entry. The only rows that may ever be erased; `value` is canonical JSON.

    Kept by place, not by statement id: ids are spread at random, and so would be the pages that each append touches.
    """

    __tablename__ = "openings"
    __table_args__ = {"sqlite_strict": True, "sqlite_with_rowid": False}

    ledger: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True)
    pointer: str = Field(primary_key=True, sa_type=Text)
    salt: bytes = Field(sa_type=LargeBinary)
    value: bytes = Field(sa_type=LargeBinary)


class HeadRow(HeadTables, table=True):
    """The newest head of one ledger that this computer saw; `ports.RememberedHead` says what the columns mean."""

    __tablename__ = "heads"
    __table_args__ = {"sqlite_strict": True}

    ledger: str = Field(primary_key=True, sa_type=Text)
    case: str = Field(sa_type=Text)
    size: int
    root: bytes = Field(sa_type=LargeBinary)
    seen: str = Field(sa_type=Text)
    counted: int
    counter: int
    followed: int


class PlaceRow(HeadTables, table=True):
    """A case that this computer saw in a folder; `ports.PlaceSeen` says what the columns mean."""

    __tablename__ = "places"
    __table_args__ = {"sqlite_strict": True}

    place: str = Field(primary_key=True, sa_type=Text)
    case: str = Field(primary_key=True, sa_type=Text)
    seen: str = Field(sa_type=Text)


class CosignedRow(CosignedTables, table=True):
    """What one key last cosigned of one ledger; `ports.CosignedHead` says what the columns mean."""

    __tablename__ = "cosigned"
    __table_args__ = {"sqlite_strict": True}

    cosigner: str = Field(primary_key=True, sa_type=Text)
    origin: str = Field(primary_key=True, sa_type=Text)
    size: int
    root: bytes = Field(sa_type=LargeBinary)
    ledger_key: str = Field(sa_type=Text)
    time: int


class OwedRow(StampTables, table=True):
    """An authority that owes a ledger a stamp."""

    __tablename__ = "owed"
    __table_args__ = {"sqlite_strict": True, "sqlite_with_rowid": False}

    ledger: str = Field(primary_key=True, sa_type=Text)
    authority: str = Field(primary_key=True, sa_type=Text)


class UnconfirmedRow(StampTables, table=True):
    """A record whose proof is pending."""

    __tablename__ = "unconfirmed"
    __table_args__ = {"sqlite_strict": True, "sqlite_with_rowid": False}

    ledger: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True)


class RevocationListRow(StampTables, table=True):
    """The newest revocation list from an address; `ports.KeptList` says what the columns mean."""

    __tablename__ = "lists"
    __table_args__ = {"sqlite_strict": True, "sqlite_with_rowid": False}

    ledger: str = Field(primary_key=True, sa_type=Text)
    url: str = Field(primary_key=True, sa_type=Text)
    object: str = Field(sa_type=Text)
    fetched: str = Field(sa_type=Text)


# They catch accidents. Adversaries are caught by signatures and outside anchors: anyone who can write the file can
# drop a trigger. INSERT OR REPLACE passes a BEFORE UPDATE trigger, hence the first, and recursive_triggers.
TRIGGERS = (
    """CREATE TRIGGER entries_next BEFORE INSERT ON entries
    WHEN NEW.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM entries WHERE ledger = NEW.ledger)
    BEGIN SELECT raise(ABORT, 'an entry is added at the end of its ledger'); END""",
    """CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
    BEGIN SELECT raise(ABORT, 'entries are never changed'); END""",
    """CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
    BEGIN SELECT raise(ABORT, 'entries are never deleted'); END""",
)


def statements(tables: type[SQLModel]) -> list[str]:
    """The SQL that makes these tables in an empty database."""
    made = []
    for table in tables.metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect())))
        made += [str(CreateIndex(index).compile(dialect=dialect())) for index in table.indexes]
    return [*made, *TRIGGERS] if tables is LedgerTables else made
