"""The form for wet ink: everything that the receipt of a hand-over on paper says, as values. Draws nothing.

As in a report, every text may hold anything that a stranger typed: whoever draws it makes that visible.
"""

from dataclasses import dataclass

from custody.domain.report import Signatory

RECEIVER_PARTS = 4  # "name, rank, organisation, number"


@dataclass(frozen=True, slots=True)
class FormItem:
    """One item: `statement` is the id of the record that released it; `what` is "" unless names were asked for.

    `size` and `digest` are None where they are under seal and names were not asked for, or cannot be opened.
    """

    number: str
    what: str
    size: str | None
    digest: str | None
    statement: str


@dataclass(frozen=True, slots=True)
class HandoverForm:
    """A receipt for evidence handed over. `act` is the id of the hand-over, `recorded_at` a 27-character time."""

    reference: str
    act: str
    recorded_at: str
    released_by: Signatory
    to: str
    purpose: str
    medium: str
    place: str | None
    keeps_copy: bool
    items: tuple[FormItem, ...]

    @property
    def number(self) -> str:
        """What the form is called by."""
        return self.act[:16]

    @property
    def receiver(self) -> tuple[str, str, str, str]:
        """Name, rank, organisation and number of the receiver; all of it as the name unless these four were typed."""
        parts = [part.strip() for part in self.to.split(",")]
        if len(parts) != RECEIVER_PARTS:
            return self.to, "", "", ""
        name, rank, organisation, number = parts
        return name, rank, organisation, number
