"""What case.toml says of authorities: read strictly, whoever wrote it, and rewritten whole or not at all."""

import os
import tomllib
from pathlib import Path

import pytest

from custody import disk
from custody.adapters.casefolder import MARK, MAX_MARK, make_case, read_addresses, read_case, write_addresses
from custody.domain.addresses import MAX_ADDRESSES, Address
from custody.errors import FormatError, StorageError
from custody.formats.weburl import MAX_URL

FIRST = Address("first", "rfc3161", "http://127.0.0.1:8080/tsa?policy=1")
SECOND = Address("b-2", "opentimestamps", "https://calendar.example/")
THIRD = Address("0", "witness", "https://witness.example/w1")
OLD = '# A case of custody.\nformat = 1\nledger = "ledger.db"\nopenings = "openings.db"\nevidence = "evidence"\n'


@pytest.fixture
def case(tmp_path: Path) -> Path:
    with make_case(tmp_path / "case"):
        pass
    return tmp_path / "case"


def write(case: Path, more: str) -> None:
    (case / MARK).write_text(OLD + more, encoding="utf-8")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_new_case_names_nobody(case: Path) -> None:
    assert read_addresses(case) == ()


def test_what_is_written_is_read_again_by_name(case: Path) -> None:
    write_addresses(case, [FIRST, SECOND, THIRD])
    assert read_addresses(case) == (THIRD, SECOND, FIRST)


def test_a_case_that_names_somebody_is_still_a_case(case: Path) -> None:
    before = read_case(case)
    write_addresses(case, [FIRST])
    assert (read_case(case), names(case)) == (before, {MARK, "evidence"})


def test_who_is_taken_out_is_named_no_more(case: Path) -> None:
    before = (case / MARK).read_bytes()
    write_addresses(case, [FIRST, SECOND])
    write_addresses(case, [])
    assert (case / MARK).read_bytes() == before


def test_a_case_of_an_older_version_can_name_somebody(case: Path) -> None:
    write(case, "")
    write_addresses(case, [FIRST])
    assert read_addresses(case) == (FIRST,)


@pytest.mark.parametrize("key", ["later", '"two words"', '"ä = 1 # \\"x"', '""'])
def test_other_keys_are_kept(case: Path, key: str) -> None:
    write(case, f'{key} = "a\\tb \\" ü"\nnumber = 7\n')
    before = tomllib.loads((case / MARK).read_text("utf-8"))
    write_addresses(case, [FIRST])
    after = tomllib.loads((case / MARK).read_text("utf-8"))
    assert after.pop("authorities") == {"first": {"kind": "rfc3161", "url": FIRST.url}}
    assert after == before


@pytest.mark.parametrize("value", ["true", "1.5", "[1]", "{a = 1}", "2026-11-24"])
def test_what_no_version_writes_is_refused_and_left_alone(case: Path, value: str) -> None:
    write(case, f"other = {value}\n")
    before = (case / MARK).read_bytes()
    with pytest.raises(FormatError, match="what no version of custody writes"):
        write_addresses(case, [FIRST])
    assert (case / MARK).read_bytes() == before


