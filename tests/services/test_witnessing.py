"""Asking a witness over HTTP, on a real one that follows the specification, and on servers that do not."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from custody.domain.events import Cosigned
from custody.errors import CustodyError, RemoteError, RuleError, UsageError, VerificationError
from custody.formats.checkpointfile import CheckpointFile
from custody.formats.cosignature import CosignerKey
from custody.formats.note import format_note
from custody.formats.witness import AddCheckpoint, format_request
from custody.ports import WebAnswer, WebRequest
from custody.services.anchoring import checkpoints
from custody.services.anchoring.witnessing import witness
from custody.services.recording import Recorder
from tests.builders import NOW
from tests.oracles import merkle as oracle
from tests.servers.plainweb import PlainWeb
from tests.servers.witness import Answer, Witness, consistent, serving
from tests.services.test_cosigning import copy, file_of, from_ready, grow, size, two_versions

TIME = int(NOW.timestamp()) - 60


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Witness, str]]:
    one = Witness(time=TIME)
    with serving(one) as url:
        yield one, url


@pytest.fixture
def server(served: tuple[Witness, str], recorder: Recorder) -> Witness:
    """The witness, which knows the recorder's ledger and has seen nothing yet."""
    one, _ = served
    one.logs, one.seen, one.canned, one.requests = {}, {}, [], []
    one.logs[recorder.ledger.verifier.name] = recorder.ledger.verifier.public
    return one


@pytest.fixture
def recorder(ready: Path, tmp_path: Path) -> Recorder:
    return from_ready(ready, tmp_path)


@pytest.fixture
def ask(served: tuple[Witness, str], server: Witness) -> Callable[[Recorder], object]:
    """Ask the witness to cosign."""
    return lambda one: witness(one, PlainWeb(), served[1], server.key)


Ask = Callable[[Recorder], object]


def recorded(recorder: Recorder) -> list[Cosigned]:
    return list(checkpoints.cosigned(recorder.files, recorder.ledger.id))


def olds(server: Witness) -> list[bytes]:
    """The first lines of the requests."""
    return [request.partition(b"\n")[0] for request in server.requests]


def test_the_first_checkpoint_is_cosigned_and_recorded(recorder: Recorder, server: Witness, ask: Ask) -> None:
    ask(recorder)
    (body,) = recorded(recorder)
    assert (body.size, body.cosigner_key, body.time, olds(server)) == (4, server.key, TIME, [b"old 0"])


def test_the_next_goes_on_from_what_is_recorded_in_one_request(recorder: Recorder, server: Witness, ask: Ask) -> None:
    ask(recorder)
    ask(grow(recorder, 6))
    assert ([body.size for body in recorded(recorder)], olds(server)) == ([4, 11], [b"old 0", b"old 4"])


def test_a_witness_that_saw_more_than_is_recorded_is_asked_once_more(
    recorder: Recorder, server: Witness, ask: Ask, tmp_path: Path
) -> None:
    """Its answer was lost on the way, as when the connection breaks."""
    point = file_of(grow(recorder, 1)).unverified_checkpoint
    server.seen[point.origin] = (point.size, point.root)
    ask(grow(recorder, 2))
    assert ([body.size for body in recorded(recorder)], olds(server)) == ([7], [b"old 0", b"old 5"])


def test_a_witness_that_saw_this_very_checkpoint_cosigns_it_again(
    recorder: Recorder, server: Witness, ask: Ask
) -> None:
    point = file_of(recorder).unverified_checkpoint
    server.seen[point.origin] = (point.size, point.root)
    ask(recorder)
    assert olds(server) == [b"old 0", b"old 4"]


def test_a_witness_that_lost_its_memory_is_asked_from_the_start(recorder: Recorder, server: Witness, ask: Ask) -> None:
    ask(recorder)
    server.seen = {}
    ask(recorder)
    assert olds(server) == [b"old 0", b"old 4", b"old 0"]


