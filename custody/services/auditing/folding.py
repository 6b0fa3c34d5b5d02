"""Folds records that hold into what was seen of a case, and tells of each one that breaks a rule of custody.

Whether a record holds, and where records come from, is the caller's matter.
"""

from collections.abc import Mapping

from custody.domain import findings as codes
from custody.domain.events import (
    CaseOpened,
    Collected,
    Cosigned,
    Examined,
    LedgerOpened,
    LedgerSeen,
    MemberEnrolled,
    MemberReplaced,
    Receipted,
    Received,
    RegisterBody,
    Released,
    ReleasedOnPaper,
    Reported,
    Restored,
    Timestamped,
)
from custody.domain.events.membership import people_of
from custody.domain.history import fold
from custody.domain.statement import Statement
from custody.errors import MissingReference, RuleError
from custody.formats.canonical import Json
from custody.services.auditing.seen import Runs, SeenLedgers, Vouched
from custody.services.auditing.telling import Telling
from custody.services.auditing.wanted import SEALED

MERGE = "Merge the newest share of everybody who has one; until then it changes nothing."


class Folding:
    """Folds one record after another, in the order of replay. `missing` says how a missing record is got."""

    def __init__(self, seen: SeenLedgers, missing: str = MERGE) -> None:
        self._seen = seen
        self._missing = missing

    def take(
        self, told: Telling, identity: str, statement: Statement, values: Mapping[str, Json], head: int | None = None
    ) -> None:
        """A record that holds, with those of its sealed values that the examination needs.

        `head` is the size of the head that it is known to have been signed over, where that is not what it says.
        """
        about = told.named(statement.item, statement.position)
        try:
            fold(self._seen.state, identity, statement)
        except MissingReference as error:
            told.find(
                codes.REFERENCE_MISSING,
                about,
                f"It refers to a record that is not here: {error.message}. {self._missing}",
            )
            if isinstance(statement.body, LedgerOpened):
                told.find(
                    codes.SIGNER_NOT_ENROLLED, about, "The register of people that its owner knew is not here whole."
                )
            told.file(statement.item)
            return
        except RuleError as error:
            told.find(codes.RULE_BROKEN, about, f"It breaks a rule of custody: {error.message}.")
            told.file(statement.item)
            return
        self._seen.believed.add(identity)
        runs = self._seen.runs.setdefault(told.ledger, Runs())
        runs.add(statement.position, statement.head.size if head is None else head, statement.time)
        self._tell_left_out(told, about, statement)
        self._keep(told, statement, values, about)

    def _tell_left_out(self, told: Telling, about: str, statement: Statement) -> None:
        """What an extract leaves out though a record that holds refers to it: where an item comes from, a receipt."""
        match statement.body:
            case Collected(derived_from=derivation) if derivation is not None:
                item, record, what = derivation.item, derivation.record, "was made from"
            case Receipted(paper=paper, record=record):
                item, what = paper, "has as its receipt"
            case _:
                return
        if self._seen.state.is_left_out(record):
            told.find(
                codes.REFERENCE_MISSING,
                about,
                f"The record of {item}, which it {what}, is not here, so that cannot be checked. {self._missing}",
            )

    def _keep(self, told: Telling, statement: Statement, values: Mapping[str, Json], about: str) -> None:
        seen, body = self._seen, statement.body
        match body:
            case Reported():
                told.report(statement.position, body)
                seen.reports.append((about, statement.signer, body))
            case Collected() if statement.item is not None:
                if wanted := {pointer: value for pointer, value in values.items() if pointer in SEALED}:
                    seen.sealed_values[statement.item] = wanted
            case Released() | Received() | ReleasedOnPaper() | Examined() if "/digest" in values:
                recorded = seen.sealed_values.get(statement.item or "", {}).get("/digest")
                if recorded is not None and recorded != values["/digest"]:
                    told.find(
                        codes.RULE_BROKEN,
                        about,
                        "It breaks a rule of custody: its sealed digest is not the recorded one.",
                    )
            case CaseOpened() | LedgerOpened() | MemberEnrolled() | MemberReplaced():
                for pointer, person in people_of(body).items():
                    if not isinstance(body, LedgerOpened):  # whoever opens a ledger unasked could name anybody's key
                        seen.insiders.add(person.cosignature_key)
                    if isinstance(name := values.get(f"{pointer}/name"), str):
                        seen.names[person.key_id] = name
            case LedgerSeen() if seen.state.members[statement.signer].enrolled_by is not None:
                seen.sightings += [(told.ledger, statement.position, about, one) for one in body.ledgers]
            case Timestamped() | Cosigned():
                seen.vouched.append(Vouched(told.ledger, statement.position, about, body))
            case Restored():
                seen.restored.append((about, body))
        if isinstance(body, RegisterBody | CaseOpened | LedgerOpened):
            seen.labels.update(
                (ledger, label)
                for ledger, owner in seen.state.owners.items()
                if (label := seen.state.members[owner].label) is not None and len(seen.state.owners) > 1
            )
