"""The people behind the keys, the five answers in full, and the glossary. Judges nothing."""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import Block, Blocks, Column, Facts, Heading, Paragraph, Span, Table, Together, Words
from custody.adapters.pdf.kinds.common import ANSWERS, GLOSSARY, PEOPLE, Linked, time_words, tone_of
from custody.domain.questions.parts import grouped
from custody.domain.report.front import FOUND_BY
from custody.domain.report.model import Person, Report
from custody.domain.report.naming import LEAD, SEALED, known_as
from custody.domain.verdict import Answer, Finding, Question, Verdict

FEW: Final = 3  # findings that stay on the page of their answer
_GLOSSARY: Final = (
    ("Case lead", "The person who opened the case, and whose key the case is known by."),
    ("Checkpoint", "The size and the root of a ledger, signed. Whoever keeps one can check a later copy against it."),
    ("Collected", "Taken into the record: hashed, and where it was kept, copied."),
    ("Cosignature", "A checkpoint signed by somebody outside, who saw it and says when."),
    ("Eight words", "The beginning of a long value, said in words, so that two people can compare it by voice."),
    ("Fingerprint", "The hash of a key. It tells keys apart."),
    ("Folder", "An item of many files. Its hash is that of the list of all their hashes."),
    ("Hand-over", "An item goes from one person to another. Both sign."),
    ("Hash, SHA-256", "A value computed from all bytes of a file. The same file gives the same value."),
    ("Item", "One thing that was collected, with a number such as JD-7: the letters are the collector's."),
    ("Key", "A secret on one person's computer that signs, and a public half that checks."),
    ("Ledger", "One person's list of signed records. Records are added at its end, and none is changed."),
    ("Matches", "Read again, the file gave the hash that was recorded when it was collected."),
    ("Media type", "What kind of file it is, such as image/jpeg."),
    ("OPEN", "What was at hand could not settle the question. The answer says what would."),
    ("Record", "One signed note in a ledger: who did what, when, to which item."),
    ("Root", "One value computed from all records of a ledger."),
    ("Stamp", "The word of somebody outside that a root existed at a time."),
    ("Under seal", "The record holds a value that is not shown here. It cannot be exchanged for another later."),
    ("UTC", "The world's common time. Central Europe is one hour ahead of it in winter, two in summer."),
)

_PEOPLE: Final = (
    "Anybody can make a key in any name. So ask each person, face to face or at a telephone number that you had "
    "before, for the eight words of their key. If one word differs, it is another key. How the people were "
    "identified is what the case lead wrote down; nobody can write that of themselves."
)


def signers(report: Report) -> Blocks:
    """Everybody whose key signed something that this report rests on, or who is named in it."""
    intro: tuple[Block, ...] = (
        Heading(1, "The people", PEOPLE),
        Paragraph(_PEOPLE),
    )
    for person in report.people:
        yield Together((*intro, Heading(2, known_as(person)), Facts(tuple(_person(person)))))
        intro = ()
    yield from intro


def _person(person: Person) -> Iterator[tuple[str, Words]]:
    yield "Organisation", person.organisation or "none told here"
    yield "Role", person.role or "none told here"
    yield "Eight words", Span(person.words, "strong")
    yield "Fingerprint", Span(person.key_id, "fixed")
    yield "Label and ledger", f"{person.label or 'none'}; ledger {person.ledger or 'none'}"
    alone = "nobody in the case can vouch for its lead: confirm this key yourself"
    yield "How known", person.identified or (alone if person.standing == LEAD else "nothing is recorded of it")
    yield "Joined at", time_words(person.joined)
    yield "Standing", person.standing or "not recorded"
    yield "Records signed", f"{person.signed} of those behind this report"


def five_answers(report: Report) -> Blocks:
    """Every answer with its limit and everything that was found."""
    heading = Heading(1, "The five answers in full", ANSWERS)
    explained = Paragraph(
        f"{FOUND_BY.removesuffix(': ')}. YES: what was checked holds. NO: something does not hold. OPEN: what was at "
        "hand could not settle it. The computer trusted nobody for this: it knew no key and no authority beforehand."
    )
    link = Linked(report)
    intro: tuple[Block, ...] = (heading, explained)
    for question, answer in report.judgement.questions.each():
        yield from _answer(question, answer, link, intro)
        intro = ()


def _answer(question: Question, answer: Answer, link: Linked, intro: tuple[Block, ...]) -> Iterator[Block]:
    facts: tuple[tuple[str, Words], ...] = (
        ("Answer", (Span(f"{answer.verdict.word}. ", tone_of(answer.verdict)), answer.sentence)),
        ("Limit", answer.limit),
    )
    head = (*intro, Heading(2, question.text, mark=f"{question.text} {answer.verdict.word}"), Facts(facts))
    if not answer.findings:
        yield Together((*head, Paragraph("Nothing else was found.", "small")))
        return
    found = grouped(answer.findings)
    table = Table(
        (Column("About", 0.13), Column("Found", 0.52), Column("", 0.07), Column("Code", 0.28)),
        [_finding(one, link) for one in found],
        f"Everything that was found on: {question.text}",
    )
    if len(found) <= FEW:
        yield Together((*head, table))
        return
    yield Together(head)
    yield table


def _finding(finding: Finding, link: Linked) -> tuple[Words, ...]:
    word = "" if finding.verdict is Verdict.PASSED else finding.verdict.word
    return (link.item(finding.about), finding.message, Span(word, tone_of(finding.verdict)), finding.code)


def glossary(_: Report) -> Blocks:
    """The words of this report, each in a line or two."""
    yield Heading(1, "Glossary", GLOSSARY)
    yield Facts(tuple(_GLOSSARY))
    yield Paragraph(f"Where a value is “{SEALED}”, it is in the record all the same.", "small", before=4)
