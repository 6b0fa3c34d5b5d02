"""Models of documents for the tests of whatever draws or reads them, from none to 10,000 items. Draws nothing.

Every value is made from a number, so that the same call gives the same model; `SAMPLES` names them all.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any, Final

from msgspec.structs import replace

from custody.domain.report.model import (
    Attached,
    Bound,
    Event,
    Fact,
    FactGroup,
    HandedItem,
    HandOver,
    LedgerState,
    Part,
    Person,
    Picture,
    Report,
    ReportItem,
    ScheduleLine,
    Scope,
    Stamp,
    Tool,
)
from custody.domain.verdict import Answer, Answers, Finding, ItemCount, Judgement, LedgerHead, Verdict
from custody.domain.wording import time_in_words
from custody.formats.encoding import format_time

START: Final = datetime(2026, 11, 23, 3, 2, 1, 123456, UTC)
HOSTILE: Final = (
    "one\ntwo \u202egpj.exe\u202c <b>bold</b> <a href='x'>&amp; & %s %(a)s \\ ) ( \x07\x00\x1b[2J "
    "Ж Ω 漢字 العربية עברית e\u0301 [U+202E] a\u0336\u0336\u0336\u0336\u0336\u0336 b\u00a0c  d\t$(rm -rf ~) `id` '; \""
)
"""Everything at once that a stranger could put into a text; a lone surrogate is no JSON, so no model has one."""

FOREIGN: Final = (
    "Объявление на странице 4",
    "إعلان على الهاتف",
    "विज्ञापन, पृष्ठ ४",
    "網頁廣告截圖",
)
"""Descriptions in Cyrillic, Arabic, Devanagari and Han."""


def sha256(text: str) -> str:
    """A hexadecimal digest that is different for each text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def moment(minutes: float) -> str:
    """A 27-character time, so many minutes after the first."""
    return format_time(START + timedelta(minutes=minutes))


JANA: Final = Person(
    key_id=sha256("jana"),
    words="liquid plastic skill false lunar kiwi female desert",
    name="Jana Dvořáková",
    organisation="Helpline Brno",
    role="team lead",
    label="JD",
    ledger="JD",
    pseudonym=False,
    identified="",
    standing="case lead",
    signed=23,
    joined=moment(-60),
)
ROBIN: Final = Person(
    key_id=sha256("robin"),
    words="earn bottom jungle echo ahead entire good stick",
    name="R. Díaz",
    organisation="Police, district office 4",
    role="investigator",
    label="RD",
    ledger="RD",
    pseudonym=False,
    identified="identified in person",
    standing="member",
    signed=4,
    joined=moment(-30),
)
KIWI: Final = Person(
    key_id=sha256("kiwi"),
    words="zoo yellow wagon velvet urban tiger stone river",
    name="Kiwi",
    organisation="Helpline Brno",
    role="volunteer",
    label="KW",
    ledger="KW",
    pseudonym=True,
    identified="identified by telephone",
    standing="left on 2026-11-24",
    signed=3,
    joined=moment(-20),
)


def finding(code: str, verdict: Verdict, about: str, message: str) -> Finding:
    """A finding."""
    return Finding(code=code, verdict=verdict, about=about, message=message)


def changed(number: str) -> Finding:
    """That an item does not match."""
    return finding(
        "item-changed",
        Verdict.FAILED,
        number,
        f"{number} differs from what was recorded on 23 Nov. Keep this copy and ask for another.",
    )


