"""The form for wet ink: what stands where, and the fixed words. One page for up to eight items."""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    About,
    Block,
    Column,
    Commands,
    Facts,
    Heading,
    Paragraph,
    Span,
    Table,
    Words,
    Writing,
)
from custody.adapters.pdf.kinds.common import short
from custody.adapters.pdf.setting import typeset
from custody.domain.handform import FormItem, HandoverForm
from custody.domain.questions.parts import counted
from custody.domain.wording import group_hex, time_in_words

LABELS: Final = 84.0  # width of the column of labels, in points
LINE: Final = 20.0  # height of a line to be written on
MAX_REFERENCE: Final = 48  # characters of the case reference in the foot
MAX_WHAT: Final = 200  # characters of a name and description

_SIGNED: Final = (
    "By signing, the two people named below say that the items listed on this form, and no others, passed from one to "
    "the other at the time and place written here. The SHA-256 value of an item is computed from every byte of it: "
    "whoever receives the item can compute it again, and finds another value if a single bit differs."
)
_SEALED: Final = "under seal, not printed here; the statement below commits to it"
_NEXT: Final = (
    "For whoever released them: give the receiver a copy of the signed form, scan it, and record the scan, a receipt "
    "for each item. Best done by another member of the case than the giver."
)
_SIDES: Final = (
    Column("Released by", 0.14),
    Column(" ", 0.36),
    Column("Received by", 0.14),
    Column(" ", 0.36),
)


def draw_form(form: HandoverForm) -> bytes:
    """The form as a PDF.

    Raises FormatError for text in a script that no face of this computer has, StorageError without custody's own faces.
    """
    return typeset(
        _blocks(form),
        About(
            title=f"Receipt for evidence handed over, form {form.number}",
            author=form.released_by.name,
            subject="Receipt for evidence handed over",
            creator="custody",
            moment=form.recorded_at,
            identity=f"form\n{form.act}",
            foot=f"{short(form.reference, MAX_REFERENCE)}   ·   form {form.number}",
            initials="Initials of both:",
        ),
    )


def _blocks(form: HandoverForm) -> Iterator[Block]:
    yield Heading(0, "Receipt for evidence handed over")
    yield Paragraph(_SIGNED, "small")
    yield Facts(tuple(_terms(form)), labels=LABELS)
    if not form.place:
        yield Writing((("Place",),), height=LINE)
    yield Table(_SIDES, _sides(form), "Who released the items and who received them, to be signed by both", True, LINE)
    yield Writing((("Comments",), ("",)), height=LINE)
    yield Paragraph(_NEXT, "small")
    yield Commands(
        (
            "custody collect SCAN.pdf --method export",
            f"custody receipt add {form.items[0].number} --paper ITEM-OF-THE-SCAN",
        )
    )
    yield Table(
        (
            Column(counted(len(form.items), "item"), 0.14, "strong"),
            Column("Size, SHA-256 value, and the statement that released it", 0.86),
        ),
        (_item(item) for item in form.items),
        "The items: number, size, SHA-256 value, and the statement that released each",
    )


def _terms(form: HandoverForm) -> Iterator[tuple[str, Words]]:
    copy = "keeps a copy" if form.keeps_copy else "keeps no copy"
    yield "Case", form.reference
    yield "Form number", Span(form.number, "fixed")
    yield "Purpose", form.purpose or "not known here"
    yield "How", (form.medium, f"; whoever released them {copy}")
    if form.place:
        yield "Place", form.place
    yield "Recorded", f"{time_in_words(form.recorded_at)}, by the clock of the recorder's computer"


def _sides(form: HandoverForm) -> Iterator[tuple[Words, ...]]:
    """Both sides beside each other: what is known is printed, the rest is written by hand."""
    by = form.released_by
    name, rank, organisation, number = form.receiver
    yield "Name", by.name or f"key {by.key_id[:16]}", "Name", name
    yield "Organisation", by.organisation, "Rank", rank
    yield "Key in words", by.words, "Organisation", organisation
    yield "", "", "Number", number
    yield "Date, time", "", "Date, time", ""
    yield "Place", "", "Condition", ""
    yield "Signature", "", "Signature", ""


def _item(item: FormItem) -> tuple[Words, ...]:
    """Size and what it is; the digest in groups, for reading aloud; the statement that released it."""
    facts = item.size or "size under seal"
    digest = _SEALED if item.digest is None else Span(group_hex(item.digest), "fixed")
    what = (": ", short(item.what, MAX_WHAT)) if item.what else ()
    return (item.number, (facts, *what, " SHA-256 ", digest, " Statement ", Span(item.statement, "fine")))