@pytest.mark.parametrize(
    "table",
    [
        "authorities = 1",
        "authorities = []",
        '[[authorities]]\nkind = "rfc3161"\nurl = "http://a.example/"',
        '[authorities]\nfirst = "http://a.example/"',
        "[authorities.first]",
        '[authorities.first]\nkind = "rfc3161"',
        '[authorities.first]\nurl = "http://a.example/"',
        '[authorities.first]\nkind = "rfc3161"\nurl = "http://a.example/"\nroot = "x"',
        '[authorities.first]\nkind = "RFC3161"\nurl = "http://a.example/"',
        '[authorities.first]\nkind = 1\nurl = "http://a.example/"',
        '[authorities.first]\nkind = "rfc3161"\nurl = ["http://a.example/"]',
        '[authorities.first]\nkind = "rfc3161"\nurl = "file:///etc/passwd"',
        '[authorities.first]\nkind = "rfc3161"\nurl = "http://a:b@a.example/"',
        '[authorities.first]\nkind = "rfc3161"\nurl = "http://a.example/\\u001b[2J"',
        f'[authorities.first]\nkind = "rfc3161"\nurl = "http://a.example/{"a" * MAX_URL}"',
        '[authorities.""]\nkind = "rfc3161"\nurl = "http://a.example/"',
        '[authorities."../x"]\nkind = "rfc3161"\nurl = "http://a.example/"',
        '[authorities."a\\u202eb"]\nkind = "rfc3161"\nurl = "http://a.example/"',
        '[authorities.First]\nkind = "rfc3161"\nurl = "http://a.example/"',
        f'[authorities.{"a" * 33}]\nkind = "rfc3161"\nurl = "http://a.example/"',
        "\n".join(f'[authorities.a{n}]\nkind = "rfc3161"\nurl = "http://a.example/"' for n in range(17)),
    ],
)
def test_anything_else_in_the_place_of_an_address_is_refused(case: Path, table: str) -> None:
    write(case, table)
    with pytest.raises(FormatError, match=r"case\.toml") as raised:
        read_addresses(case)
    assert raised.value.message.isprintable()


def test_the_most_and_the_longest_that_can_be_named_fit(case: Path) -> None:
    url = "http://a.example/".ljust(MAX_URL, "%")
    most = [Address(f"{n:02}".ljust(32, "x"), "opentimestamps", url) for n in range(MAX_ADDRESSES)]
    write_addresses(case, most)
    assert read_addresses(case) == tuple(most)


def test_one_more_is_refused(case: Path) -> None:
    with pytest.raises(FormatError, match="up to 16"):
        write_addresses(case, [Address(f"a{n}", "rfc3161", FIRST.url) for n in range(MAX_ADDRESSES + 1)])


def test_a_file_that_could_not_be_read_again_is_not_written(case: Path) -> None:
    """What is not ASCII takes more room when it is written anew."""
    write(case, f'other = "{"ü" * 900}"\n')
    before = (case / MARK).read_bytes()
    assert len(before) < MAX_MARK
    with pytest.raises(FormatError, match="larger"):
        write_addresses(case, [FIRST])
    assert (case / MARK).read_bytes() == before


@pytest.mark.parametrize("place", ["rename", "sync"])
def test_a_failure_before_the_end_leaves_the_old_one(case: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_addresses(case, [SECOND])
    monkeypatch.setattr("pathlib.Path.replace" if place == "rename" else "os.fsync", fail)
    with pytest.raises(StorageError, match="No space left"):
        write_addresses(case, [FIRST])
    assert (read_addresses(case), names(case)) == ((SECOND,), {MARK, "evidence"})


def test_a_draft_that_a_killed_process_left_is_in_nobodys_way(case: Path) -> None:
    (case / f".{MARK}.{os.getpid()}.new").write_bytes(b"half")
    write_addresses(case, [FIRST])
    assert (read_addresses(case), names(case)) == ((FIRST,), {MARK, "evidence"})


def test_a_link_in_the_place_of_the_draft_leads_nowhere(case: Path, tmp_path: Path) -> None:
    other = tmp_path / "mine"
    other.write_bytes(b"mine")
    (case / f".{MARK}.{os.getpid()}.new").symlink_to(other)
    write_addresses(case, [FIRST])
    assert (other.read_bytes(), (case / MARK).is_symlink()) == (b"mine", False)


def test_an_address_that_could_not_be_read_again_cannot_be_made() -> None:
    with pytest.raises(FormatError):
        Address("first", "rfc3161", "http://a.example/\n[x]")


def test_what_is_written_is_on_the_disk(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[object] = []
    monkeypatch.setattr(disk, "sync", synced.append)
    write_addresses(case, [FIRST])
    assert synced == [case]