def judgement(total: int, *found: Finding, stamped: bool = False) -> Judgement:
    """Of so many items; those that `found` calls changed do not match."""
    bad = [one.about for one in found if one.code == "item-changed"]
    good = total - len(bad)
    sentence = f"{good} of {total} items match." + (f" {len(bad)} do not: {', '.join(bad[:20])}." if bad else "")
    time = (
        Answer(
            verdict=Verdict.PASSED,
            sentence="Every item was recorded no later than a moment that somebody outside vouches for.",
            limit="A stamp shows that a record existed by then, not that what it tells happened then.",
            findings=(
                finding(
                    "item-dated",
                    Verdict.PASSED,
                    "JD-1",
                    "No later than 2026-11-24 03:10:00 UTC (DigiCert). The recorder's own clock said "
                    f"{time_in_words(moment(0))}.",
                ),
            ),
        )
        if stamped
        else Answer(
            verdict=Verdict.INDETERMINATE,
            sentence="No outside evidence of when.",
            limit="A stamp shows that a record existed by then, not that what it tells happened then.",
            findings=(
                finding(
                    "no-outside-time",
                    Verdict.INDETERMINATE,
                    "all items",
                    "Nobody outside whom you trust has seen this record at a known time. Have the record stamped: "
                    "custody timestamp.",
                ),
            ),
        )
    )
    answers = Answers(
        integrity=Answer(
            verdict=Verdict.FAILED if bad else Verdict.PASSED,
            sentence=sentence if total else "There are no items yet.",
            limit="A match shows that the bytes are the ones that were recorded. It does not show who made them, that "
            "what they show is true, or what happened to them before they were recorded.",
            findings=found,
        ),
        signers=Answer(
            verdict=Verdict.INDETERMINATE,
            sentence=f"All 41 records are signed: by the case lead's key {JANA.key_id[:16]}…, and by 2 keys that it "
            "vouches for. Whose key the lead's is, nobody has confirmed to you.",
            limit="A signature shows which key signed. It does not show who was at the keyboard, or that what they "
            "wrote is true.",
            findings=(
                finding(
                    "lead-unconfirmed",
                    Verdict.INDETERMINATE,
                    "the case lead",
                    "Ask the case lead, in person or by a telephone number you already had, for the eight words of "
                    "their key. Anyone can make a key in any name.",
                ),
            ),
        ),
        time=time,
        custody=Answer(
            verdict=Verdict.PASSED,
            sentence="Every hand-over was signed by both sides.",
            limit="Only what was recorded can be accounted for.",
            findings=(),
        ),
        completeness=Answer(
            verdict=Verdict.INDETERMINATE,
            sentence="The record agrees with itself; there was no earlier copy to compare.",
            limit="Only what was recorded can be counted.",
            findings=(
                finding(
                    "nothing-to-compare",
                    Verdict.INDETERMINATE,
                    "the record",
                    "Whoever holds the key could have rewritten it. Anyone with an older report can help settle this.",
                ),
            ),
        ),
    )
    return Judgement(
        verdict=Verdict.FAILED if bad else Verdict.INDETERMINATE,
        items=ItemCount(matching=good, total=total),
        questions=answers,
        ledgers=tuple(LedgerHead(origin=one.origin, size=one.size, root=one.root) for one in ledgers()),
    )


def ledgers() -> tuple[LedgerState, ...]:
    """Jana's, with its signed checkpoint, and Robin's."""
    origin, root = f"custody/{sha256('ledger JD')}", sha256("root JD")
    note = f"{origin}\n37\n{base64.b64encode(bytes.fromhex(root)).decode()}\n\n— {origin} {'A' * 91}=\n"
    return (
        LedgerState(
            label="JD",
            owner=JANA.key_id,
            origin=origin,
            size=37,
            root=root,
            words="oval kingdom lamp piano quartz salmon tunnel zebra",
            checkpoint=note,
        ),
        LedgerState(
            label="RD",
            owner=ROBIN.key_id,
            origin=f"custody/{sha256('ledger RD')}",
            size=4,
            root=sha256("root RD"),
            words="anchor brick candle dune ember flute garden harbor",
            checkpoint="",
        ),
    )


@cache
def picture(*, blurred: bool = True) -> Picture:
    """A real JPEG, 96 by 72."""
    from PIL import Image, ImageDraw, ImageFilter

    image = Image.new("RGB", (96, 72), (205, 215, 225))
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((8, 8, 60, 40), fill=(120, 60, 40))
    drawing.ellipse((50, 30, 90, 68), fill=(40, 90, 60))
    if blurred:
        image = image.filter(ImageFilter.GaussianBlur(9))
    out = BytesIO()
    image.save(out, "JPEG", quality=70)
    return Picture(jpeg=base64.b64encode(out.getvalue()).decode("ascii"), width=96, height=72, blurred=blurred)


def event(kind: str, sentence: str, minutes: float, record: int, /, **changes: Any) -> Event:
    """A record of Jana's ledger, with these changes."""
    return replace(
        Event(
            time=moment(minutes),
            who=JANA.key_id,
            kind=kind,
            sentence=sentence,
            facts=(),
            statement=sha256(f"statement {record} {kind} {sentence}"),
            ledger="JD",
            record=record,
        ),
        **changes,
    )


