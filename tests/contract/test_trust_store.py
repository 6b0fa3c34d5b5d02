"""What the use cases expect of TrustStore, on the one in files: it keeps what it is told, and believes nothing else."""

import json
import os
from pathlib import Path

import pytest

from custody import bootstrap
from custody.adapters.trust import MAX_FILE, MAX_KEPT, MAX_NAME, MAX_ROOT, TrustFiles
from custody.domain.trust import TrustedAuthority, TrustedCosigner
from custody.errors import CustodyError, FormatError, StorageError, UsageError
from custody.formats.certificates import MAX_ROOTS
from custody.formats.cosignature import CosignerKey
from custody.formats.encoding import format_base64
from custody.ports import TrustStore
from tests.builders import ANA, MALLORY

ONE = TrustedAuthority("First Authority", (b"root one", b"root two"), True)
TWO = TrustedAuthority("second", (b"another root",), False)
KEY = CosignerKey("witness.example/w1", ANA.public.cosignature_key)
SHE = TrustedCosigner("Ines", KEY)
HE = TrustedCosigner("A notary", CosignerKey("notary.example", MALLORY.public.cosignature_key))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "trust"


@pytest.fixture
def store(folder: Path) -> TrustStore:
    return TrustFiles(folder)


def test_nobody_is_believed_at_first_and_asking_creates_nothing(store: TrustStore, tmp_path: Path) -> None:
    assert (store.authorities(), store.cosigners()) == ((), ())
    assert list(tmp_path.iterdir()) == []


def test_who_is_added_is_believed_by_name_also_next_time(store: TrustStore, folder: Path) -> None:
    store.add_authority(TWO)
    store.add_authority(ONE)
    store.add_cosigner(SHE)
    store.add_cosigner(HE)
    again = TrustFiles(folder)
    assert (again.authorities(), again.cosigners()) == ((ONE, TWO), (HE, SHE))


def test_who_is_removed_is_believed_no_more(store: TrustStore) -> None:
    store.add_authority(ONE)
    store.add_authority(TWO)
    store.add_cosigner(SHE)
    store.remove_authority(ONE.name)
    store.remove_cosigner(SHE.name)
    assert (store.authorities(), store.cosigners()) == ((TWO,), ())


def test_the_very_same_again_changes_nothing(store: TrustStore) -> None:
    for _ in range(2):
        store.add_authority(ONE)
        store.add_cosigner(SHE)
    assert (store.authorities(), store.cosigners()) == ((ONE,), (SHE,))


@pytest.mark.parametrize(
    "other", [TrustedAuthority(ONE.name, ONE.roots, False), TrustedAuthority(ONE.name, TWO.roots, True)]
)
def test_another_of_the_same_name_takes_nobodys_place(store: TrustStore, other: TrustedAuthority) -> None:
    store.add_authority(ONE)
    with pytest.raises(UsageError):
        store.add_authority(other)
    assert store.authorities() == (ONE,)


def test_another_cosigner_of_the_same_name_takes_nobodys_place(store: TrustStore) -> None:
    store.add_cosigner(SHE)
    with pytest.raises(UsageError):
        store.add_cosigner(TrustedCosigner(SHE.name, HE.key))
    assert store.cosigners() == (SHE,)


def test_removing_who_is_not_there_is_said(store: TrustStore) -> None:
    with pytest.raises(UsageError):
        store.remove_authority("nobody")
    with pytest.raises(UsageError):
        store.remove_cosigner("nobody")


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "a\nb", "\x1b[2J", "a\u202eb", "x" * (MAX_NAME + 1), "\ud800"])
def test_name_that_is_not_one_visible_line_is_refused(store: TrustStore, name: str) -> None:
    with pytest.raises(UsageError):
        store.add_authority(TrustedAuthority(name, ONE.roots, False))
    with pytest.raises(UsageError):
        store.add_cosigner(TrustedCosigner(name, KEY))


@pytest.mark.parametrize("roots", [(), (b"x",) * (MAX_ROOTS + 1), (bytes(MAX_ROOT + 1),)])
def test_authority_without_roots_or_with_endless_ones_is_refused(store: TrustStore, roots: tuple[bytes, ...]) -> None:
    with pytest.raises(UsageError):
        store.add_authority(TrustedAuthority("name", roots, False))


