"""`custody checkpoint -o`, `cosign` and `cosign add`: a ledger's state goes out, and comes back vouched for.

The commands run in this process: what they say and how they end is looked at, not how they start.
"""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from custody import bootstrap
from custody.adapters.keys import keyfile
from custody.cli.app import run
from custody.domain.trust import TrustedCosigner
from custody.formats.checkpointfile import MAX_FILE, parse_checkpoint_file
from custody.formats.cosignature import format_cosigner, own_cosigner, parse_line
from custody.formats.note import parse_vkey
from custody.formats.publickey import PublicKey
from custody.formats.words import format_words
from tests.cli.commandline import PASSPHRASE, Done
from tests.cli.smallcase import RECORDS
from tests.cli.team import ok, refused
from tests.servers.witness import Witness, serving

NOW = 1_763_942_400  # any moment before that of the tests


@dataclass
class Desks:
    """Two computers: the lead's, with a case, and that of somebody outside. `sent` is between them."""

    folder: Path
    wanda: PublicKey
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    @property
    def sent(self) -> Path:
        return self.folder / "sent"

    def lead(self, *words: str | Path) -> Done:
        return self._run("home", self.folder / "case", words)

    def outside(self, *words: str | Path) -> Done:
        return self._run("outside", self.sent, words)

    def _run(self, home: str, cwd: Path, words: tuple[str | Path, ...]) -> Done:
        self.patch.setenv("CUSTODY_HOME", str(self.folder / home))
        self.patch.setenv("CUSTODY_PASSPHRASE", PASSPHRASE)
        self.patch.chdir(cwd)
        self.capture.readouterr()
        code = run([str(word) for word in words])
        out, err = self.capture.readouterr()
        return Done(code, out, err)


@pytest.fixture(scope="module")
def ready(ready_small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PublicKey]:
    """The small case and somebody outside, whose keys are unlocked quickly. Not to be touched: copy it."""
    folder = tmp_path_factory.mktemp("ready") / "desks"
    shutil.copytree(ready_small, folder)
    (folder / "sent").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyfile, "ITERATIONS", 1)
        patch.setattr(keyfile, "MEMORY_KIB", 8 * keyfile.MAX_LANES)
        wanda = bootstrap.key_store(folder / "outside").create(
            name="Wanda Wu",
            organisation="Elsewhere",
            email=None,
            passphrase=PASSPHRASE,
            now=datetime(2026, 11, 24, tzinfo=UTC),
            entropy=os.urandom,
        )
    return folder, wanda


