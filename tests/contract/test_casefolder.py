"""A case folder appears whole or not at all, and nothing in its case.toml leads out of it."""

import os
from pathlib import Path

import pytest

from custody.adapters.casefolder import MARK, MAX_MARK, CaseFolder, find_case, make_case, read_case
from custody.errors import CustodyError, FormatError, StorageError, UsageError

GOOD = 'format = 1\nledger = "ledger.db"\nopenings = "openings.db"\nevidence = "evidence"\n'


def _make(folder: Path) -> Path:
    with make_case(folder):
        pass
    return folder


def _mark(folder: Path, content: str | bytes) -> Path:
    folder.mkdir()
    data = content.encode() if isinstance(content, str) else content
    (folder / MARK).write_bytes(data)
    return folder


def test_a_new_case_lies_in_its_folder_for_its_owner_alone(tmp_path: Path) -> None:
    folder = _make(tmp_path / "case")
    assert read_case(folder) == CaseFolder(folder, folder / "ledger.db", folder / "openings.db", folder / "evidence")
    assert sorted(path.name for path in folder.iterdir()) == [MARK, "evidence"]
    assert [path.name for path in tmp_path.iterdir()] == ["case"]
    assert folder.stat().st_mode & 0o077 == 0


def test_an_empty_folder_is_a_place_for_a_case(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    assert (_make(tmp_path / "case") / MARK).is_file()


def test_folders_above_are_made(tmp_path: Path) -> None:
    assert (_make(tmp_path / "a" / "b" / "case") / MARK).is_file()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, StorageError])
def test_what_goes_wrong_in_the_making_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    def fail() -> None:
        with make_case(tmp_path / "case") as draft:
            draft.ledger.write_bytes(b"half")
            raise error("stop")

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_was_taken_in_the_meantime_is_left_alone(tmp_path: Path) -> None:
    making = make_case(tmp_path / "case")
    making.__enter__()
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "mine").write_bytes(b"old")
    with pytest.raises(StorageError):
        making.__exit__(None)
    assert {path.name for path in tmp_path.rglob("*")} == {"case", "mine"}


@pytest.mark.parametrize("kind", ["file", "full folder", "link to nothing"])
def test_a_place_that_is_taken_is_refused(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "case"
    if kind == "file":
        place.write_bytes(b"old")
    elif kind == "full folder":
        place.mkdir()
        (place / "old").write_bytes(b"old")
    else:
        place.symlink_to(tmp_path / "nothing")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="exists and is not an empty folder"):
        make_case(place)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("inside", ["case2", "evidence/case2"])
def test_a_case_inside_a_case_is_refused(tmp_path: Path, inside: str) -> None:
    folder = _make(tmp_path / "case")
    with pytest.raises(UsageError, match="inside another case"):
        make_case(folder / inside)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be made"), make_case(tmp_path / "file" / "case"):
        pass


def test_a_draft_that_could_not_be_finished_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StorageError, match="No space left on device"), make_case(tmp_path / "case"):
        pass
    assert list(tmp_path.iterdir()) == []


# --- finding and reading ----------------------------------------------


def test_a_case_is_found_from_any_folder_within(tmp_path: Path) -> None:
    folder = _make(tmp_path / "case")
    found = find_case(folder / "evidence")
    assert found is not None
    assert found.folder == folder


def test_where_there_is_no_case_none_is_found(tmp_path: Path) -> None:
    assert find_case(tmp_path) is None
    with pytest.raises(UsageError, match="is not a case"):
        read_case(tmp_path)


