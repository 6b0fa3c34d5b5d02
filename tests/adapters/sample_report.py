"""Reports for the tests of the PDF adapters: one that is realistic, and any change of it. Makes no PDF itself."""

import base64
import hashlib
from dataclasses import replace
from typing import Any

from custody.domain.report import HowToCheck, Report, ReportAttempt, ReportItem, Signatory
from custody.domain.verdict import Answer, Answers, Finding, ItemCount, Judgement, LedgerHead, Verdict

WORDS = "liquid plastic skill false lunar kiwi female desert"


def sha256(text: str) -> str:
    """A hexadecimal digest that is different for each text."""
    return hashlib.sha256(text.encode()).hexdigest()


def finding(number: int) -> Finding:
    """A failed finding about an item."""
    return Finding(
        code="item-changed",
        verdict=Verdict.FAILED,
        about=f"JD-{number}",
        message=f"JD-{number} differs from what was recorded on 23 Nov. Keep this copy and ask for another.",
    )


def judgement(*failed: Finding) -> Judgement:
    """A judgement with these failed findings about the files, and two answers that are open."""
    integrity = Answer(
        verdict=Verdict.FAILED if failed else Verdict.PASSED,
        sentence="Some items do not match." if failed else "All items match.",
        limit="This compares each file with what was recorded of it, and cannot say what happened before.",
        findings=failed,
    )
    return Judgement(
        verdict=Verdict.FAILED if failed else Verdict.INDETERMINATE,
        items=ItemCount(matching=16, total=17),
        questions=Answers(
            integrity=integrity,
            signers=Answer(
                verdict=Verdict.PASSED,
                sentence="Every statement is signed by Jana Dvořáková.",
                limit="A signature shows which key was used, not whose hand used it.",
                findings=(),
            ),
            time=Answer(
                verdict=Verdict.INDETERMINATE,
                sentence="Nobody outside has stamped this record yet.",
                limit="The recorder's own clock is no evidence of when.",
                findings=(
                    Finding(
                        code="no-outside-time",
                        verdict=Verdict.INDETERMINATE,
                        about="ledger",
                        message="No entry carries a time stamp from outside.",
                    ),
                ),
            ),
            custody=Answer(
                verdict=Verdict.PASSED,
                sentence="Every item has been with one person since it was collected.",
                limit="Only what was recorded can be accounted for.",
                findings=(),
            ),
            completeness=Answer(
                verdict=Verdict.INDETERMINATE,
                sentence="The record agrees with itself; there was no earlier copy to compare.",
                limit="Whoever holds the key could have rewritten it.",
                findings=(),
            ),
        ),
        ledgers=(LedgerHead(origin=f"custody/{sha256('ledger')}", size=41, root=sha256("root")),),
    )


def item(number: int, /, **changes: Any) -> ReportItem:
    """A photograph that matches, with these changes."""
    return replace(
        ReportItem(
            number=f"JD-{number}",
            digest=sha256(str(number)),
            size="2,348,112 bytes",
            what="Photograph, image/jpeg",
            state="matches",
            matches=True,
            name=f"IMG_{number:04}.jpg",
            facts=(
                ("Collected by", "Jana Dvořáková"),
                ("Collected at", "2026-11-23T03:02:01.123456Z"),
                ("Captured at", "2026-11-23T02:55:00.000000Z, 7 min before it was hashed"),
                ("Method", "phone photo"),
                ("Tool", "Camera 9.4"),
                ("Found at", "hxxps://example[.]org/ads/8841"),
                ("Description", "Advertisement seen on the phone of the witness; she named the number."),
            ),
        ),
        **changes,
    )


def report(*items: ReportItem, **changes: Any) -> Report:
    """A report of these items (else of three), with these changes."""
    origin, root = f"custody/{sha256('ledger')}", base64.b64encode(bytes.fromhex(sha256("root"))).decode()
    signature = base64.b64encode(bytes(68)).decode()
    return replace(
        Report(
            reference="GEN-2026-014",
            title="Advertisements reported to the helpline",
            generated_at="2026-11-24T03:02:01.123456Z",
            generated_local="2026-11-24 04:02:01 +01:00 (Europe/Prague)",
            made_by=Signatory("Jana Dvořáková", "Helpline Brno", sha256("key"), WORDS),
            scope="All items of the case. Nothing is withheld.",
            result="3 of 3 items match. Two answers are OPEN: when, whole.",
            sensitivity="normal",
            judgement=judgement(),
            items=items or tuple(item(number) for number in (1, 2, 3)),
            attempts=(ReportAttempt(12, "unreadable", "2026-11-23T03:04:01.000000Z"),),
            checkpoint=f"{origin}\n41\n{root}\n\n— {origin} {signature}\n",
            checkpoint_words="earn bottom jungle echo ahead entire good stick",
            case_id=sha256("case"),
            how_to_check=(
                HowToCheck("That a file is the recorded one:", (f"echo '{sha256('1')}  F' | sha256sum -c",)),
            ),
            not_shown=("Whether what a file shows is true.", "What happened to a file before it was recorded."),
            attachment="record.json",
            version="0.1.0",
        ),
        **changes,
    )


HOSTILE = (
    "one\ntwo \u202egpj.exe\u202c <b>bold</b> <a href='x'>&amp; & %s %(a)s \\ ) ( \x07\x00\x1b[2J \ud800 "
    "Ж Ω 漢字 العربية עברית ქართული ไทย e\u0301 [U+202E] a\u0336\u0336\u0336\u0336\u0336\u0336 b\u00a0c  d\t😀"
)
"""Everything at once that a stranger could put into a text."""


def hostile() -> Report:
    """A report whose every text is hostile, with texts too long for a page and names too long for a line."""
    return report(
        item(1, name="A" * 300, what="word " * 1000, facts=(("Description", "lorem ipsum " * 420), ("L" * 200, "x"))),
        item(2, name=HOSTILE, what=HOSTILE, state=HOSTILE, number=HOSTILE, size=HOSTILE, facts=((HOSTILE, HOSTILE),)),
        item(3, digest="f" * 400, number="N" * 200, facts=(("D", "\n" * 300), ("E", "\u202e" * 2000), ("", ""))),
        reference=HOSTILE,
        title=HOSTILE * 10,
        generated_at=HOSTILE,
        generated_local=HOSTILE,
        made_by=Signatory(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        scope=HOSTILE,
        result=HOSTILE * 20,
        sensitivity=HOSTILE,
        judgement=judgement(
            *(Finding(code=HOSTILE, verdict=Verdict.FAILED, about=HOSTILE, message=HOSTILE * 9) for _ in range(30))
        ),
        attempts=(ReportAttempt(1, HOSTILE, HOSTILE),),
        checkpoint=HOSTILE,
        checkpoint_words=HOSTILE,
        case_id=HOSTILE,
        how_to_check=(HowToCheck(HOSTILE, (HOSTILE, "x" * 1000)),),
        not_shown=(HOSTILE,),
        attachment=HOSTILE,
        version=HOSTILE,
    )