@pytest.fixture
def desks(
    ready: tuple[Path, PublicKey],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Desks:
    shutil.copytree(ready[0], tmp_path / "desks")
    return Desks(tmp_path / "desks", ready[1], monkeypatch, capsys)


def cosigner_words(desks: Desks) -> str:
    return format_words(own_cosigner(desks.wanda.cosignature_key).fingerprint)


def cosigned(desks: Desks) -> Path:
    """The checkpoint, gone out and cosigned."""
    ok(desks.lead("checkpoint", "-o", desks.sent / "point"))
    ok(desks.outside("cosign", "point"))
    return desks.sent / "point.cosigned"


def test_a_checkpoint_goes_out_and_is_recorded_when_it_comes_back(desks: Desks) -> None:
    cosigned(desks)
    done = ok(desks.lead("cosign", "add", desks.sent / "point.cosigned"))
    assert f"cosigned {RECORDS} records on 20" in done.out
    assert f"it is record {RECORDS}." in done.out
    assert 'Next: custody authority add NAME --cosigner "' in done.out
    assert cosigner_words(desks) in " ".join(done.out.split())


def test_all_that_is_signed_is_said_and_what_it_does_not_mean(desks: Desks) -> None:
    told = json.loads(ok(desks.lead("checkpoint", "-o", desks.sent / "point", "--json")).out)
    done = ok(desks.outside("cosign", "point"))
    said = " ".join(done.out.split())
    assert said.startswith(f"Wanda Wu is about to sign: Ledger {told['origin']} Its key ")
    assert f"State {RECORDS} records, in eight words: {told['words']} " in said
    assert "You say that you saw this state of a record, not that anything in it is true." in said
    assert said.endswith(f"so that they know it: {cosigner_words(desks)}")


def test_the_words_of_the_ledgers_key_are_told_on_both_sides(desks: Desks) -> None:
    told = ok(desks.lead("checkpoint", "-o", desks.sent / "point")).out.splitlines()[1]
    assert told.startswith("The ledger's key, in eight words: ")
    assert told.removeprefix("The ledger's key, in eight words: ") in ok(desks.outside("cosign", "point")).out


def test_a_program_is_told_everything(desks: Desks) -> None:
    point = json.loads(ok(desks.lead("checkpoint", "-o", desks.sent / "point", "--since", "2", "--json")).out)
    signed = json.loads(ok(desks.outside("cosign", "point", "-o", "back", "--json")).out)
    added = json.loads(ok(desks.lead("cosign", "add", desks.sent / "back", "--json")).out)
    file = parse_checkpoint_file((desks.sent / "back").read_bytes())
    vkey = format_cosigner(own_cosigner(desks.wanda.cosignature_key))
    time = parse_line(file.note.signatures[-1]).time
    known = {name: point[name] for name in ("origin", "root", "size")}
    words = cosigner_words(desks)
    assert (point["earlier"], point["size"]) == ([2], RECORDS)
    assert signed == {**known, "before": None, "cosigner": vkey, "file": "back", "time": time, "words": words}
    one = {"cosigner": vkey, "record": RECORDS, "size": RECORDS, "time": time, "words": words}
    assert added == {"cosigned": [one], "refused": [], "unknown": []}


def test_adding_twice_records_once(desks: Desks) -> None:
    file = cosigned(desks)
    ok(desks.lead("cosign", "add", file))
    again: Any = json.loads(ok(desks.lead("cosign", "add", file, "--json")).out)
    assert [one["record"] for one in again["cosigned"]] == [None]


def test_a_file_may_have_the_name_of_a_command(desks: Desks) -> None:
    ok(desks.lead("checkpoint", "-o", desks.sent / "add"))
    refused(desks.outside("cosign", "add"), 2, "no file is named")
    ok(desks.outside("cosign", "./add"))
    assert (desks.sent / "add.cosigned").exists()


def test_options_may_come_before_the_file(desks: Desks) -> None:
    ok(desks.lead("checkpoint", "-o", desks.sent / "point"))
    assert json.loads(ok(desks.outside("cosign", "--json", "point")).out)["file"] == "point.cosigned"


def test_nobody_cosigns_their_own(desks: Desks) -> None:
    ok(desks.lead("checkpoint", "-o", desks.sent / "point"))
    refused(desks.lead("cosign", desks.sent / "point"), 3, "this is your own ledger", "somebody outside the case")


def test_what_nobody_cosigned_is_not_recorded(desks: Desks) -> None:
    ok(desks.lead("checkpoint", "-o", desks.sent / "point"))
    refused(desks.lead("cosign", "add", desks.sent / "point"), 2, "nobody has cosigned this yet", "custody cosign FILE")


def test_an_outsider_is_recorded_beside_what_is_refused(desks: Desks) -> None:
    file = cosigned(desks)
    (desks.sent / "bad").write_bytes(file.read_bytes().replace(f"\n{RECORDS}\n".encode(), b"\n99\n"))
    done = desks.lead("cosign", "add", desks.sent / "bad", file)
    refused(done, 1, "bad: the checkpoint has 99 records, and this copy of the ledger only 6")
    assert "it is record 6." in done.out


def test_a_program_is_told_what_was_refused(desks: Desks) -> None:
    file = cosigned(desks)
    (desks.sent / "bad").write_bytes(file.read_bytes().replace(f"\n{RECORDS}\n".encode(), b"\n99\n"))
    done = desks.lead("cosign", "add", desks.sent / "bad", file, "--json")
    told = json.loads(done.out)
    assert (done.exit, len(told["cosigned"]), [one["code"] for one in told["refused"]]) == (1, 1, ["verification"])


def test_nothing_is_overwritten(desks: Desks) -> None:
    before = cosigned(desks).read_bytes()
    refused(desks.outside("cosign", "point"), 2, "point.cosigned exists already")
    assert (desks.sent / "point.cosigned").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "ends with an empty line"),
        (bytes(range(256)) * 10, "UTF-8"),
        (bytes(10 * MAX_FILE), "larger than 1048576"),
        (b"a\n1\n\n" + b"\xe2\x80\x94 a AAAAAAA=\n" * 10_000, "1 to 100 signatures, not 10000"),
    ],
    ids=["empty", "garbage", "huge", "10,000 signatures"],
)
def test_what_is_no_checkpoint_is_refused(desks: Desks, content: bytes, words: str) -> None:
    (desks.sent / "point").write_bytes(content)
    refused(desks.outside("cosign", "point"), 4, f"point: {'a note ' if 'ends' in words else ''}", words)
    assert not (desks.sent / "point.cosigned").exists()


