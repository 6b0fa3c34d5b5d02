"""Examines the ledgers of a case together: rows one by one, then the rules over all of them, then one with another."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from custody.domain import findings as codes
from custody.domain.entry import read_entry
from custody.domain.events import CaseOpened, LedgerOpened
from custody.domain.heads import ClaimedHead
from custody.domain.trust import Trust
from custody.errors import FormatError
from custody.ports import CaseFiles, LedgerReader, World
from custody.services import tokens
from custody.services.auditing.anchors import find_anchors, find_believable
from custody.services.auditing.brought import compare_brought, find_other_cases
from custody.services.auditing.checking import RowResult, RowsOrder, results
from custody.services.auditing.dating import find_wrong_clocks
from custody.services.auditing.examining import Examination
from custody.services.auditing.gaps import find_missing_numbers, find_strays, find_unopened
from custody.services.auditing.people import find_people
from custody.services.auditing.rules import Replay
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.sightings import find_sightings
from custody.services.auditing.trees import StoredTrees

CHUNK = 256  # rows a task
ALONE = 1000  # entries; below, starting processes costs more than it saves (0.4 s; an entry takes 0.2 ms)
MAX_LEDGERS = 1000  # that are examined; nobody works with so many people on one case
LOWEST = -(2**63)  # the smallest position that SQLite holds: nothing honest lies below 0, and it must not hide there


class _Opened(NamedTuple):
    """What a ledger's first row claims, unverified: case, owner's key id and key; and whether it stands at home."""

    ledger: str
    case: str
    key_id: str
    key: bytes
    leads: bool
    at_home: bool
    label: str


def examine_ledgers(
    files: CaseFiles,
    world: World,
    trust: Trust,
    progress: Callable[[int], None],
    brought: Sequence[ClaimedHead] = (),
) -> SeenLedgers:
    """Examine every ledger of the case; `progress` hears how many records were checked.

    `brought` are heads that the reader has from elsewhere.

    `trust` chooses among several that open a case which one is meant; whether it is the right one is the answers'
    matter. Ledgers that do not belong to that case are failures, and nothing in them is believed.
    """
    seen = SeenLedgers()
    for what in files.ledgers.damage():
        seen.findings.append(codes.DATABASE_FOREIGN.about("the database", f"{what}."))
    with files.ledgers.reading() as reader:
        names = reader.ledgers()
        claims = {name: claim for name in names if (claim := _claim(reader, name)) is not None}
        alone = sum(reader.size(name) for name in names) <= ALONE
    if not names:
        seen.findings.append(codes.RECORD_MISSING.about("the ledger", "There is not one record in it."))
        return seen
    lead = min(names, key=lambda name: (*_rank(claims.get(name), world, trust), name))
    own = [name for name in names if name == lead or _belongs(claims.get(name), claims.get(lead))]
    if len(own) > 1:  # a label is a few letters, whoever claims it
        seen.labels.update((name, claims[name].label) for name in own if name in claims)
    replay = Replay(files, seen, overlapped=len(own) == 1)
    examinations = []
    in_order = [lead, *sorted(set(own) - {lead}), *sorted(set(names) - set(own))]
    if len(in_order) > MAX_LEDGERS:
        seen.findings.append(
            codes.DATABASE_FOREIGN.about(
                "the ledgers", f"There are {len(in_order)}; only the first {MAX_LEDGERS} of them were examined."
            )
        )
    for name in in_order[:MAX_LEDGERS]:
        # The key that a foreign ledger brings along is nobody's in this case: only the lead's could have signed there.
        claim = claims.get(name if name in own else lead)
        examinations.append(Examination(files, world, name, seen, claim and (claim.key_id, claim.key)))
        if name not in own:
            seen.findings.append(
                codes.DATABASE_FOREIGN.about(
                    f"ledger {name[:16]}…", "It does not belong to this case, and was put beside its ledgers."
                )
            )
    for examination, first, last, checked in _checked(files, world, examinations, alone=alone):
        sound = [one for one in checked if examination.take(one)]
        if examination.ledger in own:
            replay.take(examination, first, last, sound)
        for one in sound if examination.ledger not in own else ():
            examination.file(one.item)
        progress(len(checked))
    replay.finish()
    for examination in examinations:
        examination.finish()
    find_unopened(files, seen)
    by_name = {one.ledger: one for one in examinations if one.ledger in own}
    with files.ledgers.reading() as reader:
        trees = StoredTrees(reader, by_name)
        sightings, believable = find_sightings(trees, seen), find_believable(trees, seen)
    load = partial(tokens.load, files.evidence)
    seen.intervals = find_anchors(believable, load, trust, seen, sightings, world.clock.now())
    if seen.intervals is not None:
        find_wrong_clocks(seen, seen.intervals, by_name)
    seen.brought = compare_brought(files, seen, by_name, brought)
    find_other_cases(files, world, seen)
    find_people(seen, own)
    find_missing_numbers(seen)
    find_strays(files, dict.fromkeys(in_order, 0) | {one.ledger: one.size for one in examinations}, seen)
    return seen


def _checked(
    files: CaseFiles, world: World, examinations: list[Examination], *, alone: bool
) -> Iterator[tuple[Examination, int, int, list[RowResult]]]:
    """Every row of every ledger, span by span, after its own checks were done by workers."""
    waiting: list[tuple[Examination, int, int]] = []

    def orders() -> Iterator[bytes]:
        for one in examinations:
            for first, last in _spans(files, one.ledger):
                waiting.append((one, first, last))
                key_id, key = one.owner or (None, b"")
                yield msgspec.msgpack.encode(RowsOrder(files.ledgers.where, one.ledger, first, last, key_id, key))

    for answer in world.workers.map(world.check_rows, orders(), alone=alone):
        yield *waiting.pop(0), results.decode(answer)


def _spans(files: CaseFiles, ledger: str) -> Iterator[tuple[int, int]]:
    """First and last position of each run of CHUNK rows, whatever positions are missing."""
    first = LOWEST
    while True:
        with files.ledgers.reading() as reader:
            last = reader.nth_from(ledger, first, CHUNK)
            if last is None:
                rest = reader.size(ledger) - 1
                if next(reader.rows(ledger, first), None) is not None:
                    yield first, max(rest, first)
                return
        yield first, last
        first = last + 1


def _claim(reader: LedgerReader, name: str) -> _Opened | None:
    """What the first row of a ledger claims of it, if it claims to open one."""
    row = next(reader.rows(name, 0, 1), None)
    try:
        statement = None if row is None else read_entry(row.envelope).statement
    except FormatError:
        return None
    match statement and statement.body:
        case CaseOpened(lead=owner, label=label):
            leads = True
        case LedgerOpened(member=owner, label=label):
            leads = False
        case _:
            return None
    assert statement is not None
    return _Opened(name, statement.case, owner.key_id, owner.spki, leads, statement.ledger == name, label)


def _rank(claim: _Opened | None, world: World, trust: Trust) -> tuple[bool, bool, bool]:
    """The ledger that opens a case comes first; of two that do, the one whose lead the reader knows, or has seen."""
    if claim is None or not claim.leads:
        return True, True, True
    return not claim.at_home, trust.ground(claim.key_id) is None, world.heads.get(claim.ledger) is None


def _belongs(claim: _Opened | None, lead: _Opened | None) -> bool:
    """Whether a ledger says that it is of the lead's case; whether that holds, its signature and the rules say."""
    return claim is not None and lead is not None and not claim.leads and claim.at_home and claim.case == lead.case