def test_lines_by_other_keys_are_passed_over(recorder: Recorder, server: Witness, ask: Ask) -> None:
    text = file_of(recorder).note.unverified_text.encode()
    other = Witness("witness.example/w2")
    server.canned = [(200, "text/plain", other.cosign(text) + server.cosign(text))]
    ask(recorder)
    assert [body.cosigner_key for body in recorded(recorder)] == [server.key]


def test_the_address_may_end_with_a_slash(recorder: Recorder, server: Witness, served: tuple[Witness, str]) -> None:
    witness(recorder, PlainWeb(), f"{served[1]}/", server.key)
    assert len(recorded(recorder)) == 1


# --- what is found by a witness -----------------------------------------------------------------------------------


def test_an_old_copy_is_found(recorder: Recorder, ask: Ask, tmp_path: Path) -> None:
    old = copy(recorder, tmp_path / "copy")
    ask(grow(recorder, 1))
    with pytest.raises(VerificationError, match="saw 5 records of this ledger, and this copy has only 4"):
        ask(old)
    assert size(old) == 4


def test_another_version_is_found(recorder: Recorder, ask: Ask, tmp_path: Path) -> None:
    one, other = two_versions(recorder, tmp_path / "copy")
    ask(one)
    with pytest.raises(VerificationError, match="saw 5 other records than the first 5 here: TWO VERSIONS"):
        ask(grow(other, 2))
    assert recorded(other) == []


def test_another_version_of_the_same_size_is_found(recorder: Recorder, ask: Ask, tmp_path: Path) -> None:
    one, other = two_versions(recorder, tmp_path / "copy")
    ask(one)
    with pytest.raises(VerificationError, match="saw 5 other records than these: TWO VERSIONS"):
        ask(other)
    assert recorded(other) == []


# --- refusals and servers that are none -----------------------------------------------------------------------------


def test_a_witness_that_does_not_know_the_ledger_says_so(recorder: Recorder, server: Witness, ask: Ask) -> None:
    server.logs = {}
    with pytest.raises(RemoteError, match="does not know this ledger"):
        ask(recorder)


def test_a_witness_that_knows_another_key_says_so(recorder: Recorder, server: Witness, ask: Ask) -> None:
    server.logs[recorder.ledger.verifier.name] = server.key.public
    with pytest.raises(RemoteError, match="under another key"):
        ask(recorder)


Canned = Callable[[Witness, bytes], list[Answer]]
CANNED: dict[str, tuple[Canned, type[CustodyError], str]] = {
    "a log-in page": (lambda *_: [(200, "text/html", b"<html>")], RemoteError, "is no cosignature"),
    "nothing": (lambda *_: [(200, "text/plain", b"")], RemoteError, "is no cosignature"),
    "an error": (lambda *_: [(503, "text/html", b"busy")], RemoteError, r"in trouble \(HTTP 503\)"),
    "more than is read": (
        lambda one, text: [(200, "text/plain", one.cosign(text) * 2000)],
        RemoteError,
        "is no cosignature",
    ),
    "another witness": (
        lambda one, text: [(200, "text/plain", Witness("w2.example").cosign(text))],
        RemoteError,
        "did not cosign with the key that it is known by",
    ),
    "another text": (
        lambda one, text: [(200, "text/plain", one.cosign(text.replace(b"\n4\n", b"\n5\n")))],
        RemoteError,
        "answered wrongly: the cosignature is not one of this checkpoint",
    ),
    "time 0": (
        lambda one, text: [(200, "text/plain", one.cosign(text, 0))],
        RemoteError,
        "answered wrongly: the cosignature does not say when",
    ),
    "a time to come": (
        lambda one, text: [(200, "text/plain", one.cosign(text, TIME + 10_000))],
        RemoteError,
        "answered wrongly: the cosignature says that it is of a moment still to come",
    ),
    "the size it was given": (
        lambda *_: [(409, "text/x.tlog.size", b"0\n")],
        RemoteError,
        "asks for a proof from 0 records, and was given it",
    ),
    "one size after the other": (
        lambda *_: [(409, "text/x.tlog.size", b"2\n"), (409, "text/x.tlog.size", b"3\n")],
        RemoteError,
        "one size after the other",
    ),
    "no size": (lambda *_: [(409, "text/x.tlog.size", b"many\n")], RemoteError, "does not say which"),
    "422 to the first": (lambda *_: [(422, "text/plain", b"")], RemoteError, "refuses the first checkpoint"),
}


