"""Text taken apart into atoms, which are set in one look, face, script and direction. Fills no lines."""

import re
from dataclasses import dataclass, replace

from custody.adapters.pdf.blocks import Span
from custody.adapters.pdf.looks import Look
from custody.adapters.pdf.shaping import clusters, face_for, levels, script_of, shape
from custody.adapters.pdf.typefaces import MONO, Typeface, own_face
from custody.domain.visible import ESCAPE

WORDS = re.compile(r" +|[^ ]+")
_LINE = 1000  # characters that are looked at for one line; a foreign word may have a million
_ESCAPE_SIZE = 0.88  # of the text around it


@dataclass(frozen=True, slots=True)
class Atom:
    """Text that is set in one look, face and direction, and is broken only where nothing else helps."""

    text: str
    look: Look
    face: Typeface
    width: float
    link: str = ""
    part: int = 0  # the span that it comes from
    level: int = 0
    plain: bool = True
    space: bool = False
    loose: bool = False  # a line may end before and after it


def joins(before: Atom, atom: Atom) -> bool:
    """Whether two neighbours are shown, and shaped, as one."""
    return (
        before.face is atom.face
        and before.part == atom.part
        and before.look == atom.look
        and before.link == atom.link
        and before.level == atom.level
        and (before.plain == atom.plain or atom.space or before.space)
        and (before.plain or script_of(before.text[0]) == script_of(atom.text[0]) or atom.space)
    )


def plain_atoms(text: str, look: Look, face: Typeface, link: str = "", part: int = 0) -> list[Atom]:
    """The words and spaces of text that the face draws as it stands."""
    plain, scale = face.plain, look.size / 1000
    return [
        Atom(word, look, face, sum(map(plain.__getitem__, word)) * scale, link, part, space=word[0] == " ")
        for word in WORDS.findall(text)
    ]


def atoms_of(spans: list[tuple[Span, Look]]) -> list[Atom]:
    """The atoms of a paragraph, whose text is ready to be shown.

    Each span is isolated (as by U+2068 and U+2069): a foreign name that is read from right to left draws no number or
    sign of the words around it to its other side.
    """
    return [atom for part, (span, look) in enumerate(spans) for atom in _isolated(span, look, part)]


def _isolated(span: Span, look: Look, part: int) -> list[Atom]:
    text, preferred = span.text, own_face(look.face)
    if "[U+" not in text and preferred.plain.keys() >= set(text):
        return plain_atoms(text, look, preferred, span.link, part)
    escapes = {found.start(): found.end() for found in ESCAPE.finditer(text)} if "[U+" in text else {}
    embedded = levels(text, tuple(escapes.items()))
    atoms: list[Atom] = []
    place = 0
    while place < len(text):
        level = embedded[place]
        if place in escapes:
            escaped = text[place : escapes[place]]
            small, mono = replace(look, face=MONO, size=look.size * _ESCAPE_SIZE), own_face(MONO)
            width = sum(map(mono.widths.__getitem__, escaped)) * small.size / 1000
            atoms.append(Atom(escaped, small, mono, width, span.link, part, level, loose=True))
            place = escapes[place]
            continue
        face = face_for(text[place], preferred)
        script, space = script_of(text[place]), text[place] == " "
        loose = script in _LOOSE
        end = place + 1
        while end < len(text) and end not in escapes and embedded[end] == level and not loose:
            character = text[end]
            if (character == " ") != space or face_for(character, preferred) is not face:
                break
            own = script_of(character)
            if own and script and own != script:
                break
            script = script or own
            end += 1
        atoms.append(
            _measured(Atom(text[place:end], look, face, 0.0, span.link, part, level, space=space, loose=loose))
        )
        place = end
    return atoms


_LOOSE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


def _measured(atom: Atom) -> Atom:
    """The atom with its width; plain where each character is drawn as it stands."""
    face, backwards = atom.face, atom.level % 2 == 1
    if not backwards and all(character in face.plain or character == "[" for character in atom.text):
        return replace(atom, width=sum(map(face.widths.__getitem__, atom.text)) * atom.look.size / 1000)
    width = sum(glyph.advance for glyph in shape(atom.text, face, right_to_left=backwards))
    return replace(atom, width=width * atom.look.size / 1000, plain=False)


def break_before(line: list[Atom], atom: Atom) -> int:
    """How many atoms stay in a line that `atom` does not fit into; 0 where it can be broken nowhere."""
    if not line:
        return 0
    if line[-1].space or line[-1].loose or atom.loose:
        return len(line)
    for index in range(len(line) - 1, 0, -1):
        if line[index - 1].space or line[index - 1].loose or line[index].loose:
            return index
    return 0


def split(atom: Atom, room: float, *, force: bool) -> tuple[Atom | None, Atom | None]:
    """What of an atom fits into `room` points, and the rest; with `force` at least one cluster fits."""
    if ESCAPE.fullmatch(atom.text):
        return (atom, None) if force else (None, atom)
    scale = atom.look.size / 1000
    near = atom.text[:_LINE]
    if atom.plain:
        parts = [(character, atom.face.widths[character]) for character in near]
    else:
        parts = clusters(near, atom.face, right_to_left=atom.level % 2 == 1)
    used, count = 0.0, 0
    for text, width in parts:
        if used + width * scale > room and (count or not force):
            break
        used += width * scale
        count += len(text)
    first, rest = atom.text[:count], atom.text[count:]
    return (
        replace(atom, text=first, width=used) if first else None,
        replace(atom, text=rest, width=max(atom.width - used, 0.0)) if rest else None,
    )