BAD: dict[str, str | bytes] = {
    "no TOML": "format = ",
    "no UTF-8": b"format = 1\n# \xff\n",
    "a NUL": b"format = 1\0",
    "empty": "",
    "another format": GOOD.replace("format = 1", "format = 2"),
    "a format that is no number": GOOD.replace("format = 1", 'format = "1"'),
    "no ledger": GOOD.replace("ledger =", "other ="),
    "an empty ledger": GOOD.replace('"ledger.db"', '""'),
    "a ledger that is no text": GOOD.replace('"ledger.db"', "5"),
    "an absolute path": GOOD.replace('"ledger.db"', '"/etc/passwd"'),
    "a path upwards": GOOD.replace('"ledger.db"', '"../ledger.db"'),
    "a path down and upwards": GOOD.replace('"evidence"', '"a/../../evidence"'),
    "a very long name": GOOD.replace('"ledger.db"', '"' + "a" * 3_000 + '"'),
    "a name too long for its journal": GOOD.replace('"ledger.db"', '"' + "a" * 250 + '"'),
    "a very long folder": GOOD.replace('"ledger.db"', '"' + "a" * 3_000 + '/b"'),
    "the folder itself": GOOD.replace('"ledger.db"', '"."'),
    "one file for two": GOOD.replace('"openings.db"', '"ledger.db"'),
    "one file in two spellings": GOOD.replace('"openings.db"', '"./LEDGER.db"'),
    "one file for two, below": GOOD.replace('"openings.db"', '"a/b"').replace('"ledger.db"', '"a//b"'),
    "the journal of another": GOOD.replace('"openings.db"', '"ledger.db-journal"'),
    "itself": GOOD.replace('"ledger.db"', '"case.toml"'),
    "a long dotted key": ".".join("a" * (MAX_MARK // 2 - 10)) + " = 1",
    "a path with a NUL": GOOD.replace('"ledger.db"', '"a\\u0000b"'),
    "far too large": GOOD + "#" * MAX_MARK,
    "deep": "a = " + "[" * 1_000,
    "very deep": "a = " + "[" * (MAX_MARK - 10),
    "a huge number": "a = " + "9" * (MAX_MARK - 10),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_case_toml_that_cannot_be_used_is_named(tmp_path: Path, kind: str) -> None:
    folder = _mark(tmp_path / "case", BAD[kind])
    with pytest.raises(FormatError) as trouble:
        read_case(folder)
    assert str(folder / MARK) in trouble.value.message


@pytest.mark.parametrize("name", ["ledger.db", "openings.db", "evidence"])
@pytest.mark.parametrize("target", ["/etc", "/nonexistent", "../outside", "ledger.db", "case.toml"])
def test_a_link_in_the_place_of_a_part_is_refused(tmp_path: Path, name: str, target: str) -> None:
    folder = _mark(tmp_path / "case", GOOD)
    (folder / name).symlink_to(target)
    with pytest.raises(FormatError, match="is a link, and a case has none there"):
        read_case(folder)


def test_a_link_in_the_middle_of_an_address_is_refused(tmp_path: Path) -> None:
    folder = _mark(tmp_path / "case", GOOD.replace('"ledger.db"', '"sub/ledger.db"'))
    (tmp_path / "outside").mkdir()
    (folder / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(FormatError, match="is a link, and a case has none there"):
        read_case(folder)


def test_a_link_to_itself_is_no_hang(tmp_path: Path) -> None:
    folder = _mark(tmp_path / "case", GOOD)
    (folder / "ledger.db").symlink_to("ledger.db")
    with pytest.raises(CustodyError):
        read_case(folder)


def test_a_case_that_is_reached_by_a_link_is_read(tmp_path: Path) -> None:
    _make(tmp_path / "case")
    (tmp_path / "link").symlink_to(tmp_path / "case")
    assert read_case(tmp_path / "link").ledger == tmp_path / "link" / "ledger.db"


def test_addresses_of_ones_own_within_the_case_are_followed(tmp_path: Path) -> None:
    folder = _mark(tmp_path / "case", GOOD.replace('"ledger.db"', '"sub/book.db"'))
    assert read_case(folder).ledger == folder / "sub" / "book.db"


def _put(path: Path, kind: str) -> None:
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            path.write_bytes(b"")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, kind) for name in (MARK, "ledger.db", "openings.db") for kind in ("pipe", "folder", "device")),
        *((f"{name}-journal", kind) for name in ("ledger.db", "openings.db") for kind in ("pipe", "folder", "device")),
        *((f"{name}-wal", kind) for name in ("ledger.db", "openings.db") for kind in ("pipe", "folder", "file")),
        *(("evidence", kind) for kind in ("pipe", "file", "device")),
    ],
)
def test_a_thing_of_another_kind_in_the_place_of_a_part_is_named(tmp_path: Path, name: str, kind: str) -> None:
    folder = _make(tmp_path / "case")
    _put(folder / name, kind)
    with pytest.raises(FormatError) as trouble:
        read_case(folder)
    assert (trouble.value.message.startswith(str(folder / name)), trouble.value.hint != "") == (True, True)


def test_a_folder_in_the_place_of_case_toml_hides_no_case(tmp_path: Path) -> None:
    folder = _make(tmp_path / "case")
    _put(folder / MARK, "folder")
    with pytest.raises(FormatError, match="is not a file"):
        find_case(folder / "evidence")


def test_one_file_under_two_names_is_refused(tmp_path: Path) -> None:
    folder = _make(tmp_path / "case")
    (folder / "ledger.db").write_bytes(b"")
    os.link(folder / "ledger.db", folder / "openings.db")
    with pytest.raises(FormatError, match="names one file for two"):
        read_case(folder)


def test_the_journal_of_a_crash_may_lie_beside_its_database(tmp_path: Path) -> None:
    folder = _make(tmp_path / "case")
    for name in ("ledger.db", "ledger.db-journal", "openings.db", "openings.db-journal"):
        (folder / name).write_bytes(b"")
    assert read_case(folder).openings == folder / "openings.db"
