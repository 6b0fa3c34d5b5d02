"""What a kept case is: how it is made, and what `custody verify` must answer. The faults themselves lie beside.

`answers` are those to the five questions in their order. `codes` are the findings that say what is wrong; `also` those
that follow from it. What every examination finds (ALWAYS) is not repeated.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.builders import TIME
from tests.tokens import Authority
from tests.vectors.fixed import LEAD
from tests.vectors.making import Making

ALWAYS = frozenset({"no-outside-time", "nothing-to-compare"})
GOOD = "YES YES OPEN YES OPEN"
FILES_BAD = "NO YES OPEN YES OPEN"
SIGNERS_BAD = "YES NO OPEN YES OPEN"
CUSTODY_BAD = "YES YES OPEN NO OPEN"
RECORD_BAD = "YES YES OPEN YES NO"
Make = Callable[[Making], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusting:
    """Whom the reader trusts: authorities, cosigners by name (vkeys), headers of Bitcoin blocks by height.

    `now` is what the reader's clock says, `qualified` what the reader says of the authorities.
    """

    authorities: tuple[Authority, ...] = ()
    cosigners: Mapping[str, str] = field(default_factory=dict)
    blocks: Mapping[int, bytes] = field(default_factory=dict)
    now: str = TIME
    qualified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFault:
    """A fault, and what is to be expected.

    `lead` is what the reader was told of the lead's key: a key id, words, or nothing; `remembered` what this computer
    saw of the ledger before: number of records and root. `trust` is whom the reader trusts, where that matters; what
    the reader brought of an earlier state, the case itself says (`Making.against`). `error` is the code of an error
    that ends the command.
    """

    name: str
    fault: str
    make: Make
    codes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    answers: str = GOOD
    lead: str | None = LEAD.key_id
    quick: bool = False
    remembered: Callable[[Making], tuple[int, bytes]] | None = None
    trust: Trusting | None = None
    error: str | None = None


FAULTS: dict[str, CaseFault] = {}


def fault(name: str, words: str, *codes: str, **more: Any) -> Callable[[Make], Make]:
    """Keep a fault under its name."""

    def keep(make: Make) -> Make:
        assert name not in FAULTS
        FAULTS[name] = CaseFault(name=name, fault=words, make=make, codes=codes, **more)
        return make

    return keep


def small(it: Making) -> None:
    """A file and a note on it."""
    it.file()
    it.note()


def with_report(it: Making) -> None:
    """A file and a report: two records without anything between them, the newest without a seal.

    The copy of the report is not there, so that none is left over where its record is not believed.
    """
    it.file()
    it.report(kept=False)
