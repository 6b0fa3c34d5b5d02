"""What timestamps rest on travels with the records that name it, and nothing else does: nobody's evidence."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from custody import bootstrap
from custody.adapters.evidence import EvidenceFolder
from custody.errors import StorageError
from custody.formats.share import MAX_OBJECT, Head, Share, parse_share
from custody.ports import CaseFiles, World
from custody.services import exchanging, handover, looking, safekeeping
from custody.services.recording import Recorder
from tests.builders import ANA, examine, findings, new_folder
from tests.histories import Keeper, Team

DAY, LATER = datetime(2026, 11, 24, tzinfo=UTC), datetime(2027, 11, 24, tzinfo=UTC)
CERTIFICATE = ANA.public.certificate
ISSUER = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example TSA")])
REVOKED = (
    x509.CertificateRevocationListBuilder(issuer_name=ISSUER, last_update=DAY, next_update=LATER)
    .sign(ANA.key, SHA256())
    .public_bytes(Encoding.DER)
)
PHOTO = "a photograph of the gate"


def sha256(data: bytes) -> str:
    """Hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def by_digest(*some: bytes) -> tuple[bytes, ...]:
    """In the order of a share file."""
    return tuple(sorted(some, key=sha256))


@pytest.fixture
def warned() -> list[str]:
    return []


@pytest.fixture
def world(tmp_path: Path, warned: list[str]) -> World:
    return replace(bootstrap.world(tmp_path / "home"), warn=warned.append)


@pytest.fixture
def team() -> Team:
    return Team()


@pytest.fixture
def ben(team: Team) -> Keeper:
    return team.member("Ben")


def written(folder: Path, team: Team, keepers: Sequence[Keeper] | None = None) -> CaseFiles:
    """A case folder with the ledgers of these people, and all objects."""
    files = new_folder(folder)
    team.write(files, keepers)
    return files


def without_objects(folder: Path, team: Team, keepers: Sequence[Keeper] | None = None) -> CaseFiles:
    """A case folder with ledgers alone."""
    files = new_folder(folder)
    files.ledgers.create()
    team.append(files, team.keepers if keepers is None else keepers)
    return files


def shared(files: CaseFiles, world: World, *keepers: Keeper, openings: bool = True) -> Share:
    """What a share file of these ledgers carries, written on another computer."""
    case = looking.look(files, bootstrap.world(files.folder.parent / "home of the sender"))
    lines = exchanging.share(files, case, [one.ledger for one in keepers], openings=openings, warn=world.warn)
    return parse_share(lines)


def stored(files: CaseFiles) -> set[str]:
    """The names of the objects that are there."""
    return set(files.evidence.names())


def token_of(team: Team) -> bytes:
    """The token that was made last."""
    return [data for data in team.evidence.values() if b"OpenTimestamps" in data][-1]


# --- sending ------------------------------------------


@pytest.mark.parametrize("openings", [True, False])
def test_a_share_file_carries_the_tokens_of_its_ledgers(
    tmp_path: Path, world: World, team: Team, ben: Keeper, openings: bool
) -> None:
    team.stamps(team.lead)
    team.stamps(ben, supporting=[CERTIFICATE, REVOKED])
    files = written(tmp_path / "case", team)
    carried = shared(files, world, ben, openings=openings).objects
    assert carried == by_digest(token_of(team), CERTIFICATE, REVOKED)


def test_a_share_file_without_timestamps_carries_no_objects(tmp_path: Path, world: World, team: Team) -> None:
    team.collects(team.lead)
    assert shared(written(tmp_path / "case", team), world, team.lead).objects == ()


def test_nothing_is_warned_of_where_every_token_is_there(
    tmp_path: Path, world: World, team: Team, warned: list[str]
) -> None:
    team.stamps(team.lead)
    shared(written(tmp_path / "case", team), world, team.lead)
    assert warned == []


def test_a_token_that_is_missing_is_left_out_and_told(
    tmp_path: Path, world: World, team: Team, warned: list[str]
) -> None:
    team.stamps(team.lead, supporting=[CERTIFICATE])
    files = written(tmp_path / "case", team)
    files.evidence.remove(sha256(token_of(team)))
    assert (shared(files, world, team.lead).objects, warned[0][:6], len(warned)) == ((CERTIFICATE,), "1 of 2", 1)


def test_a_token_that_was_changed_is_left_out(tmp_path: Path, world: World, team: Team, warned: list[str]) -> None:
    team.stamps(team.lead)
    files = written(tmp_path / "case", team)
    name = sha256(token_of(team))
    path = files.folder / "evidence" / name[:2] / name
    path.chmod(0o600)
    path.write_bytes(token_of(team) + b"!")
    assert (shared(files, world, team.lead).objects, len(warned)) == ((), 1)


