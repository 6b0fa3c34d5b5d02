"""A seal opens in its own statement, with the value that was sealed, when its field can have such a value."""

import pytest

from custody.domain.sealing import open_field
from custody.domain.statement import Statement
from custody.errors import FormatError, VerificationError
from custody.formats.canonical import Json
from custody.formats.seal import Opening, Sealed
from tests.builders import MadeCase, attempted, changed, collected


def _sealed(size: Json) -> tuple[Statement, Sealed]:
    """A statement that seals the size of an item."""
    made = MadeCase().begin()
    seal = made.seal("/size", size)
    return made.statement(collected(size=seal, digest=made.seal("/digest", "ab" * 32)), item="JD-1"), seal


def test_what_was_sealed_is_opened() -> None:
    assert open_field(*_sealed(7), Opening.of("/size", bytes(16), 7)) == 7


@pytest.mark.parametrize(
    "opening",
    [
        Opening.of("/size", bytes(16), 8),
        Opening.of("/size", b"another salt....", 7),
        Opening.of("/digest", bytes(16), 7),
    ],
)
def test_anything_else_opens_nothing(opening: Opening) -> None:
    with pytest.raises(VerificationError):
        open_field(*_sealed(7), opening)


@pytest.mark.parametrize("members", [{"case": "cd" * 32}, {"body": attempted()}], ids=["case", "kind"])
def test_a_seal_of_another_statement_is_not_opened(members: dict[str, object]) -> None:
    statement, seal = _sealed(7)
    with pytest.raises(VerificationError):
        open_field(changed(statement, **members), seal, Opening.of("/size", bytes(16), 7))


def test_a_value_that_no_such_field_has_opens_nothing() -> None:
    with pytest.raises(FormatError):
        open_field(*_sealed("seven"), Opening.of("/size", bytes(16), "seven"))
