"""The integrity report, from the model to blocks: which sections it has, and their order. Chooses no words."""

from collections.abc import Callable
from typing import Final

from custody.adapters.pdf.blocks import Blocks, NewPage
from custody.adapters.pdf.kinds.checking import checking, sums_annex
from custody.adapters.pdf.kinds.custody import failed_attempts, hand_over_table, stamp_table, withheld
from custody.adapters.pdf.kinds.explained import explanation
from custody.adapters.pdf.kinds.front import first_page
from custody.adapters.pdf.kinds.items import item_sections, item_table, parts_annex
from custody.adapters.pdf.kinds.people import five_answers, glossary, signers
from custody.adapters.pdf.kinds.technical import technical_page, tool_versions
from custody.adapters.pdf.kinds.timeline import timeline
from custody.domain.report.model import Report

_PAGES: Final[tuple[tuple[Callable[[Report], Blocks], ...], ...]] = (
    (first_page,),
    (technical_page,),
    (explanation,),
    (timeline, item_table, item_sections),
    (hand_over_table, stamp_table, failed_attempts, withheld, signers, five_answers),
    (checking,),
    (tool_versions, glossary),
    (parts_annex,),
    (sums_annex,),
)
"""Sections that begin a page, each with those that follow it on."""


def integrity(report: Report) -> Blocks:
    """The whole report. A section without contents takes no page."""
    begun = False
    for sections in _PAGES:
        # Without items the pages before custody say nothing more than that.
        turn = begun and (bool(report.items) or sections[0] is not hand_over_table)
        for section in sections:
            for block in section(report):
                if turn:
                    yield NewPage()
                    turn = False
                begun = True
                yield block
