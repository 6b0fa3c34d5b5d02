"""Measures replaying the rules against checking signatures: `python -m tests.bench.replay [--entries N] [--on-one N]`.

The history is a real one, signed and sealed in memory: four people, each with a ledger, who collect, note, correct,
examine, offer, receive and decline. On one core: reading its records, checking their signatures as `custody verify`
does, the same with nothing but P-256, and replaying the rules in the order of several ledgers. Then what `--on-one`
statements of one kind cost that all concern one item. Asserts nothing but that no rule refuses what was made.
"""

import argparse
import gc
import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import Body
from custody.domain.history import fold
from custody.formats.dsse import pae
from tests.builders import noted
from tests.histories import (
    Keeper,
    Team,
    corrected,
    examined,
    gap_explained,
    receipted,
    released_on_paper,
    replay,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--on-one", type=int, default=20_000)
    told = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    team = _history(told.entries)
    ledgers = {keeper.ledger: [row.envelope for row in keeper.rows] for keeper in team.keepers}
    count = sum(map(len, ledgers.values()))
    read: dict[str, list[Entry]] = {}
    parsing = _timed(lambda: read.update({name: [read_entry(one) for one in some] for name, some in ledgers.items()}))
    checking = _timed(lambda: _check(team, read))
    ready = [(keeper, [_bare(one) for one in read[keeper.ledger]]) for keeper in team.keepers]
    bare = _timed(lambda: _check_bare(ready))
    refused: dict[str, str] = {}
    replaying = _timed(lambda: refused.update(replay(read)[1]))
    if refused:
        raise SystemExit(f"{len(refused)} records were refused, such as: {next(iter(refused.values()))}")
    print(f"\n| {count} entries, one core | s | entries/s | against bare P-256 |\n|---|---|---|---|")
    for name, seconds in (
        ("reading the records", parsing),
        ("checking their signatures", checking),
        ("bare P-256 verifications", bare),
        ("replaying the rules", replaying),
    ):
        print(f"| {name} | {seconds:.2f} | {count / seconds:,.0f} | {seconds / bare:.2f} |")
    print(f"\nreplaying takes {replaying / checking:.2f} of the time of checking signatures")
    print(f"\n| {told.on_one} on one item | s | the second half against the first |\n|---|---|---|")
    for name, say in KINDS.items():
        first, second = _on_one(say, told.on_one)
        print(f"| {name} | {first + second:.2f} | {second / first:.1f} |", flush=True)


def _history(entries: int) -> Team:
    """Four people who hand items around, until there are so many entries."""
    started = time.perf_counter()
    team = Team()
    people = [team.lead, *(team.member(name) for name in ("Ben", "Cem", "Dora"))]
    turn = 0
    while sum(keeper.size for keeper in people) < entries:
        by, to, third = (people[(turn + step) % len(people)] for step in range(3))
        item = team.collects(by)
        team.notes(by, item)
        if turn % 4 == 0:
            team.corrects(by, item)
        team.releases(by, item, to)
        if turn % 5 == 0:
            team.declines(to, item)
        else:
            team.receives(to, item)
            team.examines(to, item)
            team.releases(to, item, third, keeps_copy=True)
            team.receives(third, item)
        team.notes(third, item)
        if turn % 50 == 0:
            team.sees(by, to, third)
        turn += 1
    print(f"{sum(keeper.size for keeper in people)} entries made in {time.perf_counter() - started:.0f} s", flush=True)
    return team


def _check(team: Team, read: Mapping[str, Sequence[Entry]]) -> None:
    for keeper in team.keepers:
        key = keeper.signer.key.public_key()
        for one in read[keeper.ledger]:
            verify_entry(one, key)


def _bare(entry: Entry) -> tuple[bytes, bytes]:
    """Signature (DER) and signed bytes."""
    raw = entry.envelope.signature
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    return signature, pae(entry.envelope.payload_type, entry.envelope.unverified_payload)


def _check_bare(ready: Sequence[tuple[Keeper, Sequence[tuple[bytes, bytes]]]]) -> None:
    for keeper, some in ready:
        key = keeper.signer.key.public_key()
        for signature, message in some:
            key.verify(signature, message, ECDSA(SHA256()))


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


Say = Callable[[Team, str], tuple[Body, str]]
"""The next statement about an item, and what it hangs on."""


def _on_tip(make: Callable[[Team, str], Body]) -> Say:
    return lambda team, item: (make(team, item), team.state.items[item].tip)


def _receipt(team: Team, item: str) -> tuple[Body, str]:
    release = team.state.items[item].tip
    return receipted(release, "AR-2", team.state.items["AR-2"].first), release


KINDS: dict[str, Say] = {
    "notes": _on_tip(lambda team, item: noted()),
    "corrections": _on_tip(lambda team, item: corrected(team.state.items[item].first)),
    "explanations of gaps": _on_tip(lambda team, item: gap_explained()),
    "examinations": _on_tip(lambda team, item: examined()),
    "hand-overs on paper, a copy kept": _on_tip(lambda team, item: released_on_paper(keeps_copy=True)),
    "receipts of one hand-over": _receipt,
}


def _on_one(say: Say, count: int) -> tuple[float, float]:
    """Seconds that the first and the second half of so many statements about one item take to fold."""
    team = Team()
    item = team.collects(team.lead, digest="ab" * 32)
    team.collects(team.lead)
    if say is _receipt:
        team.releases_on_paper(team.lead, item, keeps_copy=True)
    halves = []
    for half in range(2):
        seconds = 0.0
        for index in range(count // 2):
            body, prev = say(team, item)
            statement = team.statement(team.lead, body, item=item, prev=prev, act="0" * 32)
            identity = hashlib.sha256(f"{half} {index}".encode()).hexdigest()
            started = time.perf_counter()
            fold(team.state, identity, statement)
            seconds += time.perf_counter() - started
        halves.append(seconds)
    return halves[0], halves[1]


if __name__ == "__main__":
    main()