def test_a_file_that_is_not_there_is_named(desks: Desks) -> None:
    refused(desks.outside("cosign", "none"), 5, "none cannot be read: No such file or directory")


def test_since_is_for_a_file(desks: Desks) -> None:
    refused(desks.lead("checkpoint", "--since", "2"), 2, "--since is for a file", "-o FILE")


def test_who_has_no_key_is_told_how_to_make_one(desks: Desks) -> None:
    ok(desks.lead("checkpoint", "-o", desks.sent / "point"))
    shutil.rmtree(desks.folder / "outside")
    refused(desks.outside("cosign", "point"), 7, "there is no key of yours", "custody key create")


def test_a_witness_needs_its_key(desks: Desks) -> None:
    refused(
        desks.lead("cosign", "add", "--witness", "https://witness.example"),
        2,
        "no witness of this case whose one key you know",
        "--cosigner",
    )


@pytest.mark.parametrize("vkey", ["x", "", "a+b", "witness.example+00000000+BAAA"])
def test_a_cosigners_key_that_is_none_is_refused(desks: Desks, vkey: str) -> None:
    refused(desks.lead("cosign", "add", "--cosigner", vkey, "point"), 2, f"--cosigner {vkey}: ")


def test_a_witness_is_asked_over_the_network(desks: Desks) -> None:
    vkey = json.loads(ok(desks.lead("checkpoint", "-o", desks.sent / "point", "--json")).out)["key"]
    key = parse_vkey(vkey)
    one = Witness(time=NOW, logs={key.name: key.public})
    with serving(one) as url:
        done = ok(desks.lead("cosign", "add", "--witness", url, "--cosigner", format_cosigner(one.key)))
    assert f"{one.name} cosigned {RECORDS} records" in done.out
    assert one.seen[key.name][0] == RECORDS


def test_a_cosigner_whom_the_person_trusts_is_known(desks: Desks) -> None:
    ok(desks.lead("checkpoint", "-o", desks.sent / "point"))
    one = Witness(time=NOW)
    data = (desks.sent / "point").read_bytes()
    text = data.split(b"\n\n")[1] + b"\n"
    (desks.sent / "back").write_bytes(data + one.cosign(text))
    refused(desks.lead("cosign", "add", desks.sent / "back"), 2, f"not known: {one.name}", "--cosigner VKEY")
    bootstrap.trust_store().add_cosigner(TrustedCosigner("W1", one.key))
    ok(desks.lead("cosign", "add", desks.sent / "back"))