def test_more_than_anybody_believes_are_refused(store: TrustStore, folder: Path) -> None:
    store.add_cosigner(SHE)
    vkey = json.loads((folder / "cosigners.json").read_bytes())["Ines"]
    full = {f"{number:03}": vkey for number in range(MAX_KEPT)}
    (folder / "cosigners.json").write_text(json.dumps(full, separators=(",", ":")))
    with pytest.raises(UsageError, match="256"):
        store.add_cosigner(SHE)


def test_files_are_for_their_owner_alone_and_no_draft_is_left(store: TrustStore, folder: Path) -> None:
    store.add_authority(ONE)
    store.add_authority(TWO)
    assert [(one.name, oct(one.stat().st_mode & 0o777)) for one in folder.iterdir()] == [("authorities.json", "0o600")]


def test_authorities_are_written_as_documented(store: TrustStore, folder: Path) -> None:
    store.add_authority(TWO)
    assert (folder / "authorities.json").read_text() == (
        f'{{"second":{{"qualified":false,"roots":["{format_base64(b"another root")}"]}}}}'
    )


def test_cosigners_are_written_as_documented(store: TrustStore, folder: Path) -> None:
    store.add_cosigner(SHE)
    written = json.loads((folder / "cosigners.json").read_bytes())
    assert written == {"Ines": f"{KEY.name}+{KEY.key_id.hex()}+{format_base64(bytes([4]) + KEY.public)}"}


B64 = format_base64(b"root")
DAMAGED_AUTHORITIES = [
    "",
    "{",
    "[]",
    "null",
    '{"a":1}',
    '{"a":{}}',
    '{"a":{"qualified":true}}',
    f'{{"a":{{"qualified":1,"roots":["{B64}"]}}}}',
    f'{{"a":{{"qualified":true,"roots":"{B64}"}}}}',
    '{"a":{"qualified":true,"roots":[]}}',
    '{"a":{"qualified":true,"roots":[""]}}',
    '{"a":{"qualified":true,"roots":[1]}}',
    '{"a":{"qualified":true,"roots":["cm9vdA"]}}',
    f'{{"a":{{"qualified":true,"roots":["{B64}"],"more":1}}}}',
    json.dumps({"a": {"qualified": True, "roots": [B64] * (MAX_ROOTS + 1)}}, separators=(",", ":")),
    f'{{"":{{"qualified":true,"roots":["{B64}"]}}}}',
    f'{{"a": {{"qualified":true,"roots":["{B64}"]}}}}',
    f'{{"a\\n":{{"qualified":true,"roots":["{B64}"]}}}}',
    "x" * (MAX_FILE + 1),
]


@pytest.mark.parametrize("text", DAMAGED_AUTHORITIES, ids=lambda text: text[:40])
def test_damaged_file_of_authorities_is_said_and_left_alone(store: TrustStore, folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    file = folder / "authorities.json"
    file.write_text(text)
    for act in (store.authorities, lambda: store.add_authority(ONE), lambda: store.remove_authority("a")):
        with pytest.raises(FormatError, match=r"authorities\.json") as refused:
            act()
        assert refused.value.hint
    assert file.read_text() == text


@pytest.mark.parametrize("value", ["1", '"nonsense"', '"a+00000000+AAAA"', "{}", "null"])
def test_damaged_file_of_cosigners_is_said(store: TrustStore, folder: Path, value: str) -> None:
    folder.mkdir(parents=True)
    (folder / "cosigners.json").write_text(f'{{"a":{value}}}')
    with pytest.raises(FormatError, match=r"cosigners\.json"):
        store.cosigners()


def test_file_cut_anywhere_is_said(store: TrustStore, folder: Path) -> None:
    store.add_authority(ONE)
    file = folder / "authorities.json"
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            store.authorities()


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        TrustFiles(tmp_path / "file" / "trust").add_authority(ONE)


def test_write_that_fails_leaves_what_was_there(
    store: TrustStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_authority(ONE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CustodyError, match="No space left"):
        store.add_authority(TWO)
    assert store.authorities() == (ONE,)
    assert [one.name for one in folder.iterdir()] == ["authorities.json"]


def test_store_of_the_person_lies_in_their_home(custody_home: Path) -> None:
    bootstrap.trust_store().add_authority(ONE)
    assert (custody_home / "trust" / "authorities.json").exists()
