"""Seals the fields of one statement, keeps what opens them, and opens them. Takes its randomness from the caller."""

from collections.abc import Callable

from custody.domain.statement import Statement
from custody.formats.canonical import Json
from custody.formats.seal import SALT_SIZE, Opening, Sealed, open_seal, seal

_POOL = 4096  # bytes


def pooled(entropy: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """The same source, asked for many salts at once: asking the system takes longer than sealing."""
    pool = b""
    used = 0

    def take(size: int) -> bytes:
        nonlocal pool, used
        if used + size > len(pool):
            pool, used = entropy(max(size, _POOL)), 0
        taken = pool[used : used + size]
        used += size
        return taken

    return take


class Sealer:
    """Makes the seals of one statement of type `kind` in `case`; `openings` collects what opens them."""

    def __init__(self, case: str, kind: str, entropy: Callable[[int], bytes]) -> None:
        self._case = case
        self._kind = kind
        self._entropy = entropy
        self.openings: list[Opening] = []

    def seal(self, pointer: str, value: Json) -> Sealed:
        """The seal of `value` at `pointer` in the body, under a fresh salt."""
        opening = Opening.of(pointer, self._entropy(SALT_SIZE), value)
        self.openings.append(opening)
        return seal(self._case, self._kind, opening)

    def seal_if(self, pointer: str, value: Json) -> Sealed | None:
        """The same, or None where there is nothing to seal."""
        return None if value is None else self.seal(pointer, value)


def open_field(statement: Statement, sealed: Sealed, opening: Opening) -> Json:
    """The value under `sealed`, the seal in this statement at the pointer of `opening`.

    Raises VerificationError when it is not what was sealed, FormatError when no such field has such a value.
    """
    value = open_seal(sealed, statement.case, statement.body.kind, opening)
    statement.body.check_opened(opening.pointer, value)
    return value
