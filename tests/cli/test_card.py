"""`custody checkpoint --card`."""

from pathlib import Path

import pypdf

from custody.formats.checkpoint import parse_checkpoint
from custody.formats.words import format_words
from tests.cli.smallcase import RECORDS, Place


def test_a_card_carries_the_checkpoint_that_is_told(small: Place, tmp_path: Path) -> None:
    done = small.custody("checkpoint", "--card", "-o", tmp_path / "card.pdf", "--json")
    assert done.exit == 0
    (note,) = pypdf.PdfReader(tmp_path / "card.pdf").attachments["checkpoint.txt"]
    assert isinstance(note, bytes)
    assert note.decode() == done.json["checkpoint"]
    point = parse_checkpoint(done.json["checkpoint"].partition("\n\n")[0] + "\n")
    assert (point.size, format_words(point.root)) == (RECORDS, done.json["words"])


def test_a_card_needs_the_name_of_a_file(opened: Place) -> None:
    done = opened.custody("checkpoint", "--card", "--json")
    assert (done.exit, done.error["code"], done.error["hint"]) == (2, "usage", "name a file: --card -o card.pdf")
