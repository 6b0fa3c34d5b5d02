"""Opens the legal name behind a pseudonym for somebody outside: a signed record first, then a file that shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from custody.domain.events import Exported
from custody.domain.events.membership import LEGAL_NAME
from custody.errors import RuleError
from custody.formats.share import Head, format_share
from custody.ports import CaseFiles
from custody.services import reading
from custody.services.exchanging.sharing import entries
from custody.services.looking import Ledger
from custody.services.recording import Draft, Recorder


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What was disclosed: the record of it (its id), the name, and the lines of the file for whoever asked."""

    record: str
    legal_name: str
    lines: Iterator[bytes]


def disclose_legal_name(recorder: Recorder, to: str, reason: str) -> Disclosure:
    """Record that the signer's legal name is opened for `to`, and write what shows it. Raises RuleError.

    The record comes first: no such file may be about that no record tells of.
    """
    ledger = recorder.ledger
    name = legal_name(recorder.files, ledger)
    if ledger.body.legal_name is None:
        raise RuleError(f"{ledger.label} is no pseudonym: the name in the record is the one to give")
    if not name:
        raise RuleError(
            "no legal name was sealed with this pseudonym, or what opens it is not here",
            "none can be added later; a backup of openings.db has it if there was one",
        )
    sealer = recorder.sealer(Exported.type_name())
    body = Exported(
        statement=ledger.opening.id,
        fields=(LEGAL_NAME,),
        to=sealer.seal("/to", to),
        reason=sealer.seal("/reason", reason),
    )
    (recorded,) = recorder.append([Draft(body, tuple(sealer.openings))])
    head = Head(case=recorder.case, kind="disclosure", ledgers=1)
    lines = format_share(head, [(ledger.id, 1, entries(recorder.files, ledger.id, 1, withheld_too=True))])
    return Disclosure(recorded.id, name, lines)


def legal_name(files: CaseFiles, ledger: Ledger) -> str | None:
    """The name behind a pseudonym, as far as it can be opened here; empty where none was given."""
    return reading.withheld_value(files, ledger.opening, LEGAL_NAME)