def item(count: int, /, label: str = "JD", minutes: float | None = None, **changes: Any) -> ReportItem:
    """The item JD-`count`, a photograph that matches, with these changes."""
    at = float(count) if minutes is None else minutes
    number = f"{label}-{count}"
    return replace(
        ReportItem(
            number=number,
            what="a file",
            media_type="image/jpeg",
            name=None,
            description="Advertisement seen on the telephone of the witness; she named the number.",
            digest=sha256(number),
            size=2_348_112 + count,
            state="matches",
            matches=True,
            collected_by=JANA.key_id,
            captured_at=moment(at - 7),
            hashed_at=moment(at),
            recorded_at=moment(at + 0.05),
            delay=420,
            not_before=None,
            not_after=None,
            sensitivity="normal",
            holder="Jana Dvořáková",
            facts=(
                FactGroup(
                    title="Source",
                    facts=(Fact(label="Found at", text="hxxps://example[.]org/ads/8841"),),
                ),
                FactGroup(
                    title="Method",
                    facts=(
                        Fact(label="How", text="photographed with a telephone"),
                        Fact(label="With", text="Camera 9.4"),
                    ),
                ),
                FactGroup(
                    title="Clock",
                    facts=(Fact(label="Clock check", text="set by the network, as chronyd says, offset 12 ms"),),
                ),
                FactGroup(title="Handling", facts=(Fact(label="To be reviewed by", text="2027-11-23"),)),
                FactGroup(
                    title="Record",
                    facts=(
                        Fact(label="Record", text=f"{count + 2} of ledger {label}"),
                        Fact(label="Record id", text=sha256(f"statement {count + 2} collected"), fixed=True),
                    ),
                ),
            ),
            events=(event("collected", f"collected {number}", at + 0.05, count + 2, ledger=label),),
            command_name=f"{number}.jpg",
        ),
        **changes,
    )


def model(*items: ReportItem, found: tuple[Finding, ...] = (), **changes: Any) -> Report:
    """An integrity report of these items, with these changes."""
    return replace(
        Report(
            kind="integrity",
            jurisdiction=None,
            final=False,
            number=1,
            version=1,
            supersedes="",
            case=sha256("case"),
            reference="GEN-2026-014",
            title="Advertisements reported to the helpline",
            generated_at=moment(1440),
            generated_local="2026-11-24 04:02:01 +01:00 (Europe/Prague)",
            made_by=JANA.key_id,
            made_for="Public Prosecutor's Office, Brno",
            stamped_by="",
            sensitivity="normal",
            scope=Scope(whole=True, covered=len(items), total=len(items), opened=(), withheld=(), reason=""),
            judgement=judgement(len(items), *found, stamped="stamped_by" in changes),
            people=(JANA,),
            items=items,
            hand_overs=(),
            attempts=(),
            schedule=tuple(
                ScheduleLine(
                    reference=one.number,
                    kind="item",
                    description=one.description,
                    time=one.recorded_at,
                    here=True,
                    why="",
                )
                for one in items
            ),
            stamps=(),
            ledgers=ledgers()[:1],
            tools=(
                Tool(name="custody", version="0.1.0"),
                Tool(name="Python", version="3.12.7"),
                Tool(name="cryptography", version="45.0.1"),
                Tool(name="ReportLab", version="4.4.1"),
            ),
            attached=(
                Attached(name="report.json", what="every value printed here, for programs"),
                Attached(name="custody-record.json", what="the signed record that this report was made from"),
            ),
            version_made="0.1.0",
        ),
        **changes,
    )


def empty() -> Report:
    """A case without items."""
    return model()


def one() -> Report:
    """A case with one item, nothing stamped."""
    return model(item(1))


