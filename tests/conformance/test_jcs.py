"""cyberphone's RFC 8785 pairs: those without floating point numbers are met, those with them are refused."""

import json
from pathlib import Path

import pytest

from custody.errors import FormatError
from custody.formats.canonical import encode, parse
from tests.conformance.published import files
from tests.oracles import canonical as oracle

WITHOUT_FLOATS = ("arrays", "french", "unicode", "weird")
WITH_FLOATS = ("structures", "values")


@pytest.mark.parametrize("name", WITHOUT_FLOATS)
def test_input_is_encoded_as_published(vectors: Path, name: str) -> None:
    value = json.loads((vectors / "jcs/input" / f"{name}.json").read_bytes())
    assert encode(value) == (vectors / "jcs/output" / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", WITHOUT_FLOATS)
def test_reference_encoder_gives_the_published_output(vectors: Path, name: str) -> None:
    value = json.loads((vectors / "jcs/input" / f"{name}.json").read_bytes())
    assert oracle.encode(value) == (vectors / "jcs/output" / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", WITHOUT_FLOATS)
def test_published_output_is_read(vectors: Path, name: str) -> None:
    value = json.loads((vectors / "jcs/input" / f"{name}.json").read_bytes())
    assert parse((vectors / "jcs/output" / f"{name}.json").read_bytes()) == value


@pytest.mark.parametrize("name", WITHOUT_FLOATS)
def test_published_input_is_a_second_spelling(vectors: Path, name: str) -> None:
    with pytest.raises(FormatError, match="canonical spelling"):
        parse((vectors / "jcs/input" / f"{name}.json").read_bytes())


@pytest.mark.parametrize("name", WITH_FLOATS)
def test_input_with_floats_is_not_encoded(vectors: Path, name: str) -> None:
    value = json.loads((vectors / "jcs/input" / f"{name}.json").read_bytes())
    with pytest.raises(FormatError, match="no float"):
        encode(value)


@pytest.mark.parametrize("name", WITH_FLOATS)
def test_input_with_floats_is_not_read(vectors: Path, name: str) -> None:
    with pytest.raises(FormatError, match="no number like"):
        parse((vectors / "jcs/input" / f"{name}.json").read_bytes())


def test_output_with_floats_is_not_read(vectors: Path) -> None:
    with pytest.raises(FormatError, match="no number like"):
        parse((vectors / "jcs/output/values.json").read_bytes())


def test_output_whose_floats_became_integers_is_read(vectors: Path) -> None:
    # RFC 8785 writes 56.0 as 56: the published output holds no floating point number any more.
    published = (vectors / "jcs/output/structures.json").read_bytes()
    assert encode(parse(published)) == published


def test_every_published_pair_is_tried(vectors: Path) -> None:
    named = sorted((*WITHOUT_FLOATS, *WITH_FLOATS))
    found = {folder: [Path(name).stem for name in files(f"jcs/{folder}", "*")] for folder in ("input", "output")}
    assert found == {"input": named, "output": named}
