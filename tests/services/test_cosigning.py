"""Cosigning: one key vouches for one history of a ledger, and only what outsiders vouched for is recorded."""

import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from custody import bootstrap
from custody.adapters.casefolder import read_case
from custody.adapters.database.cosigned import SqliteCosignedHeads
from custody.domain.events import Cosigned
from custody.errors import (
    CustodyError,
    FormatError,
    RuleError,
    SignatureMismatch,
    StorageError,
    UsageError,
    VerificationError,
)
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.checkpointfile import (
    CheckpointFile,
    EarlierSize,
    format_checkpoint_file,
    parse_checkpoint_file,
)
from custody.formats.cosignature import (
    MAX_TIME,
    Cosignature,
    CosignerKey,
    cosigned_message,
    format_line,
    own_cosigner,
    parse_line,
    verify_cosignature,
)
from custody.formats.note import MAX_SIGNATURES, NoteSignature, VerifierKey, format_vkey, sign_note
from custody.ports import CosignedHead, Signer
from custody.services.anchoring import adding, checkpoints, cosigning
from custody.services.recording import Draft, Recorder
from tests.builders import ANA, NOW, KeptSigner, attempted, examine, findings, new_case

WANDA = KeptSigner("Wanda", "Wanda", "Elsewhere")
WANDA_KEY = own_cosigner(WANDA.public.cosignature_key)
LATER = NOW + timedelta(hours=1)


@dataclass
class Clock:
    """A clock that stands still (ports.Clock)."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


class Desk:
    """A cosigner's computer: their key, their memory, their clock."""

    def __init__(self, folder: Path, signer: KeptSigner = WANDA) -> None:
        self.heads = SqliteCosignedHeads(folder / "cosigned.db")
        self.signer = signer
        self.clock = Clock()

    def cosign(self, file: CheckpointFile) -> CheckpointFile:
        """Cosign what travelled here as bytes; what goes back travels too."""
        sent = parse_checkpoint_file(format_checkpoint_file(file))
        own = {self.signer.public.checkpoint_key}
        done = cosigning.cosign(sent, self.heads, self.clock, self.signer, own)
        return parse_checkpoint_file(format_checkpoint_file(done))


