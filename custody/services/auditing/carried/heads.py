"""Compares the ledgers of a record with what this computer remembers of them, and what the reader brought of them.

A record shows only some earlier roots: what none of them settles stays undecided, and nobody is accused for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from custody.domain import findings as codes
from custody.domain.examination import Brought
from custody.domain.heads import ClaimedHead, stands_for
from custody.domain.parties import origin
from custody.formats.encoding import format_time
from custody.ports import Heads, RememberedHead, World
from custody.services.auditing.brought import COPY_UNSIGNED, is_signed
from custody.services.auditing.carried.proofs import ProvenTrees
from custody.services.auditing.examining import OTHER
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.telling import Telling
from custody.services.remembering import head_words


def compare_remembered(heads: Heads, seen: SeenLedgers, trees: ProvenTrees, told: Mapping[str, Telling]) -> None:
    """Report a ledger that had another root than is remembered. One that was longer since is no finding: the record
    is of an earlier day.
    """
    for name, tells in told.items():
        before = heads.get(name)
        root = None if before is None else trees.root(name, before.size)
        if before is None or root is None:
            continue
        if root == before.root:
            seen.remembered[name] = before
        else:
            tells.find(
                codes.RECORD_REWRITTEN,
                tells.place(0, before.size - 1),
                f"On {before.seen[:10]} this computer saw {head_words(before.size, before.root)}. "
                f"Here: {head_words(before.size, root)}. {OTHER}",
            )


def remember_heads(world: World, case: str, signed: Iterable[str], trees: ProvenTrees) -> None:
    """Remember the heads of these ledgers, which their owners signed, unless what is remembered is not shown to go on
    to them: an older record than was seen is no fault, and no reason to forget.
    """
    for name in signed:
        size = trees.size(name)
        root = None if size is None else trees.root(name, size)
        if size is None or root is None:
            continue
        before = world.heads.get(name)
        known = (0, 0, 0) if before is None else (before.counted, before.counter, before.followed)
        head = RememberedHead(name, case, size, root, format_time(world.clock.now()), *known)
        world.heads.remember(head, partial(_leads_to, trees, name))


def _leads_to(trees: ProvenTrees, ledger: str, before: RememberedHead) -> bool:
    return trees.root(ledger, before.size) == before.root


def compare_claims(
    claims: Sequence[ClaimedHead], seen: SeenLedgers, trees: ProvenTrees, told: Mapping[str, Telling]
) -> None:
    """Report of each claim whether a root that is shown here is the one; `seen.brought` gets the largest that is."""
    for claim in claims:
        if not is_signed(claim, seen):
            seen.findings.append(codes.COPY_UNSIGNED.about(claim.what, COPY_UNSIGNED))
            continue
        match = next(_matches(claim, trees, told), None)
        if match is not None:
            name, size = match
            told[name].find(
                codes.RECORD_COMPARED,
                seen.labels.get(name, "the record"),
                f"Its first {size} record{' is that' if size == 1 else 's are those'} of {claim.what}.",
            )
            if name not in seen.brought or seen.brought[name].size < size:
                seen.brought[name] = Brought(size, claim.what)
            continue
        name = (claim.origin or "").partition("/")[2]
        root = trees.root(name, claim.size or 0) if name in told else None
        if root is not None and claim.size:
            told[name].find(
                codes.RECORD_REWRITTEN,
                told[name].place(0, claim.size - 1),
                f"According to {claim.what} it had {head_words(claim.size, claim.root)}. "
                f"Here: {head_words(claim.size, root)}. {OTHER}",
            )
        else:
            seen.findings.append(
                codes.COPY_NOT_COMPARED.about(
                    claim.what,
                    "Only some earlier states of the ledgers are shown here, and this is none of them: it may be "
                    "another case, a later state, or one in between. The case folder settles it: custody verify CASE "
                    "--against.",
                )
            )


def _matches(claim: ClaimedHead, trees: ProvenTrees, told: Mapping[str, Telling]) -> Iterator[tuple[str, int]]:
    fits = stands_for(claim)
    for name in told:
        for size, root in sorted(trees.roots(name).items(), reverse=True):
            if size and fits(origin(name), size, root):
                yield name, size