def realistic() -> Report:
    """17 of 18 items by three people: a folder, typed text, a picture of each kind, hand-overs, stamps, a correction,
    failed attempts, things under seal, descriptions in four more scripts.
    """
    parts = tuple(
        Part(path=f"chat/2026-11/{n:02}.html", size=4_000 + n, digest=sha256(f"part {n}")) for n in range(1, 13)
    )
    items = [item(n) for n in range(1, 15)]
    items[1] = replace(items[1], picture=picture())
    items[2] = replace(items[2], picture=picture(blurred=False), name="IMG_0003.jpg", media_type="image/jpeg")
    items[3] = item(
        4,
        what="a folder of many parts",
        media_type=None,
        description="Conversation exported by the witness, with its pictures.",
        parts=parts,
        parts_listed=12,
        command_name="JD-4",
    )
    items[4] = item(5, what="typed text", media_type="text/plain", description=None, size=412, command_name="JD-5.txt")
    items[5] = item(6, media_type=None, description=None, size=88_112, captured_at=None, delay=None)
    items[6] = item(7, captured_at=moment(-60 * 50), delay=180_420, sensitivity="sensitive")
    items[7] = item(8, captured_at="", delay=None, state="kept elsewhere", matches=None, holder="R. Díaz")
    for at, words in enumerate(FOREIGN, 9):
        items[at - 1] = item(at, description=words)
    items += [item(n, "KW", 30.0 + n, collected_by=KIWI.key_id, holder="Kiwi") for n in (1, 2, 3)]
    for at in (6, 7):
        number, record = items[at].number, at + 2
        items[at] = replace(
            items[at],
            holder="R. Díaz (Police, district office 4)",
            events=(
                *items[at].events,
                event(
                    "corrected",
                    f"corrected the description of {number}",
                    40,
                    20,
                    facts=(Fact(label="New value", text="Seen on 21 Nov, not on 22 Nov."),),
                    corrects=sha256(f"statement {record} collected collected {number}"),
                ),
                event("released", f"released {number} to R. Díaz", 120, 28),
                event("received", f"received {number}", 180, 3, who=ROBIN.key_id, ledger="RD"),
            ),
        )
    stamps = (
        Stamp(
            kind="timestamp",
            by="DigiCert Timestamp 2023",
            time=moment(62),
            qualified=False,
            ledger="JD",
            size=24,
            record=25,
            note="",
        ),
        Stamp(kind="cosignature", by="witness.example", time=moment(400), qualified=False, ledger="JD", size=33,
              record=34, note="this key is not among those that the maker trusts"),
        Stamp(kind="Bitcoin", by="OpenTimestamps", time="", qualified=False, ledger="JD", size=24, record=26,
              note="waits for a block"),
    )  # fmt: skip
    bounds = Bound(time=moment(62), word="DigiCert Timestamp 2023")
    items = [replace(one, not_after=bounds) if one.number.startswith("JD") else one for one in items]
    said = judgement(17, stamped=True)
    waiting = Answer(
        verdict=Verdict.INDETERMINATE,
        sentence="2 hand-overs were signed by both sides. JD-2 is offered, and nobody has answered.",
        limit="Only what was recorded can be accounted for.",
        findings=(
            finding("offer-open", Verdict.INDETERMINATE, "JD-2", "Ask R. Díaz to accept or to decline JD-2."),
            finding("handed-over-on-paper", Verdict.INDETERMINATE, "JD-1", "JD-1 went to somebody without a key."),
        ),
    )
    return model(
        *items,
        judgement=replace(said, questions=replace(said.questions, custody=waiting)),
        people=(JANA, ROBIN, KIWI),
        ledgers=ledgers(),
        stamps=stamps,
        stamped_by="DigiCert Timestamp 2023",
        hand_overs=hand_overs(),
        sensitivity="sensitive",
        attempts=(
            event("attempted", "could not collect a file: it could not be read", 11, 12),
            event("attempted", "could not collect a file: it is larger than this computer takes in", 12, 13),
        ),
        scope=Scope(
            whole=False,
            covered=17,
            total=18,
            opened=("the description of items",),
            withheld=("JD-15",),
            reason="concerns another person",
        ),
        schedule=(
            *model(*items).schedule,
            ScheduleLine(
                reference="JD-15",
                kind="item",
                description=None,
                time=moment(20),
                here=False,
                why="concerns another person",
            ),
            ScheduleLine(
                reference="record 12 of JD", kind="failed capture", description=None, time=moment(11), here=True, why=""
            ),
        ),
        number=2,
        version=2,
        supersedes="0002 version 1",
    )


def hand_overs() -> tuple[HandOver, ...]:
    """One received (JD-7 and JD-8), one on paper, one waiting, one declined."""

    def handed(number: str, received: str | None, answer: str = "") -> HandedItem:
        return HandedItem(
            number=number,
            what="a file",
            size=2_348_119,
            released=sha256(number),
            received=received,
            statement=sha256(f"release {number}"),
            answer=answer,
        )

    both = HandOver(
        act=sha256("act 1")[:32],
        state="received",
        released_by=JANA.key_id,
        to=ROBIN.key_id,
        to_whom=None,
        released_at=moment(120),
        answered_at=moment(180),
        purpose="examination by the police",
        medium="encrypted USB stick, sealed bag 0042",
        place=None,
        condition="bag and seal whole",
        reason=None,
        keeps_copy=True,
        items=(
            handed("JD-7", sha256("JD-7"), sha256("answer JD-7")),
            handed("JD-8", sha256("JD-8"), sha256("answer JD-8")),
        ),
    )
    return (
        both,
        replace(
            both,
            act=sha256("act 2")[:32],
            state="on paper",
            to="",
            to_whom="Court registry, Brno",
            released_at=moment(600),
            answered_at="",
            medium="print on paper",
            condition=None,
            items=(handed("JD-1", None),),
        ),
        replace(
            both,
            act=sha256("act 3")[:32],
            state="waiting",
            released_at=moment(700),
            answered_at="",
            condition=None,
            items=(handed("JD-2", None),),
        ),
        replace(
            both,
            act=sha256("act 4")[:32],
            state="declined",
            released_at=moment(800),
            answered_at=moment(900),
            condition=None,
            reason="the stick was empty",
            items=(handed("JD-3", None, sha256("answer JD-3")),),
        ),
    )