@pytest.fixture
def recorder(ready: Path, tmp_path: Path) -> Recorder:
    return from_ready(ready, tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


def from_ready(ready: Path, folder: Path) -> Recorder:
    """A copy of everything, which costs no syncing."""
    for name in ("case", "home"):
        shutil.copytree(ready / name, folder / name)
    world = replace(bootstrap.world(folder / "home"), clock=Clock())
    return Recorder(bootstrap.case_files(read_case(folder / "case")), world, ANA)


def grow(recorder: Recorder, count: int, name: str = "not-allowed") -> Recorder:
    recorder.append([Draft(attempted(outcome=name))] * count)
    return recorder


def copy(recorder: Recorder, folder: Path) -> Recorder:
    """The case as it stands, copied to another computer, on which nothing else is remembered."""
    shutil.copytree(recorder.files.folder, folder)
    world = replace(bootstrap.world(folder.with_name(f"{folder.name} home")), clock=Clock())
    return Recorder(bootstrap.case_files(read_case(folder)), world, ANA)


def two_versions(recorder: Recorder, folder: Path) -> tuple[Recorder, Recorder]:
    """The case and its copy, each with another record more."""
    other = copy(recorder, folder)
    return grow(recorder, 1), grow(other, 1, "not-found")


def file_of(recorder: Recorder, since: Iterable[int] = ()) -> CheckpointFile:
    return checkpoints.make_file(recorder, since)


def size(recorder: Recorder) -> int:
    with recorder.files.ledgers.reading() as reader:
        return reader.size(recorder.ledger.id)


def line(
    recorder: Recorder,
    signer: Signer = WANDA,
    time: int = int(NOW.timestamp()),
    key: CosignerKey | None = None,
    of: Checkpoint | None = None,
) -> NoteSignature:
    """A cosignature of the recorder's present checkpoint, made without asking whether it may be."""
    point = of or file_of(recorder).unverified_checkpoint
    signature = signer.sign_cosignature(cosigned_message(format_checkpoint(point), time))
    return format_line(key or own_cosigner(signer.public.cosignature_key), Cosignature(time, signature))


def with_lines(file: CheckpointFile, lines: Sequence[NoteSignature]) -> CheckpointFile:
    return replace(file, note=replace(file.note, signatures=(*file.note.signatures, *lines)))


# --- the file -----------------------------------------------------------------------------------------------------


def test_the_first_file_has_the_key_and_no_proof(recorder: Recorder) -> None:
    file = file_of(recorder)
    assert (file.key, file.earlier) == (recorder.ledger.verifier, ())


def test_the_file_tells_origin_size_root_and_keys_alone(recorder: Recorder) -> None:
    data = format_checkpoint_file(file_of(recorder)).decode()
    header, note = data.split("\n\n", 1)
    assert len(header.splitlines()) == 2
    assert [note.splitlines()[place] for place in (0, 1)] == [f"custody/{recorder.ledger.id}", "4"]
    assert len(note.splitlines()) == 5


def test_the_file_has_a_proof_from_each_size_that_was_cosigned(recorder: Recorder, desk: Desk) -> None:
    for _ in range(2):
        adding.add(recorder, desk.cosign(file_of(recorder)))
    assert [one.old for one in file_of(recorder).earlier] == [4, 5]


def test_the_file_has_proofs_from_the_newest_of_many_sizes(
    recorder: Recorder, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MAX_EARLIER", 2)
    for _ in range(3):
        adding.add(recorder, desk.cosign(file_of(recorder)))
    assert [one.old for one in file_of(recorder, [1]).earlier] == [1, 5, 6]


def test_the_present_size_needs_no_proof(recorder: Recorder) -> None:
    assert file_of(recorder, [4, 2]).earlier == (EarlierSize(2, file_of(recorder, [2]).earlier[0].proof),)


@pytest.mark.parametrize("since", [[0], [-1], [5], [2**63]])
def test_nothing_is_shown_since_a_size_that_never_was(recorder: Recorder, since: list[int]) -> None:
    with pytest.raises(UsageError, match="this ledger has 4 records, so there is nothing to show since"):
        file_of(recorder, since)


def test_no_file_is_for_everybody(recorder: Recorder) -> None:
    with pytest.raises(UsageError, match="more than 32"):
        file_of(recorder, range(1, 34))


# --- the cosigner -------------------------------------------------------------------------------------------------


def test_a_ledger_that_is_seen_first_is_cosigned(recorder: Recorder, desk: Desk) -> None:
    cosigned = desk.cosign(file_of(recorder))
    added = cosigned.note.signatures[-1]
    assert (added.name, added.key_id, parse_line(added).time) == (
        WANDA_KEY.name,
        WANDA_KEY.key_id,
        int(NOW.timestamp()),
    )
    verify_cosignature(WANDA_KEY, cosigned.note.unverified_text, parse_line(added))


def test_nothing_else_of_the_file_changes(recorder: Recorder, desk: Desk) -> None:
    file = file_of(recorder, [2])
    cosigned = desk.cosign(file)
    assert replace(cosigned, note=file.note) == file
    assert cosigned.note.signatures[:-1] == file.note.signatures


def test_what_was_cosigned_is_remembered(recorder: Recorder, desk: Desk) -> None:
    file = file_of(recorder)
    desk.cosign(file)
    point = file.unverified_checkpoint
    vkey = format_vkey(recorder.ledger.verifier)
    expected = CosignedHead(WANDA_KEY.name, point.origin, point.size, point.root, vkey, int(NOW.timestamp()))
    assert desk.heads.of(point.origin) == (expected,)


def test_a_ledger_that_continues_is_cosigned_again(recorder: Recorder, desk: Desk) -> None:
    adding.add(recorder, desk.cosign(file_of(recorder)))
    desk.cosign(file_of(grow(recorder, 5)))
    assert desk.heads.of(recorder.ledger.verifier.name)[0].size == size(recorder)


def test_the_same_state_is_cosigned_again_at_a_later_time(recorder: Recorder, desk: Desk) -> None:
    desk.cosign(file_of(recorder))
    desk.clock.moment = LATER
    assert parse_line(desk.cosign(file_of(recorder)).note.signatures[-1]).time == int(LATER.timestamp())


def test_without_a_proof_from_what_was_cosigned_it_is_refused_and_the_file_to_ask_for_is_named(
    recorder: Recorder, desk: Desk
) -> None:
    desk.cosign(file_of(recorder))
    with pytest.raises(UsageError, match="its 6 records begin with the 4 that you cosigned") as caught:
        desk.cosign(file_of(grow(recorder, 2)))
    assert caught.value.hint.endswith("custody checkpoint -o FILE --since 4")


def test_the_file_that_was_asked_for_is_cosigned(recorder: Recorder, desk: Desk) -> None:
    desk.cosign(file_of(recorder))
    assert len(desk.cosign(file_of(grow(recorder, 2), [4])).note.signatures) == 2


def _rolled_back(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    old = copy(recorder, folder)
    desk.cosign(file_of(grow(recorder, 1)))
    return file_of(old)


def _forked(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    one, other = two_versions(recorder, folder)
    desk.cosign(file_of(one))
    return file_of(other)


def _forked_and_grown(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    one, other = two_versions(recorder, folder)
    desk.cosign(file_of(one))
    return file_of(grow(other, 3), [5])


def _damaged_proof(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    desk.cosign(file_of(recorder))
    file = file_of(grow(recorder, 3), [4])
    return replace(file, earlier=(EarlierSize(4, (bytes(32),) * len(file.earlier[0].proof)),))


def _long_proof(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    desk.cosign(file_of(recorder))
    return replace(file_of(grow(recorder, 3)), earlier=(EarlierSize(4, (bytes(32),) * 64),))


def _substituted(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    """The same origin and more records, signed by a key that somebody else has."""
    desk.cosign(file_of(recorder))
    mallory = KeptSigner("Mallory")
    key = VerifierKey(recorder.ledger.verifier.name, mallory.public.checkpoint_key)
    text = format_checkpoint(replace(file_of(recorder).unverified_checkpoint, size=9, root=bytes(32)))
    return CheckpointFile(sign_note(text, [(key, mallory.sign_checkpoint)]), key)


def _of_another_key(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    key = VerifierKey(recorder.ledger.verifier.name, KeptSigner("Mallory").public.checkpoint_key)
    return replace(file_of(recorder), key=key)


def _another_text(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    file = file_of(recorder)
    text = format_checkpoint(replace(file.unverified_checkpoint, size=9))
    return replace(file, note=replace(file.note, unverified_text=text))


def _bare(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    return CheckpointFile(file_of(recorder).note)


def _full(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    file = file_of(recorder)
    return with_lines(file, [NoteSignature("a/b", bytes(4), bytes(72))] * (MAX_SIGNATURES - 1))


def _empty(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    key = recorder.ledger.verifier
    note = sign_note(format_checkpoint(Checkpoint(key.name, 0, bytes(32))), [(key, ANA.sign_checkpoint)])
    return CheckpointFile(note, key)


def _endless(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    key = recorder.ledger.verifier
    note = sign_note(format_checkpoint(Checkpoint(key.name, 2**63, bytes(32))), [(key, ANA.sign_checkpoint)])
    return CheckpointFile(note, key)


def _clock_set_back(recorder: Recorder, desk: Desk, folder: Path) -> CheckpointFile:
    desk.clock.moment = LATER
    desk.cosign(file_of(recorder))
    desk.clock.moment = NOW
    return file_of(recorder)


Make = Callable[[Recorder, Desk, Path], CheckpointFile]
REFUSED: list[tuple[Make, type[CustodyError], str]] = [
    (_rolled_back, VerificationError, r"you cosigned 5 records of this ledger .*, and this checkpoint has only 4"),
    (_forked, VerificationError, "TWO VERSIONS OF ONE LEDGER: the 5 records of this checkpoint are not the 5"),
    (
        _forked_and_grown,
        VerificationError,
        "TWO VERSIONS .* or a file that was changed .* the 8 records .* do not begin with the 5",
    ),
    (_damaged_proof, VerificationError, "TWO VERSIONS .* or a file that was changed .* do not begin with the 4"),
    (_long_proof, VerificationError, "TWO VERSIONS .* or a file that was changed .* do not begin with the 4"),
    (_substituted, VerificationError, "ANOTHER KEY than when you cosigned it on 2026-11-24 03:02:01 UTC"),
    (_of_another_key, SignatureMismatch, "not signed by the key of its ledger"),
    (_another_text, SignatureMismatch, "not signed by the key of its ledger"),
    (_bare, UsageError, "does not tell the key of its ledger"),
    (_full, FormatError, "has 100 signatures already"),
    (_empty, FormatError, "has no records yet"),
    (_endless, FormatError, "more records than any ledger can have"),
    (_clock_set_back, UsageError, "by this computer's clock it is 2026-11-24 03:02:01 UTC, but you cosigned"),
]


@pytest.mark.parametrize(("make", "kind", "words"), REFUSED, ids=[make.__name__[1:] for make, *_ in REFUSED])
def test_it_is_refused_in_words_of_its_own_and_nothing_is_signed_or_remembered(
    recorder: Recorder, desk: Desk, tmp_path: Path, make: Make, kind: type[CustodyError], words: str
) -> None:
    file = make(recorder, desk, tmp_path / "copy")
    before = desk.heads.of(recorder.ledger.verifier.name)
    desk.signer = Silent("Wanda", "Wanda", "Elsewhere")
    with pytest.raises(kind, match=words) as caught:
        desk.cosign(file)
    assert type(caught.value) is kind
    assert caught.value.hint
    assert desk.heads.of(recorder.ledger.verifier.name) == before


class Silent(KeptSigner):
    """A signer who must not be asked."""

    def sign_cosignature(self, message: bytes) -> bytes:
        raise AssertionError("a signature was made")


def test_nobody_vouches_for_their_own_ledger(recorder: Recorder, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="nobody vouches for themselves"):
        Desk(tmp_path / "desk", ANA).cosign(file_of(recorder))


def test_another_key_of_the_ledger_is_refused_to_each_key_of_a_person(recorder: Recorder, desk: Desk) -> None:
    file = _substituted(recorder, desk, Path())
    desk.signer = KeptSigner("Wanda's other key")
    with pytest.raises(VerificationError, match="ANOTHER KEY"):
        desk.cosign(file)


def test_each_key_of_a_person_has_a_memory_of_its_own(recorder: Recorder, desk: Desk) -> None:
    desk.cosign(file_of(recorder))
    desk.signer = KeptSigner("Wanda's other key")
    assert len(desk.cosign(file_of(grow(recorder, 1))).note.signatures) == 2


def test_a_bare_checkpoint_of_a_known_ledger_is_cosigned(recorder: Recorder, desk: Desk) -> None:
    desk.cosign(file_of(recorder))
    assert len(desk.cosign(CheckpointFile(file_of(recorder).note)).note.signatures) == 2


def test_nothing_is_signed_that_cannot_be_remembered(recorder: Recorder, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", Silent("Wanda"))
    (tmp_path / "desk").write_bytes(b"a file where the folder should be")
    with pytest.raises((StorageError, OSError)):
        desk.cosign(file_of(recorder))


def test_of_two_versions_at_once_one_is_cosigned(recorder: Recorder, desk: Desk, tmp_path: Path) -> None:
    """Both pass the first look, before either is remembered; what is looked at again under the lock decides."""
    files = [file_of(one) for one in two_versions(recorder, tmp_path / "copy")]
    both_looked = threading.Barrier(2)
    ends: list[str] = []

    class Slow(SqliteCosignedHeads):
        def advance(self, head: CosignedHead, check: Callable[[Sequence[CosignedHead]], None]) -> None:
            both_looked.wait(10)
            super().advance(head, check)

    def run(file: CheckpointFile) -> None:
        try:
            cosigning.cosign(file, Slow(tmp_path / "desk" / "cosigned.db"), desk.clock, WANDA, ())
            ends.append("cosigned")
        except VerificationError as error:
            ends.append(error.message[:12])

    threads = [threading.Thread(target=run, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["TWO VERSIONS", "cosigned"]


# --- the ledger ---------------------------------------------------------------------------------------------------


def test_what_an_outsider_cosigned_is_recorded(recorder: Recorder, desk: Desk) -> None:
    cosigned = desk.cosign(file_of(recorder))
    outcome = adding.add(recorder, cosigned)
    point = cosigned.unverified_checkpoint
    assert outcome.added == (adding.Added(WANDA_KEY, 4, int(NOW.timestamp()), 4),)
    (body,) = checkpoints.cosigned(recorder.files, recorder.ledger.id)
    assert (body.size, body.root, body.cosigner_key) == (4, point.root.hex(), WANDA_KEY)
    verify_cosignature(WANDA_KEY, cosigned.note.unverified_text, body.cosignature)


def test_the_record_verifies_afterwards(recorder: Recorder, desk: Desk) -> None:
    adding.add(recorder, desk.cosign(file_of(recorder)))
    judged = examine(recorder.files, recorder.world).judgement
    assert [one for one in findings(judged) if one.verdict.word == "NO"] == []


def test_it_is_recorded_once(recorder: Recorder, desk: Desk) -> None:
    cosigned = desk.cosign(file_of(recorder))
    twice = with_lines(cosigned, cosigned.note.signatures[-1:])
    for file in (twice, cosigned):
        adding.add(recorder, file)
    assert adding.add(recorder, cosigned).added == (adding.Added(WANDA_KEY, 4, int(NOW.timestamp()), None),)
    assert size(recorder) == 5


def test_a_cosignature_of_an_earlier_state_is_recorded(recorder: Recorder, desk: Desk) -> None:
    cosigned = desk.cosign(file_of(recorder))
    assert [one.position for one in adding.add(grow(recorder, 7), cosigned).added] == [11]


def test_a_bare_note_with_a_cosignature_is_recorded(recorder: Recorder) -> None:
    file = with_lines(CheckpointFile(file_of(recorder).note), [line(recorder)])
    assert len(adding.add(recorder, file).added) == 1


def test_a_key_that_no_name_tells_is_passed_over_and_named(recorder: Recorder) -> None:
    key = CosignerKey("witness.example/w1", WANDA.public.cosignature_key)
    outcome = adding.add(recorder, with_lines(file_of(recorder), [line(recorder, key=key)] * 2))
    assert (outcome.added, outcome.refused, outcome.unknown) == ((), (), ("witness.example/w1",))
    assert size(recorder) == 4


def test_a_key_that_is_given_is_believed_under_its_name(recorder: Recorder) -> None:
    key = CosignerKey("witness.example/w1", WANDA.public.cosignature_key)
    outcome = adding.add(recorder, with_lines(file_of(recorder), [line(recorder, key=key)]), [key])
    assert [one.key for one in outcome.added] == [key]


def test_what_is_refused_stops_no_other(recorder: Recorder) -> None:
    outcome = adding.add(recorder, with_lines(file_of(recorder), [line(recorder, ANA), line(recorder)]))
    assert [one.key for one in outcome.added] == [WANDA_KEY]
    assert [(name, type(error)) for name, error in outcome.refused] == [
        (own_cosigner(ANA.public.cosignature_key).name, RuleError)
    ]


def _checkpoint_key(recorder: Recorder) -> NoteSignature:
    """The ledger's own checkpoint key, used as if it were a cosigner's."""

    class Same(KeptSigner):
        def sign_cosignature(self, message: bytes) -> bytes:
            return self.sign_checkpoint(message)

    return line(recorder, Same("Ana"), key=own_cosigner(ANA.public.checkpoint_key))


LINES: list[tuple[str, Callable[[Recorder], NoteSignature], type[CustodyError], str]] = [
    ("member", lambda one: line(one, ANA), RuleError, "a member of the case, who does not count as outside"),
    ("ledger", _checkpoint_key, RuleError, "a member of the case, who does not count as outside"),
    ("time 0", lambda one: line(one, time=0), VerificationError, "does not say when"),
    (
        "future",
        lambda one: line(one, time=int(LATER.timestamp())),
        VerificationError,
        r"still to come \(2026-11-24 04:02:01 UTC\)",
    ),
    ("far future", lambda one: line(one, time=MAX_TIME), VerificationError, "still to come .* seconds after 1970"),
    (
        "other root",
        lambda one: line(one, of=Checkpoint(one.ledger.verifier.name, 4, bytes(32))),
        SignatureMismatch,
        "not one of this checkpoint by that key",
    ),
    (
        "other key",
        lambda one: replace(line(one, ANA), name=WANDA_KEY.name, key_id=WANDA_KEY.key_id),
        SignatureMismatch,
        "not one of this checkpoint by that key",
    ),
    ("other id", lambda one: replace(line(one), key_id=bytes(4)), FormatError, "names a key, and is not by it"),
    ("no key", lambda one: replace(line(one), name="custody-cosigner/xyz"), FormatError, "32 bytes of lower-case"),
    ("short", lambda one: replace(line(one), signature=bytes(64)), FormatError, "not a cosignature/v1 line"),
    (
        "weak key",
        lambda one: replace(line(one), name=f"custody-cosigner/{'00' * 32}"),
        FormatError,
        "under which anything passes",
    ),
]


@pytest.mark.parametrize(("make", "kind", "words"), [one[1:] for one in LINES], ids=[one[0] for one in LINES])
def test_such_a_cosignature_is_not_recorded(
    recorder: Recorder, make: Callable[[Recorder], NoteSignature], kind: type[CustodyError], words: str
) -> None:
    outcome = adding.add(recorder, with_lines(file_of(recorder), [make(recorder)]))
    ((_, error),) = outcome.refused
    with pytest.raises(kind, match=words):
        raise error
    assert (outcome.added, size(recorder)) == ((), 4)


def test_a_name_that_cannot_be_seen_is_not_recorded(recorder: Recorder) -> None:
    key = CosignerKey("a/\u202eb", WANDA.public.cosignature_key)
    ((_, error),) = adding.add(recorder, with_lines(file_of(recorder), [line(recorder, key=key)]), [key]).refused
    assert "cannot be seen" in error.message


def test_own_keys_do_not_count(recorder: Recorder) -> None:
    file = with_lines(file_of(recorder), [line(recorder)])
    ((_, error),) = adding.add(recorder, file, own={WANDA.public.cosignature_key}).refused
    assert (type(error), "nobody vouches for themselves" in error.message) == (RuleError, True)


def test_a_clock_that_is_minutes_ahead_is_believed(recorder: Recorder) -> None:
    file = with_lines(file_of(recorder), [line(recorder, time=int(NOW.timestamp()) + adding.AHEAD_S)])
    assert len(adding.add(recorder, file).added) == 1


def test_a_hundred_lines_are_recorded_in_one_batch(recorder: Recorder) -> None:
    lines = [line(recorder, time=int(NOW.timestamp()) - number) for number in range(MAX_SIGNATURES - 1)]
    assert len(adding.add(recorder, with_lines(file_of(recorder), lines)).added) == MAX_SIGNATURES - 1


def test_an_old_copy_of_the_case_is_found_by_what_was_cosigned(recorder: Recorder, desk: Desk, tmp_path: Path) -> None:
    old = copy(recorder, tmp_path / "copy")
    cosigned = desk.cosign(file_of(grow(recorder, 1)))
    with pytest.raises(VerificationError, match="has 5 records, and this copy of the ledger only 4"):
        adding.add(old, cosigned)


@pytest.mark.parametrize("more", [0, 3])
def test_another_version_of_the_ledger_is_found_by_what_was_cosigned(
    recorder: Recorder, desk: Desk, tmp_path: Path, more: int
) -> None:
    one, other = two_versions(recorder, tmp_path / "copy")
    cosigned = desk.cosign(file_of(one))
    if more:
        grow(other, more)
    with pytest.raises(VerificationError, match=r"the first 5 records here are not the ones .* TWO VERSIONS"):
        adding.add(other, cosigned)


def test_a_checkpoint_of_another_ledger_is_refused(recorder: Recorder, desk: Desk, tmp_path: Path) -> None:
    other = new_case(tmp_path / "other", bootstrap.world(tmp_path / "other home"))
    with pytest.raises(VerificationError, match="checkpoint of another ledger"):
        adding.add(other, desk.cosign(file_of(recorder)))


def test_the_time_that_is_recorded_is_the_cosigners(recorder: Recorder) -> None:
    moment = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
    adding.add(recorder, with_lines(file_of(recorder), [line(recorder, time=moment)]))
    assert [body.time for body in checkpoints.cosigned(recorder.files, recorder.ledger.id)] == [moment]


def test_the_kind_is_the_one_of_the_format(recorder: Recorder) -> None:
    assert Cosigned.type_name() == "cosigned/v1"
