"""Compares the ledgers with what the reader brought of them from elsewhere: heads that somebody saw earlier."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from custody.domain import findings as codes
from custody.domain.examination import Brought
from custody.domain.heads import ClaimedHead, LedgerHere, Outcome, find_head
from custody.domain.parties import checkpoint_verifier, origin
from custody.errors import FormatError, SignatureMismatch
from custody.formats.checkpoint import parse_checkpoint
from custody.formats.merkle import Hash, leaf_hash
from custody.formats.note import open_note, parse_note
from custody.ports import CaseFiles, World
from custody.services import looking, remembering
from custody.services.auditing.examining import OTHER, SHORTER, Examination
from custody.services.auditing.seen import SeenLedgers
from custody.services.remembering import head_words

_FEW_BITS = (
    " The words stand for 88 bits of the root, so its owner could, with great effort, have made two ledgers of the "
    "same words: the QR code or the three lines of the card show all of it."
)
COPY_UNSIGNED = (
    "It is not signed with the key of the ledger that it names, so anybody can have made it, and it shows nothing."
)
_TYPED = "Compare each word with the card first: one that is on the list, but another, is enough for this. "


def compare_brought(
    files: CaseFiles, seen: SeenLedgers, ledgers: Mapping[str, Examination], claims: Sequence[ClaimedHead]
) -> dict[str, Brought]:
    """Report of each claim whether a ledger here extends it; by ledger, the largest that one does."""
    found: dict[str, Brought] = {}
    sound = [one for one in ledgers.values() if one.sound]  # else the tree is not that of the records, and was reported
    here = [
        LedgerHere(origin(one.ledger), one.size, _root_at(files, one.ledger), _leaves(files, one.ledger))
        for one in sound
    ]
    for claim in claims:
        if not is_signed(claim, seen):
            seen.findings.append(codes.COPY_UNSIGNED.about(claim.what, COPY_UNSIGNED))
            continue
        match = find_head(claim, here)
        ledger = None if match.origin is None else ledgers.get(match.origin.partition("/")[2])
        if match.outcome is Outcome.OTHER and len(sound) < len(ledgers):
            continue  # it may be of a ledger that cannot be compared, for reasons that were reported
        if match.outcome is Outcome.OTHER or ledger is None or match.size is None:
            seen.findings.append(
                codes.RECORD_REPLACED.about(
                    claim.what,
                    f"No ledger here ever was in the state that it shows. {'' if claim.root_start is None else _TYPED}"
                    "Either this is another case, or an older copy of it, or the ledger was made anew. Ask for the "
                    "folder that it was made from.",
                )
            )
            continue
        then = f"According to {claim.what} it had {head_words(match.size, claim.root)}. Here: {ledger.head_words()}."
        if match.outcome is Outcome.CUT_OFF:
            ledger.find(codes.RECORD_CUT_OFF, ledger.place(ledger.size, match.size - 1), f"{then} {SHORTER}")
        elif match.outcome is Outcome.REWRITTEN:
            ledger.find(codes.RECORD_REWRITTEN, ledger.place(0, match.size - 1), f"{then} {OTHER}")
        else:
            first = "first record is that" if match.size == 1 else f"first {match.size} records are those"
            ledger.find(
                codes.RECORD_COMPARED,
                seen.labels.get(ledger.ledger, "the record"),
                f"Its {first} of {claim.what}.{'' if claim.root_start is None else _FEW_BITS}",
            )
            if ledger.ledger not in found or found[ledger.ledger].size < match.size:
                found[ledger.ledger] = Brought(match.size, claim.what)
    return found


def find_other_cases(files: CaseFiles, world: World, seen: SeenLedgers) -> None:
    """Report other cases that this computer saw in this folder: this one may have been put in the place of another.

    What the reader brought of it settles that: whoever replaced the case cannot have made that of it.
    """
    if seen.brought or seen.state.case is None:
        return
    for one in world.heads.seen_at(looking.place_of(files)):
        if one.case != seen.state.case:
            seen.findings.append(
                codes.CASE_REPLACED.about(
                    "this folder",
                    f"On {one.seen[:10]} this computer saw another case here ({one.case[:16]}…; now: "
                    f"{seen.state.case[:16]}…). If it is meant to be that one, the whole record was replaced: look for "
                    "a copy of it. If you put another case here yourself, that is all.",
                )
            )


def is_signed(claim: ClaimedHead, seen: SeenLedgers) -> bool:
    """Whether a claim that came with a signature, of a ledger whose owner is known here, is signed by that owner."""
    ledger = (claim.origin or "").partition("/")[2]
    owner = seen.state.members.get(seen.state.owners.get(ledger, ""))
    if claim.signed_note is None or owner is None:
        return True
    try:
        stated = parse_checkpoint(open_note(parse_note(claim.signed_note), [checkpoint_verifier(ledger, owner)]))
    except (FormatError, SignatureMismatch):
        return False
    return (stated.origin, stated.size, stated.root) == (claim.origin, claim.size, claim.root)


def _root_at(files: CaseFiles, ledger: str) -> Callable[[int], Hash]:
    def root_at(size: int) -> Hash:
        with files.ledgers.reading() as reader:
            return remembering.root_of(reader, ledger, size)

    return root_at


def _leaves(files: CaseFiles, ledger: str) -> Callable[[], Iterator[Hash]]:
    def leaves() -> Iterator[Hash]:
        with files.ledgers.reading() as reader:
            for row in reader.rows(ledger):
                yield leaf_hash(row.envelope)

    return leaves