def many(count: int = 500) -> Report:
    """So many items, collected over eight days, a minute or so apart by day."""
    return model(*(item(n, minutes=(n % 8) * 1440 + n) for n in range(1, count + 1)), generated_at=moment(20_000))


def folder(parts: int = 3000) -> Report:
    """One item of so many parts, the last of them under seal."""
    listed = [
        Part(path=f"mail/{n // 100:03}/message {n:05}.eml", size=n, digest=sha256(f"part {n}")) for n in range(parts)
    ]
    listed[-1] = replace(listed[-1], path=None, size=None)
    return model(
        item(
            1,
            what="a folder of many parts",
            media_type=None,
            parts=tuple(listed),
            parts_listed=parts + 5,
            command_name="JD-1",
        )
    )


def failed(count: int = 3) -> Report:
    """17 items, of which so many do not match."""
    found = tuple(changed(f"JD-{n}") for n in range(1, count + 1))
    return model(
        *(
            item(n, state="changed", matches=False) if n <= count else item(n)
            for n in range(1, max(17, count) + 1)
        ),
        found=found,
    )  # fmt: skip


def hostile() -> Report:
    """Every text that a stranger can choose is hostile, or too long for a page."""
    text = HOSTILE
    base = item(1, name="A" * 300, description="word " * 1000, picture=picture())
    groups = (FactGroup(title=text, facts=(Fact(label=text, text=text), Fact(label="x", text=text, fixed=True))),)
    items = (
        base,
        item(2, name=text, description=text, media_type=text, what=text, state=text, holder=text, facts=groups),
        item(3, description="\n" * 300, name="\u202e" * 400, command_name="JD-3.$(id)'\"; rm -rf ~"),
        item(4, events=(event(text, text, 3, 9, facts=(Fact(label=text, text=text),)),) * 3),
        item(5, digest=None, size=None, state="", captured_at=None),
        item(
            6, parts=(Part(path=text, size=1, digest=sha256("p")),) * 3, parts_listed=3, what="a folder of many parts"
        ),
        item(7, not_before=Bound(time=moment(-10), word=text), not_after=Bound(time=moment(90), word=text)),
    )
    stranger = replace(
        ROBIN, name=text, organisation=text, role=text, identified=text * 5, standing=text, label="L" * 8, words=text
    )
    return model(
        *items,
        found=tuple(finding(text, Verdict.FAILED, text, text * 9) for _ in range(30)),
        people=(replace(JANA, name=text), stranger, KIWI),
        reference=text,
        title=text * 10,
        made_for=text,
        generated_local=text,
        stamped_by=text,
        sensitivity="highly-sensitive",
        ledgers=ledgers(),
        stamps=(
            Stamp(
                kind="timestamp", by=text, time=moment(9), qualified=True, ledger="JD", size=3, record=4, note=text
            ),
        ),
        hand_overs=tuple(
            replace(
                one, purpose=text, medium=text, place=text, condition=text, reason=text, to="", to_whom=text
            )
            for one in hand_overs()
        ),
        attempts=(event("attempted", text, 1, 2, facts=(Fact(label=text, text=text),)),),
        scope=Scope(whole=False, covered=7, total=9, opened=(text,), withheld=("JD-8", "JD-9"), reason=text),
        tools=(Tool(name=text, version=text),),
        attached=(Attached(name="report.json", what=text),),
    )  # fmt: skip


def sealed() -> Report:
    """Everything that can be under seal is."""
    blank = item(
        1, media_type=None, description=None, digest=None, size=None, captured_at=None, delay=None, matches=None,
        state="cannot be judged",
    )  # fmt: skip
    over = replace(hand_overs()[0], purpose=None, place=None, condition=None, reason=None, to="", to_whom=None)
    handed = replace(over.items[0], number="JD-1", released=None, what=None, size=None)
    return model(
        blank,
        title=None,
        people=(JANA, replace(ROBIN, name="", organisation="")),
        hand_overs=(replace(over, items=(handed,)),),
    )


SAMPLES: Final[dict[str, Callable[[], Report]]] = {
    "empty": empty,
    "one": one,
    "realistic": realistic,
    "many": many,
    "folder": folder,
    "failed": failed,
    "hostile": hostile,
    "sealed": sealed,
}
