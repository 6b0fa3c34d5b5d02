"""Compares what each ledger says that it has seen of the others with what is here: cuts, forks, what is missing."""

from custody.domain import findings as codes
from custody.domain.intervals import Sighting
from custody.domain.wording import capital
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.trees import Trees


def find_sightings(trees: Trees, seen: SeenLedgers) -> list[Sighting]:
    """Report ledgers of which somebody has seen other records than are here, and backups that were gone on from.

    Returns the sightings of what is here.
    """
    behind: dict[str, tuple[int, str]] = {}
    right = []
    for ledger, position, about, head in seen.sightings:
        here = trees.size(head.ledger)
        if here is None or here < head.size:
            size, _ = behind.get(head.ledger, (0, ""))
            if head.size > size:
                behind[head.ledger] = (head.size, about)
            continue
        match trees.had(head.ledger, head.size, head.root):
            case True:
                right.append(Sighting(ledger, position, head.ledger, head.size))
            case False:
                seen.findings.append(
                    codes.LEDGER_FORKED.about(
                        _named(seen, head.ledger),
                        f"Its first {head.size} records are not the ones that {about} vouches for. Either there are "
                        "two versions of this ledger: it was rewritten, or two devices went on from one copy. Or that "
                        "record says what never was: then others who took the ledger in vouch for what is here.",
                    )
                )
    for ledger, (size, about) in behind.items():
        here = trees.size(ledger) or 0
        seen.findings.append(
            codes.LEDGER_BEHIND.about(
                _named(seen, ledger),
                f"{capital(about)} tells of {size} records of this ledger; {here} are here. Its owner, or "
                "whoever wrote that, can send the rest: custody share.",
            )
        )
    for about, body in seen.restored:
        missing = max(0, body.seen - body.backup_size)
        lost = (
            f"{missing} made after it {'is' if missing == 1 else 'are'} known of" if missing else "none made after it"
        )
        seen.findings.append(
            codes.RECORD_RESTORED.about(
                about,
                f"The ledger went on from a backup of {body.backup_size} records; {lost}"
                f"{'' if missing else ' is known of'}, and there may be more. "
                "Whoever took in the ledger before the loss may still have them.",
            )
        )
    return right


def _named(seen: SeenLedgers, ledger: str) -> str:
    label = seen.labels.get(ledger)
    return f"the ledger of {label}" if label is not None else f"ledger {ledger[:16]}…"