@pytest.mark.parametrize(("canned", "kind", "words"), CANNED.values(), ids=CANNED)
def test_a_wrong_answer_is_refused_and_nothing_is_recorded(
    recorder: Recorder, server: Witness, ask: Ask, canned: Canned, kind: type[CustodyError], words: str
) -> None:
    server.canned = canned(server, file_of(recorder).note.unverified_text.encode())
    with pytest.raises(kind, match=words) as caught:
        ask(recorder)
    assert (bool(caught.value.hint), size(recorder)) == (True, 4)


def test_a_server_that_is_not_there_is_named(recorder: Recorder, server: Witness) -> None:
    with pytest.raises(RemoteError, match=r"http://127\.0\.0\.1:9/add-checkpoint does not answer"):
        witness(recorder, PlainWeb(), "http://127.0.0.1:9", server.key)


@pytest.mark.parametrize("url", ["", "witness.example", "ftp://witness.example", "file:///etc/passwd"])
def test_what_is_no_address_is_refused(recorder: Recorder, server: Witness, url: str) -> None:
    with pytest.raises(UsageError, match="no address of a witness"):
        witness(recorder, PlainWeb(), url, server.key)


def test_a_member_is_no_witness(recorder: Recorder, server: Witness, served: tuple[Witness, str]) -> None:
    member = CosignerKey(server.name, recorder.signer.public.cosignature_key)
    text = file_of(recorder).note.unverified_text.encode()
    message = b"cosignature/v1\ntime %d\n%b" % (TIME, text)
    blob = member.key_id + TIME.to_bytes(8, "big") + recorder.signer.sign_cosignature(message)
    server.canned = [(200, "text/plain", f"— {server.name} {base64.b64encode(blob).decode()}\n".encode())]
    with pytest.raises(RuleError, match="does not count as outside"):
        witness(recorder, PlainWeb(), served[1], member)


# --- the witness of these tests -----------------------------------------------------------------------------------


def _post(served: tuple[Witness, str], body: bytes) -> WebAnswer:
    (answer,) = PlainWeb().ask([WebRequest(f"{served[1]}/add-checkpoint", 1000, body, "text/plain")])
    assert isinstance(answer, WebAnswer)
    return answer


def _request(file: CheckpointFile, old: int) -> bytes:
    return format_request(AddCheckpoint(old, file.proof_from(old) or (), file.note))


def test_the_witness_answers_as_the_specification_says(
    recorder: Recorder, server: Witness, served: tuple[Witness, str]
) -> None:
    file = file_of(grow(recorder, 3), [2, 4])
    origin = file.unverified_checkpoint.origin
    note = format_note(file.note)
    assert _post(served, b"old 8\n\n" + note).status == 400
    assert _post(served, b"old 00\n\n" + note).status == 400
    assert _post(served, b"old 0\n" + note).status == 400
    answer = _post(served, _request(file, 2))
    assert (answer.status, answer.content_type, answer.body) == (409, "text/x.tlog.size", b"0\n")
    assert _post(served, _request(file, 0)).status == 200
    assert _post(served, _request(file, 7)).status == 200
    server.seen[origin] = (4, bytes(32))
    assert _post(served, _request(file, 4)).status == 422
    server.seen[origin] = (7, bytes(32))
    assert _post(served, _request(file, 7)).status == 409
    assert server.seen[origin] == (7, bytes(32))


def test_the_witness_knows_every_proof_of_small_trees_and_no_other() -> None:
    entries = [bytes([number]) for number in range(17)]
    for new in range(2, 18):
        for old in range(1, new):
            roots = (oracle.tree_hash(entries[:old]), oracle.tree_hash(entries[:new]))
            proof = oracle.consistency(old, entries[:new])
            assert consistent(old, new, roots[0], proof) == roots
            assert consistent(old, new, roots[0], [*proof, bytes(32)]) != roots
            assert consistent(old, new, roots[0], proof[1:]) != roots
