"""`custody report` where the case names a real authority, as typed; and what it asks at a terminal."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from custody.adapters.keys import keyfile
from tests.adapters.signing import validate, validate_long
from tests.cli import smallcase
from tests.cli.commandline import Done, ended
from tests.cli.smallcase import Place
from tests.servers.authority import Authority

Program = Callable[[str], Path]


@pytest.fixture(scope="module")
def authority(program: Program) -> Iterator[Authority]:
    program("openssl")
    with Authority(crl=True) as authority:
        authority.revoke(None)
        yield authority


@pytest.fixture(scope="module")
def named(ready_small: Path, tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Place:
    """The small case, which names the authority, whose root its owner has."""
    copy = smallcase.copied(ready_small, tmp_path_factory.mktemp("named") / "place")
    place = Place(copy.folder, copy.custody.using(more={"no_proxy": "127.0.0.1"}))
    (place.folder / "tsa.pem").write_bytes(authority.root_pem)
    done = place.custody("authority", "add", "example-tsa", authority.url, "--root", place.folder / "tsa.pem")
    assert done.exit == 0, done
    return place


@pytest.fixture(scope="module")
def made(named: Place) -> dict[str, Done]:
    """A report that is stamped, and one that is made to last."""
    return {
        "B-T": named.custody("report", "-o", "../stamped.pdf"),
        "B-LTA": named.custody("report", "-o", "../lasting.pdf", "--kind", "schedule", "--long-term"),
    }


def certificate(place: Place) -> bytes:
    """Of the place's key."""
    (path,) = (place.home / "keys").glob("*.json")
    return keyfile.parse_key_file(path.read_bytes()).public.certificate


def pdfsig(program: Program, path: Path) -> str:
    return subprocess.run([program("pdfsig"), "-nocert", path], capture_output=True, text=True, check=True).stdout


def test_with_an_authority_a_report_is_stamped_and_says_by_whom(named: Place, made: dict[str, Done]) -> None:
    assert made["B-T"].exit == 0, made
    assert f"signed by {smallcase.NAME}, stamped by example-tsa, and recorded it" in made["B-T"].out


def test_pyhanko_trusts_the_signature_and_the_stamp(
    named: Place, made: dict[str, Done], authority: Authority, program: Program
) -> None:
    status = validate((named.folder / "stamped.pdf").read_bytes(), certificate(named), authority.root)
    assert (status.intact, status.valid, status.trusted, status.timestamp_validity.trusted) == (True,) * 4
    assert "Signature is Valid" in pdfsig(program, named.folder / "stamped.pdf")


def test_a_long_term_signature_passes_for_long(
    named: Place, made: dict[str, Done], authority: Authority, program: Program
) -> None:
    assert made["B-LTA"].exit == 0, made
    result = validate_long((named.folder / "lasting.pdf").read_bytes(), certificate(named), authority.root)
    assert result.ades_subindic.status.name == "PASSED"
    said = pdfsig(program, named.folder / "lasting.pdf")
    assert (said.count("Signature is Valid"), "Timestamp1" in said) == (1, True)


@pytest.mark.parametrize("name", ["stamped.pdf", "lasting.pdf"])
def test_verify_finds_nothing_wrong_and_tells_when_it_was_stamped(
    named: Place, made: dict[str, Done], name: str
) -> None:
    done = named.custody("verify", f"../{name}", "--json")
    found = [one for answer in done.json["questions"].values() for one in answer["findings"]]
    assert (done.exit, [one for one in found if one["verdict"] == "failed"]) == (8, [])
    assert "report-stamped" in [one["code"] for one in found]


def test_a_copy_is_the_report_as_it_was_first_signed(named: Place, made: dict[str, Done]) -> None:
    assert named.custody("report", "--copy", "2", "-o", "../copy.pdf").exit == 0
    first = (named.folder / "copy.pdf").read_bytes()
    whole = (named.folder / "lasting.pdf").read_bytes()
    assert (whole[: len(first)], len(whole) > len(first)) == (first, True)


def test_without_an_answer_a_report_is_made_and_says_so_and_a_long_term_one_is_not(
    named: Place, made: dict[str, Done], authority: Authority
) -> None:
    authority.refusing = True
    try:
        plain = named.custody("report", "-o", "../plain.pdf", "--kind", "schedule")
        lasting = named.custody("report", "-o", "../never.pdf", "--kind", "schedule", "--long-term")
    finally:
        authority.refusing = False
    assert (plain.exit, lasting.exit, (named.folder / "never.pdf").exists()) == (0, 6, False)
    assert "the signature is not stamped" in plain.err
    assert "schedule 0003" in plain.out  # the one that was refused has taken no number
    assert "schedule 0004" in named.custody("report", "-o", "../next.pdf", "--kind", "schedule").out


def test_at_a_terminal_it_is_asked_what_to_open_and_why_others_are_left_out(small: Place) -> None:
    terminal = small.custody.at_terminal("report", "JD-2", "--kind", "schedule", "-o", "../r.pdf", columns=200)
    terminal.expect_exact("Under seal, and not printed unless you open it.")
    terminal.expect_exact("Open which, with commas between? (Enter: none)")
    terminal.sendline("name, description")
    terminal.expect_exact("2 other items are left out. Why? (It is printed.)")
    terminal.sendline("they are of another person")
    code, shown = ended(terminal)
    assert code == 0, shown
    text = subprocess.run(["pdftotext", small.folder / "r.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "original names; descriptions" in " ".join(text.split())
    assert "they are of another person" in " ".join(text.split())


def test_at_a_terminal_a_word_that_is_no_field_is_named_and_asked_for_again(small: Place) -> None:
    terminal = small.custody.at_terminal("report", "--kind", "schedule", "-o", "../r.pdf", columns=200)
    terminal.expect_exact("Open which, with commas between? (Enter: none)")
    terminal.sendline("faces")
    terminal.expect_exact("There is no field 'faces'")
    terminal.expect_exact("Open which, with commas between? (Enter: none)")
    assert not (small.folder / "r.pdf").exists()
    terminal.sendline("")
    code, shown = ended(terminal)
    assert (code, (small.folder / "r.pdf").exists()) == (0, True), shown
