"""How documents name people, keys, delays, and what is under seal. Judges nothing."""

from datetime import timedelta
from typing import Final

from custody.domain.report.model import HandOver, Person, Report
from custody.domain.wording import duration_in_words

SEALED: Final = "under seal, not opened in this report"
LEAD: Final = "case lead"  # the standing of whoever leads the case


def known_as(person: Person) -> str:
    """A name, and whether it is one; where it is not opened, the letters before the numbers of their items."""
    if not person.name:
        return f"{person.label or key_words(person.key_id)} (name not opened here)"
    return f"{person.name} (a pseudonym)" if person.pseudonym else person.name


def key_words(key_id: str) -> str:
    """A key whose person the report does not name."""
    return f"key {key_id[:8]}…"


def named(report: Report, key_id: str) -> str:
    """Who answers for a key, as the report names them."""
    person = report.person(key_id)
    return key_words(key_id) if person is None else known_as(person)


def introduced(report: Report, key_id: str) -> str:
    """A name and whom they work for."""
    person = report.person(key_id)
    organisation = person.organisation if person is not None else ""
    return f"{named(report, key_id)}, {organisation}" if organisation else named(report, key_id)


def lead_of(report: Report) -> str:
    """The key of whoever leads the case, as far as the report says; else of whoever made it."""
    return next((one.key_id for one in report.people if one.standing == LEAD), report.made_by)


def receiver(report: Report, act: HandOver) -> str:
    """To whom an act hands over, in words."""
    if act.to:
        return named(report, act.to)
    return f"somebody whose name is {SEALED}" if act.to_whom is None else act.to_whom or "nobody named"


def delay_words(seconds: int) -> str:
    """How long after the capture the digest was computed."""
    span = duration_in_words(timedelta(seconds=abs(seconds)))
    return span if seconds >= 0 else f"{span} BEFORE the told time of capture: one of the two times is wrong"
