"""What the sections of a document share: names, values as text, links between sections. Chooses no contents."""

from collections.abc import Collection, Iterable
from typing import Final

from custody.adapters.pdf.blocks import Span, Tone
from custody.domain.fields import is_item_number
from custody.domain.report.model import Event, Report
from custody.domain.report.naming import SEALED
from custody.domain.verdict import Verdict
from custody.domain.wording import group_hex, size_in_words, time_in_words

WIDTH: Final = 471.0  # of a page's contents, in points

ITEMS, PEOPLE, CUSTODY, STAMPS, ANSWERS = "items", "people", "custody", "stamps", "answers"
CHECKING, GLOSSARY, EXPLAINED, TECHNICAL = "checking", "glossary", "explained", "technical"
ATTEMPTS, WITHHELD, TIMELINE, TOOLS, PARTS, SUMS = "attempts", "withheld", "timeline", "tools", "parts", "sums"
FRONT: Final = "front"
FIELD: Final = "Field"  # the label of the fact that says which field an act is about

NOBODY: Final = "nobody outside vouches for it"
UNSTAMPED: Final = "no stamp: the time of this signature is what the signer's computer said (PAdES B-B)"


def item_anchor(number: str) -> str:
    """Where an item's section begins."""
    return f"item-{number}"


def parts_anchor(number: str) -> str:
    """Where the list of an item's parts begins."""
    return f"parts-{number}"


class Linked:
    """Links to the sections of a report, only to those that it has."""

    def __init__(self, report: Report) -> None:
        self._numbers = {item.number for item in report.items if is_item_number(item.number)}

    def item(self, number: str, tone: Tone = "small") -> Span:
        """An item's number, leading to its section."""
        return Span(number, tone, f"#{item_anchor(number)}" if number in self._numbers else "")

    def items(self, numbers: Iterable[str], most: int = 30) -> tuple[Span | str, ...]:
        """Several of them; beyond the first, how many more."""
        spans: list[Span | str] = []
        every = list(numbers)
        for number in every[:most]:
            spans += [", ", self.item(number)] if spans else [self.item(number)]
        if len(every) > most:
            spans.append(f" and {len(every) - most} more")
        return tuple(spans)


def told(text: str | None, otherwise: str = "") -> str:
    """A text of the model: what is sealed says so."""
    return SEALED if text is None else text or otherwise


def size_words(size: int | None) -> str:
    """A size, exact."""
    return SEALED if size is None else size_in_words(size)


def time_words(time: str | None, otherwise: str = "not told") -> str:
    """A time to the second; the record has the rest."""
    if time is None:
        return SEALED
    return time_in_words(time) if time else otherwise


def local_words(report: Report) -> str:
    """The local time at which the document was made, in brackets; "" where that is UTC's."""
    same = report.generated_local.startswith(time_in_words(report.generated_at).removesuffix(" UTC"))
    return "" if same else f" ({report.generated_local})"


def aloud(digest: str | None) -> str:
    """A digest in groups, for reading aloud."""
    return SEALED if digest is None else group_hex(digest)


def short(text: str, most: int = 40) -> str:
    """The beginning of a text, of one line, for where there is room for a few words only."""
    line, more, _ = text.partition("\n")
    return f"{line[:most]}…" if more or len(line) > most else line


def event_words(event: Event, besides: Collection[str] = ()) -> tuple[str | Span, ...]:
    """What happened, with its facts but for those of `besides`, which stand elsewhere, and what it corrects."""
    words: list[str | Span] = [event.sentence]
    for fact in event.facts:
        if fact.label == FIELD and event.sentence.endswith(f" {fact.text}"):
            continue  # "corrected the description" names the field already
        if fact.text and fact.text not in besides:
            words.append(f"; {fact.label}: ")
            words.append(Span(fact.text, "fixed") if fact.fixed else fact.text)
    if event.corrects:
        words.append(Span(f" (corrects the record {event.corrects})", "fine"))
    return tuple(words)


def record_words(event: Event) -> tuple[str | Span, ...]:
    """Which record an event is."""
    return (f"{event.record} of ledger {event.ledger}, ", Span(event.statement, "fine"))


def tone_of(verdict: Verdict) -> Tone:
    """How a verdict is set."""
    return "alarm" if verdict is Verdict.FAILED else "strong"
