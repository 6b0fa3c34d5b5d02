"""Writes ledgers for others, and reads what others sent: a share file, or another case folder."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from custody.domain.entry import read_entry
from custody.domain.events.membership import withheld
from custody.errors import FormatError, StorageError, VerificationError
from custody.formats.seal import Opening
from custody.formats.share import MAX_LINE, Head, Kind, Share, SharedEntry, SharedLedger, format_share, parse_share
from custody.ports import CaseFiles, Row
from custody.services import looking, tokens
from custody.services.looking import Case

SLICE = 256  # entries that are read in one view


def share(
    files: CaseFiles,
    case: Case,
    ledgers: Sequence[str],
    *,
    kind: Kind = "ledgers",
    openings: bool = True,
    act: str | None = None,
    warn: Callable[[str], None],
) -> Iterator[bytes]:
    """The lines of a share file with these whole ledgers; without `openings`, what is sealed stays sealed.

    The objects that timestamps in them name go along; `warn` hears of those that are not here.
    """
    with files.ledgers.reading() as reader:
        sizes = {ledger: reader.size(ledger) for ledger in ledgers}
    objects = tokens.to_send(files, sizes, warn)
    head = Head(case=case.id, kind=kind, ledgers=len(ledgers), act=act, objects=len(objects))
    return format_share(
        head, ((ledger, sizes[ledger], entries(files, ledger, sizes[ledger], openings)) for ledger in ledgers), objects
    )


def entries(
    files: CaseFiles, ledger: str, size: int, openings: bool = True, withheld_too: bool = False
) -> Iterator[SharedEntry]:
    """The first `size` entries of a ledger, as they are sent. Raises VerificationError when one is missing.

    What is withheld, the legal name behind a pseudonym, goes only into a disclosure (`withheld_too`).
    """
    for start in range(0, size, SLICE):
        stop = min(start + SLICE, size)
        kept: dict[int, list[Opening]] = {}
        with files.ledgers.reading() as reader:
            rows = list(reader.rows(ledger, start, stop))
            for one in reader.openings(ledger, start, stop) if openings else ():
                kept.setdefault(one.position, []).append(Opening(one.pointer, one.salt, one.value))
        if [row.position for row in rows] != list(range(start, stop)):
            raise VerificationError(f"records from {start} to {stop - 1} are not all there", "run custody verify")
        for row in rows:
            there = kept.get(row.position, []) if withheld_too else _given_away(row, kept.get(row.position, []))
            yield SharedEntry(row.envelope, tuple(sorted(there, key=lambda one: one.pointer)))


def _given_away(row: Row, openings: Sequence[Opening]) -> list[Opening]:
    """All but the legal name behind a pseudonym, whoever's folder this is; nothing of a record that is none."""
    if not openings:
        return []
    try:
        held_back = withheld(read_entry(row.envelope).statement.body)
    except FormatError:
        return []
    return [one for one in openings if one.pointer not in held_back]


def parse(path: Path) -> Share:
    """What a share file carries. Raises FormatError, StorageError."""
    try:
        if path.exists() and not path.is_file():
            raise StorageError(
                f"{path} is not a file", "a pipe or a device could keep everybody waiting: copy it first"
            )
        with path.open("rb") as file:
            return parse_share(iter(lambda: file.readline(MAX_LINE + 1), b""))
    except FormatError as error:
        raise FormatError(f"{path}: {error.message}", error.hint or "ask for it to be sent again") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}", "check its name") from error


def from_folder(files: CaseFiles) -> Share:
    """What another case folder carries: a copy of a colleague's, on a stick. Raises CustodyError as reading it does."""
    with files.ledgers.reading() as reader:
        case = looking.find_case(reader)
        sizes = {ledger: reader.size(ledger) for ledger in case.ledgers}
    ledgers = tuple(SharedLedger(name, tuple(entries(files, name, size))) for name, size in sizes.items())
    objects = tuple(tokens.to_send(files, sizes, lambda _: None))  # `merge` tells what is not here in the end
    return Share(Head(case=case.id, kind="ledgers", ledgers=len(ledgers), objects=len(objects)), ledgers, objects)
