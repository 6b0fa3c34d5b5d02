"""Foreign text made fit to be looked at: whatever cannot be seen is written out. Knows no terminal and no typeface.

Unicode Technical Report 36 section 3 and "Trojan Source" (CVE-2021-42574) show the attacks: a name whose parts are
displayed in another order than they stand, two names that look the same, control characters that drive a terminal.
"""

import re
import unicodedata
from itertools import chain

# Marks stacked on one letter: no orthography needs more, and a pile of them covers the lines around it.
MAX_MARKS = 4

ESCAPE = re.compile(r"\[U\+[0-9A-F]{4,6}\]")
"""An escape as `visible` writes it. Nothing else in its result looks like one."""

# Controls, format characters (bidirectional, zero-width), surrogates, private use, unassigned; line and paragraph
# separators; every space but the plain one, because U+00A0 or U+202F makes another file name that looks the same.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
# Letters, marks and signs that are drawn as nothing (Default_Ignorable_Code_Point of the UCD) or as an empty cell.
_BLANK = frozenset(
    chain(
        (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *(range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)),
    )
)
_PLAIN = re.compile(r"[ -Z\\-~]*")  # ASCII that needs nothing; "[" may begin a forged escape


def escape(character: str) -> str:
    """The written-out form of one character: `[U+202E]`."""
    return f"[U+{ord(character):04X}]"


def visible(text: str) -> str:
    """`text` in one line, each character that would not show as `[U+202E]`; a space stays a space.

    Escaped are control, format, private, unassigned and invisible characters, lone surrogates, line ends, spaces other
    than U+0020, a combining mark without a letter before it, and more than MAX_MARKS of them. Where the text itself
    spells an escape, its bracket is escaped: two different texts never become the same.
    """
    if _PLAIN.fullmatch(text):
        return text
    shown: list[str] = []
    marks = MAX_MARKS  # nothing stands before the first character that a mark could belong to
    for index, character in enumerate(text):
        category = unicodedata.category(character)
        if category[0] == "M":
            marks += 1
            unseen = marks > MAX_MARKS or ord(character) in _BLANK
        else:
            unseen = (category in _UNSEEN and character != " ") or ord(character) in _BLANK
            marks = MAX_MARKS if unseen else 0
        forged = character == "[" and text.startswith("U+", index + 1)
        shown.append(escape(character) if unseen or forged else character)
    return "".join(shown)