def test_evidence_that_a_colleague_names_as_a_timestamp_is_not_sent(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    team.collects(team.lead, text=PHOTO)
    team.stamps(ben, token=sha256(PHOTO.encode()))
    assert shared(written(tmp_path / "case", team), world, team.lead, ben).objects == ()


def test_evidence_that_a_colleague_names_beside_a_timestamp_is_not_sent(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    team.collects(team.lead, text=PHOTO)
    team.stamps(ben, supporting=[PHOTO.encode()])
    assert shared(written(tmp_path / "case", team), world, team.lead, ben).objects == (token_of(team),)


def test_a_certificate_is_not_sent_as_a_token(tmp_path: Path, world: World, team: Team) -> None:
    team.evidence[sha256(CERTIFICATE)] = CERTIFICATE
    team.stamps(team.lead, token=sha256(CERTIFICATE))
    assert CERTIFICATE not in shared(written(tmp_path / "case", team), world, team.lead).objects


def test_a_token_of_another_ledger_is_not_sent(tmp_path: Path, world: World, team: Team, ben: Keeper) -> None:
    team.stamps(team.lead)
    team.stamps(ben, token=sha256(token_of(team)))
    assert shared(written(tmp_path / "case", team), world, ben).objects == ()


def test_a_token_that_no_share_file_could_carry_is_left_out(
    tmp_path: Path, world: World, team: Team, warned: list[str]
) -> None:
    team.stamps(team.lead)
    large = token_of(team) + bytes(MAX_OBJECT)
    with team.forging():
        team.stamps(team.lead, token=sha256(large))
    team.evidence[sha256(large)] = large
    assert (large in shared(written(tmp_path / "case", team), world, team.lead).objects, len(warned)) == (False, 1)


# --- taking in ------------------------------------------


def test_merging_keeps_the_tokens_of_a_ledger(tmp_path: Path, world: World, team: Team, ben: Keeper) -> None:
    team.stamps(ben, supporting=[CERTIFICATE])
    there = written(tmp_path / "there", team)
    here = without_objects(tmp_path / "here", team, [team.lead])
    exchanging.merge(here, world, shared(there, world, ben), team.lead.ledger)
    assert stored(here) == {sha256(token_of(team)), sha256(CERTIFICATE)}


def test_merging_the_same_records_again_brings_a_token_that_was_missing(
    tmp_path: Path, world: World, team: Team, ben: Keeper, warned: list[str]
) -> None:
    team.stamps(ben)
    there = written(tmp_path / "there", team)
    here = without_objects(tmp_path / "here", team)
    (merged,) = exchanging.merge(here, world, shared(there, world, ben), team.lead.ledger)
    assert (merged.size - merged.before, stored(here), warned) == (0, {sha256(token_of(team))}, [])


def test_merging_repairs_a_token_that_was_changed(tmp_path: Path, world: World, team: Team, ben: Keeper) -> None:
    team.stamps(ben)
    there, here = written(tmp_path / "there", team), written(tmp_path / "here", team)
    name = sha256(token_of(team))
    path = here.folder / "evidence" / name[:2] / name
    path.chmod(0o600)
    path.write_bytes(b"garbage")
    exchanging.merge(here, world, shared(there, world, ben), team.lead.ledger)
    assert here.evidence.check(name).found == name


class FullDisk(EvidenceFolder):
    """A store that never gets anything onto the disk."""

    def sync(self) -> None:
        raise StorageError("the disk is full")


def test_records_are_not_taken_in_before_their_tokens_are_on_the_disk(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    team.stamps(ben)
    there = written(tmp_path / "there", team)
    here = without_objects(tmp_path / "here", team, [team.lead])
    here = replace(here, evidence=FullDisk(here.evidence.folder))
    (merged,) = exchanging.merge(here, world, shared(there, world, ben), team.lead.ledger)
    with here.ledgers.reading() as reader:
        assert (merged.wrong, reader.size(ben.ledger)) == ("the disk is full", 0)


def given(share: Share, *objects: bytes) -> Share:
    """The share with other objects in it."""
    head = Head(case=share.head.case, kind="ledgers", ledgers=len(share.ledgers), objects=len(objects))
    return Share(head, share.ledgers, by_digest(*objects))


def test_an_object_that_no_record_names_is_not_kept(
    tmp_path: Path, world: World, team: Team, ben: Keeper, warned: list[str]
) -> None:
    team.stamps(ben)
    there = written(tmp_path / "there", team)
    here = without_objects(tmp_path / "here", team, [team.lead])
    exchanging.merge(here, world, given(shared(there, world, ben), token_of(team), b"smuggled"), team.lead.ledger)
    assert (stored(here), warned[0][:9], len(warned)) == ({sha256(token_of(team))}, "1 of the ", 1)


def test_bytes_that_are_no_token_are_not_kept_although_a_record_names_them(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    team.stamps(ben, token=sha256(b"smuggled"), supporting=[CERTIFICATE])
    there = written(tmp_path / "there", team)
    here = without_objects(tmp_path / "here", team, [team.lead])
    exchanging.merge(here, world, given(shared(there, world, ben), b"smuggled"), team.lead.ledger)
    assert stored(here) == set()


def test_the_token_of_a_ledger_that_is_refused_is_not_kept(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    here = without_objects(tmp_path / "here", team)
    team.stamps(ben)
    share = shared(written(tmp_path / "there", team), world, ben)
    (merged,) = exchanging.merge(here, world, share, ben.ledger)  # another device of Ben's wrote on
    assert (merged.wrong is None, stored(here)) == (False, set())


def test_a_token_of_records_that_are_here_is_kept_whatever_ledger_it_came_with(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    team.stamps(team.lead)
    here = without_objects(tmp_path / "here", team, [team.lead])
    share = given(shared(written(tmp_path / "there", team), world, ben), token_of(team))
    exchanging.merge(here, world, share, team.lead.ledger)
    assert stored(here) == {sha256(token_of(team))}


def test_a_token_that_is_still_missing_after_merging_is_told(
    tmp_path: Path, world: World, team: Team, ben: Keeper, warned: list[str]
) -> None:
    team.stamps(ben)
    share = given(shared(written(tmp_path / "there", team), world, ben))
    exchanging.merge(without_objects(tmp_path / "here", team, [team.lead]), world, share, team.lead.ledger)
    assert [words[:9] for words in warned] == ["1 stored "]


def test_a_colleagues_case_folder_brings_its_tokens_and_no_evidence(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    team.collects(ben, text=PHOTO)
    team.stamps(ben)
    here = without_objects(tmp_path / "here", team, [team.lead])
    exchanging.merge(here, world, exchanging.from_folder(written(tmp_path / "there", team)), team.lead.ledger)
    assert stored(here) == {sha256(token_of(team))}


def test_an_offer_brings_the_tokens_of_everybody(tmp_path: Path, world: World, team: Team, ben: Keeper) -> None:
    team.stamps(team.lead)
    team.stamps(ben)
    there = written(tmp_path / "there", team)
    whole = looking.look(there, bootstrap.world(tmp_path / "home of the sender"))
    lines = exchanging.share(there, whole, sorted(whole.ledgers), kind="offer", act="0f" * 16, warn=world.warn)
    here = without_objects(tmp_path / "here", team, [team.lead])
    exchanging.take_in(Recorder(here, world, ANA), parse_share(lines))
    assert stored(here) == set(team.evidence)


def test_tokens_make_no_new_store_where_the_evidence_has_gone(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    team.collects(team.lead)
    team.stamps(ben)
    share = shared(written(tmp_path / "there", team), world, ben)
    here = without_objects(tmp_path / "here", team, [team.lead])
    with pytest.raises(StorageError, match="evidence folder"):
        exchanging.take_in(Recorder(here, world, ANA), share)


# --- staying ------------------------------------------


@pytest.fixture
def stamped(tmp_path: Path, team: Team, ben: Keeper) -> CaseFiles:
    """A case with tokens in two ledgers, one of them of somebody whom nobody took in."""
    team.collects(team.lead)
    team.stamps(ben, supporting=[CERTIFICATE])
    team.stamps(team.joins("Cem"))
    return written(tmp_path / "case", team)


def test_a_token_is_no_object_that_no_record_names(world: World, stamped: CaseFiles) -> None:
    codes = [finding.code for finding in findings(examine(stamped, world).judgement)]
    assert "object-unrecorded" not in codes


def test_what_no_timestamp_names_is_one_still(world: World, stamped: CaseFiles) -> None:
    stamped.evidence.add(b"left behind")
    (told,) = [one for one in findings(examine(stamped, world).judgement) if one.code == "object-unrecorded"]
    assert told.message.startswith("1 stored file ")


def test_a_backup_has_the_tokens(tmp_path: Path, stamped: CaseFiles) -> None:
    copy = new_folder(tmp_path / "copy")
    safekeeping.copy_case(stamped, copy, lambda size: None)
    assert stored(copy) == stored(stamped)


def test_disposing_of_an_item_leaves_a_token_of_the_same_bytes(tmp_path: Path, world: World, team: Team) -> None:
    team.stamps(team.lead)
    token = token_of(team)
    number = team.collects(team.lead, digest=sha256(token), size=len(token))
    files = written(tmp_path / "case", team)
    assert (handover.remove(Recorder(files, world, ANA), number), sha256(token) in stored(files)) == (0, True)


def test_naming_an_item_as_a_token_does_not_keep_it_from_being_disposed_of(
    tmp_path: Path, world: World, team: Team, ben: Keeper
) -> None:
    number = team.collects(team.lead, text=PHOTO)
    team.stamps(ben, token=sha256(PHOTO.encode()))
    files = written(tmp_path / "case", team)
    assert handover.remove(Recorder(files, world, ANA), number) == 1
