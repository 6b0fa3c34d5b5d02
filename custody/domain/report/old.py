"""The report model: everything a report says, as values. Draws nothing.

Every text in it is ready to print, but may hold anything that a stranger typed: whoever draws it makes control and
bidirectional characters visible and interprets no markup.
"""

from dataclasses import dataclass

from custody.domain.verdict import Judgement

RECORD_TYPE = "custody-record/v1"


@dataclass(frozen=True, slots=True)
class Signatory:
    """A signer as the report names them. `key_id` is hexadecimal, `words` its eight words."""

    name: str
    organisation: str
    key_id: str
    words: str


@dataclass(frozen=True, slots=True)
class ReportItem:
    """One item. `digest` is the full hexadecimal SHA-256 of the file, of the parts list for a folder.

    `state` is what re-reading gave, in words; `facts` are further pairs of label and text, in the order of printing.
    """

    number: str
    digest: str
    size: str
    what: str
    state: str
    matches: bool | None
    name: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReportAttempt:
    """A file that could not be collected, by the number of its record."""

    record: int
    outcome: str
    time: str


@dataclass(frozen=True, slots=True)
class HowToCheck:
    """One way to check a thing without this software: what it shows, and the commands, one a line."""

    shows: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """An integrity report. Times are 27-character UTC; `checkpoint` is the signed note that the report states.

    `result` is the one-line result of the front page, `scope` says which items are covered and what is withheld.
    """

    reference: str
    title: str
    generated_at: str
    generated_local: str
    made_by: Signatory
    scope: str
    result: str
    sensitivity: str
    judgement: Judgement
    items: tuple[ReportItem, ...]
    attempts: tuple[ReportAttempt, ...]
    checkpoint: str
    checkpoint_words: str
    case_id: str
    how_to_check: tuple[HowToCheck, ...]
    not_shown: tuple[str, ...]
    attachment: str
    version: str
