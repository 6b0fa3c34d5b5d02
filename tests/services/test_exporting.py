"""What `timestamp export` writes is checked by OpenSSL itself, with the very command that is printed."""

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from custody import bootstrap
from custody.domain.trust import Trust
from custody.errors import CustodyError, StorageError, UsageError, VerificationError
from custody.services.anchoring.exporting import CHECKPOINT, PROOF, ROOT, Exported, export
from tests.servers.authority import YEAR, Authority
from tests.servers.calendar import Calendar
from tests.services.stamped import Desk, desk_of, stamped_text


@pytest.fixture
def desk(ready: Path, tmp_path: Path) -> Desk:
    return desk_of(ready, tmp_path)


def exported(desk: Desk, into: Path, position: int | None = None, trust: Trust | None = None) -> list[Exported]:
    recorder = desk.recorder
    chosen = desk.trust if trust is None else trust
    return export(recorder.files, recorder.ledger, chosen, position, into, bootstrap.write_new)


def check(one: Exported) -> subprocess.CompletedProcess[str]:
    """Run the printed command in the folder, on a computer that trusts nobody of itself."""
    return subprocess.run(
        shlex.split(one.command),
        cwd=one.folder,
        env={"PATH": os.environ["PATH"], "SSL_CERT_DIR": str(one.folder), "OPENSSL_CONF": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("algorithm", "intermediate", "order"),
    [("p256", False, "unsorted"), ("p256", True, "sorted"), ("rsa2048", True, "unsorted")],
)
def test_openssl_accepts_it_with_the_printed_command(
    desk: Desk, tmp_path: Path, algorithm: str, intermediate: bool, order: str
) -> None:
    with Authority(algorithm=algorithm, intermediate=intermediate, order=order) as authority:  # type: ignore[arg-type]
        desk.knows("tsa", authority)
        desk.stamp()
    (one,) = exported(desk, tmp_path / "out")
    done = check(one)
    assert (done.returncode, done.stdout.strip()) == (0, "Verification: OK"), done


def test_openssl_checks_it_at_its_own_time_so_that_it_holds_once_the_certificate_has_ended(
    desk: Desk, tmp_path: Path
) -> None:
    with Authority() as authority:
        desk.knows("tsa", authority)
        (outcome,) = desk.stamp()
    (one,) = exported(desk, tmp_path / "out")
    assert outcome.time is not None
    then, ended = (f"-attime {int(moment.timestamp())} " for moment in (outcome.time, outcome.time + YEAR))
    late = replace(one, command=one.command.replace(then, ended))
    assert (check(one).returncode, check(late).returncode != 0) == (0, True)


def test_openssl_refuses_a_changed_byte_of_the_checkpoint(desk: Desk, tmp_path: Path) -> None:
    with Authority() as authority:
        desk.knows("tsa", authority)
        desk.stamp()
    (one,) = exported(desk, tmp_path / "out")
    path = one.folder / CHECKPOINT
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"\n4\n", b"\n5\n"))
    done = check(one)
    assert (done.returncode != 0, "FAILED" in done.stdout) == (True, True), done


def test_the_checkpoint_is_the_three_lines_that_were_stamped(desk: Desk, tmp_path: Path) -> None:
    with Authority() as authority:
        desk.knows("tsa", authority)
        desk.stamp()
    (one,) = exported(desk, tmp_path / "out")
    assert (one.folder / CHECKPOINT).read_text() == stamped_text(desk.recorder, desk.stamps()[0]).decode()


def test_without_a_trusted_root_it_comes_from_the_authority(desk: Desk, tmp_path: Path) -> None:
    with Authority(intermediate=True) as authority:
        desk.knows("tsa", authority)
        desk.stamp()
        (one,) = exported(desk, tmp_path / "out", trust=Trust())
        assert (one.rooted, check(one).returncode != 0) == (False, True)
        (one.folder / ROOT).write_bytes(authority.root_pem)
    assert check(one).returncode == 0


def test_the_newest_of_each_authority_is_exported_or_the_named_record(desk: Desk, tmp_path: Path) -> None:
    with Authority() as one, Authority(label="Other") as two:
        desk.knows("one", one)
        desk.knows("two", two)
        desk.stamp()
        desk.stamp("one")
    assert [(each.authority, each.position) for each in exported(desk, tmp_path / "a")] == [("two", 5), ("one", 6)]
    assert [(each.authority, each.position) for each in exported(desk, tmp_path / "b", 4)] == [("one", 4)]


def test_a_proof_of_opentimestamps_lies_beside_what_it_is_of(desk: Desk, tmp_path: Path) -> None:
    pytest.importorskip("opentimestamps")
    with Calendar() as calendar:
        desk.asks("cal", calendar)
        desk.stamp()
    (one,) = exported(desk, tmp_path / "out")
    assert (one.command, {path.name for path in one.folder.iterdir()}) == (
        f"ots verify {PROOF}",
        {CHECKPOINT, PROOF},
    )


@pytest.mark.parametrize("position", [None, 3])
def test_what_is_no_stamp_is_said(desk: Desk, tmp_path: Path, position: int | None) -> None:
    with pytest.raises(UsageError, match="no timestamp"):
        exported(desk, tmp_path / "out", position)


@pytest.mark.parametrize(("harm", "error"), [("gone", StorageError), ("changed", VerificationError)])
def test_nothing_is_written_when_one_of_two_is_not_as_recorded(
    desk: Desk, tmp_path: Path, harm: str, error: type[CustodyError]
) -> None:
    with Authority() as one, Authority(label="Other") as two:
        desk.knows("one", one)
        desk.knows("two", two)
        desk.stamp()
    token = desk.stamps()[1].token
    path = desk.recorder.files.evidence.folder / token[:2] / token
    path.unlink()
    if harm == "changed":
        path.write_bytes(b"x")
    with pytest.raises(error):
        exported(desk, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_said(desk: Desk, tmp_path: Path) -> None:
    with Authority() as authority:
        desk.knows("tsa", authority)
        desk.stamp()
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(StorageError, match="cannot be made"):
        exported(desk, tmp_path / "out" / "here")
