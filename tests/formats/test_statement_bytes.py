"""A statement's bytes, whichever encoder wrote them, are those of the slow canonical encoder."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.domain.events import Noted, Unknown
from custody.domain.statement import ClockState, Head, Statement, format_statement, parse_statement
from custody.errors import FormatError
from custody.formats import canonical
from custody.formats.seal import Sealed
from tests.formats.values import integers, json_values, nearly, read_back, texts
from tests.oracles import canonical as oracle

HASH = "ab" * 32
CLOCK = ClockState(synchronised=None, source="chrony, stratum 2: ±3 ms 😂", offset_ms=-3)
EXAMPLE = Statement(
    case=HASH,
    ledger="cd" * 32,
    position=3,
    signer="ef" * 32,
    time="2026-11-24T03:02:01.123456Z",
    clock=CLOCK,
    head=Head(size=3, root=HASH),
    people=None,
    act="01" * 16,
    item="JD-7",
    prev="23" * 32,
    body=Noted(text=Sealed("A" * 43 + "=")),
)
UNKNOWN = msgspec.structs.replace(EXAMPLE, body=Unknown(content={"type": "cooled/v2", "degrees": -3, "by": "é\u2028"}))

# Text of every kind where the reader would allow one line only: the encoders must agree on all of it.
statements = st.builds(
    lambda source, offset, known, people: msgspec.structs.replace(
        EXAMPLE, clock=ClockState(synchronised=known, source=source, offset_ms=offset), people=people
    ),
    texts,
    integers | st.none(),
    st.booleans() | st.none(),
    texts | st.none(),
)


@given(statements)
def test_known_kind_equals_the_slow_encoder(statement: Statement) -> None:
    data = format_statement(statement)
    assert data == oracle.encode(json.loads(data)) == canonical.encode(json.loads(data))


@given(statements)
def test_known_kind_loses_nothing(statement: Statement) -> None:
    found = json.loads(format_statement(statement))
    assert (found["clock"], found["people"]) == (msgspec.to_builtins(statement.clock), statement.people)


@given(statements, st.dictionaries(texts, json_values, max_size=3))
def test_unknown_kind_equals_the_slow_encoder(statement: Statement, content: dict[str, Any]) -> None:
    unknown = msgspec.structs.replace(statement, body=Unknown(content={**content, "type": "cooled/v2"}))
    data = format_statement(unknown)
    assert data == oracle.encode(json.loads(data))


@pytest.mark.parametrize("statement", [EXAMPLE, UNKNOWN])
def test_statement_is_read_back(statement: Statement) -> None:
    assert parse_statement(format_statement(statement)) == statement


@pytest.mark.parametrize(
    "number", [*range(1, 0x20), 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0x9F, 0x2028, 0x2029, 0xFEFF, 0x1F602]
)
def test_awkward_character_is_spelt_as_by_the_slow_encoder(number: int) -> None:
    statement = msgspec.structs.replace(EXAMPLE, people=chr(number))
    assert oracle.encode({"people": chr(number)})[1:-1] in format_statement(statement)


@given(nearly(format_statement(EXAMPLE)) | nearly(format_statement(UNKNOWN)))
def test_bytes_that_are_read_are_written_alike_and_canonical(data: bytes) -> None:
    if read_back(data, parse_statement, format_statement) is not None:
        assert format_statement(parse_statement(data)) == data == canonical.encode(canonical.parse(data))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'{"act"', b'{ "act"', id="space"),
        pytest.param(b'"position":3', b'"position":3.0', id="float"),
        pytest.param(b'"position":3', b'"position":03', id="leading zero"),
        pytest.param(b'"position":3', b'"position":3,"position":3', id="a name twice"),
        pytest.param(b'"offset_ms":-3', b'"offset_ms":-0', id="minus zero"),
        pytest.param(b'"offset_ms":-3', b'"offset_ms":9007199254740992', id="2^53"),
        pytest.param("±".encode(), b"\\u00b1", id="escape"),
        pytest.param("😂".encode(), b"\\ud83d\\ude02", id="escaped emoji"),
        pytest.param("😂".encode(), b"\\ud83d", id="lone surrogate"),
        pytest.param("😂".encode(), b"\\u0000", id="NUL"),
        pytest.param(b".123456Z", b".123456z", id="time"),
        pytest.param(b"T03:02:01", b"T24:00:00", id="hour 24"),
        pytest.param(b'{"act"', b'{"aaa":1,"act"', id="unknown member"),
    ],
)
def test_another_spelling_is_refused(old: bytes, new: bytes) -> None:
    data = format_statement(EXAMPLE)
    assert data.count(old) == 1
    with pytest.raises(FormatError):
        parse_statement(data.replace(old, new))
