"""Having the record stamped by real authorities over HTTP: what is recorded, what is not, and what is owed then."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from custody.adapters.web import HttpWeb
from custody.errors import CustodyError, RemoteError, StorageError
from custody.formats.timestamp import parse_reply
from custody.ports import CaseFiles, LedgerReader, LedgerStore, WebAnswer, WebRequest
from custody.services.recording import Recorder
from tests.builders import ANA, examine, verdicts
from tests.servers.authority import Authority
from tests.servers.web import Fault, Reply, Seen
from tests.services.stamped import Desk, by_name, desk_of, grow, make_ready, stamped_digest


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_ready(tmp_path_factory.mktemp("ready"))


@pytest.fixture
def desk(ready: Path, tmp_path: Path) -> Desk:
    return desk_of(ready, tmp_path)


@pytest.fixture
def serve() -> Iterator[Callable[..., Authority]]:
    """Starts authorities, which end with the test."""
    long = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1000)
    lasting = {"end": long, "between_end": long, "root_end": long}
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(Authority(**{**lasting, **how}))


Serve = Callable[..., Authority]


# --- what is recorded -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("algorithm", "order"), [("p256", "sorted"), ("p256", "unsorted"), ("rsa2048", "sorted"), ("rsa2048", "unsorted")]
)
def test_a_stamp_is_recorded_and_holds(desk: Desk, serve: Serve, algorithm: str, order: str) -> None:
    desk.knows("tsa", serve(algorithm=algorithm, order=order, intermediate=True))
    assert by_name(desk.stamp()) == {"tsa": None}
    assert (desk.codes(), desk.owed) == (set(), ())


def test_the_record_says_who_stamped_how_many_records_under_which_root(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve())
    (outcome,) = desk.stamp()
    (body,) = desk.stamps()
    assert (body.scheme, body.authority, body.size, body.supporting) == ("rfc3161", "tsa", 4, ())
    assert outcome.position == 4


def test_the_whole_reply_is_kept(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve())
    (outcome,) = desk.stamp()
    (body,) = desk.stamps()
    with desk.recorder.files.evidence.open(body.token) as file:
        token = parse_reply(file.read())
    assert (token.imprint, token.time) == (stamped_digest(desk.recorder, body), outcome.time)


def test_the_next_stamp_covers_the_record_of_the_last(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve())
    desk.stamp()
    desk.stamp()
    assert [one.size for one in desk.stamps()] == [4, 5]


def test_all_are_asked_of_one_checkpoint(desk: Desk, serve: Serve) -> None:
    desk.knows("one", serve())
    desk.knows("two", serve(label="Other", algorithm="rsa2048"))
    desk.stamp()
    assert {(body.authority, body.size) for body in desk.stamps()} == {("one", 4), ("two", 4)}
    assert desk.codes() == set()


def test_each_is_asked_once_and_nobody_else(desk: Desk, serve: Serve) -> None:
    one, two = serve(), serve(label="Other")
    desk.knows("one", one)
    desk.knows("two", two)
    desk.stamp()
    assert [[seen.method for seen in server.requests] for server in (one, two)] == [["POST"], ["POST"]]


def test_a_slow_one_keeps_nobody_from_being_asked(desk: Desk, serve: Serve) -> None:
    """Each answers once the other was asked too: one after the other, neither would."""
    both = threading.Barrier(2)
    for name in ("one", "two"):
        authority = serve(label=name)
        usual = authority.answer

        def answer(seen: Seen, usual: Callable[[Seen], Reply] = usual) -> Reply:
            both.wait(4)
            return usual(seen)

        authority.answer = answer
        desk.knows(name, authority)
    assert by_name(desk.stamp()) == {"one": None, "two": None}


def test_no_two_requests_have_one_nonce(desk: Desk, serve: Serve) -> None:
    authority = serve()
    desk.knows("one", authority)
    desk.knows("two", authority)
    desk.stamp()
    assert len({seen.body for seen in authority.requests}) == 2


def test_an_authority_without_a_known_root_is_recorded_and_stays_open(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve(), trusted=False)
    assert by_name(desk.stamp()) == {"tsa": None}
    assert desk.codes() == {"authority-unknown"}


def test_a_verifier_who_has_the_root_believes_it_later(desk: Desk, serve: Serve) -> None:
    authority = serve()
    desk.knows("tsa", authority, trusted=False)
    desk.stamp()
    desk.believes("what I call it", authority.root)
    assert desk.codes() == set()


# --- what is not recorded -------------------------------------------------------------------------------------------

FAULTS = [
    (Fault.SILENT, "remote"),
    (Fault.SLOW, "remote"),
    (Fault.GARBAGE, "format"),
    (Fault.ERROR_PAGE, "remote"),
    (Fault.LOGIN_PAGE, "format"),
    (Fault.ENDLESS, "remote"),
    (Fault.REDIRECT, "remote"),
    (Fault.CUT, "remote"),
    (Fault.REFUSED, "remote"),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS)
def test_of_two_the_good_one_is_recorded_and_the_other_owed(desk: Desk, serve: Serve, fault: Fault, code: str) -> None:
    desk.web = HttpWeb("custody/test", deadline=0.4)
    desk.knows("bad", serve(fault=fault))
    desk.knows("good", serve(label="Good"))
    before = desk.objects()
    assert by_name(desk.stamp()) == {"bad": code, "good": None}
    assert ([one.authority for one in desk.stamps()], desk.size, desk.owed) == (["good"], 5, ("bad",))
    assert desk.objects() - before == {desk.stamps()[0].token}


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"wrong_nonce": True}, "timestamp-nonce"),
        ({"refusing": True}, "timestamp-refused"),
        ({"purposes": (ExtendedKeyUsageOID.CODE_SIGNING,)}, "timestamp-purpose"),
        ({"end": datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)}, "timestamp-chain-expired"),
    ],
)
def test_an_answer_that_does_not_hold_is_not_recorded(desk: Desk, serve: Serve, how: Any, code: str) -> None:
    desk.knows("tsa", serve(**how))
    before = desk.objects()
    assert by_name(desk.stamp()) == {"tsa": code}
    assert (desk.size, desk.owed, desk.objects()) == (4, ("tsa",), before)


def test_an_answer_by_another_root_than_is_trusted_under_that_name_is_not_recorded(desk: Desk, serve: Serve) -> None:
    other = serve(label="Other")
    desk.knows("tsa", serve(), trusted=False)
    desk.believes("tsa", other.root)
    desk.believes("other", serve().root)
    assert by_name(desk.stamp()) == {"tsa": "timestamp-authority-unknown"}
    assert (desk.size, desk.owed) == (4, ("tsa",))


def test_a_stamp_of_an_earlier_checkpoint_played_back_is_not_recorded(desk: Desk, serve: Serve) -> None:
    authority = serve()
    desk.knows("tsa", authority)
    desk.stamp()
    with desk.recorder.files.evidence.open(desk.stamps()[0].token) as file:
        old = file.read()
    authority.answer = lambda seen: Reply(old)
    assert by_name(desk.stamp()) == {"tsa": "timestamp-mismatch"}
    assert desk.size == 5


def test_none_that_answers_leaves_the_record_as_it_was(desk: Desk, serve: Serve) -> None:
    desk.knows("one", serve(fault=Fault.REFUSED))
    desk.knows("two", serve(fault=Fault.REFUSED))
    desk.stamp()
    assert (desk.size, desk.owed) == (4, ("one", "two"))


def test_what_is_owed_is_settled_by_a_later_stamp(desk: Desk, serve: Serve) -> None:
    authority = serve(fault=Fault.GARBAGE)
    desk.knows("tsa", authority)
    desk.stamp()
    authority.fault = None
    grow(desk.recorder)
    desk.stamp(*desk.owed)
    assert ([one.size for one in desk.stamps()], desk.owed) == ([5], ())


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_a_process_that_ends_before_the_answer_leaves_the_stamp_owed(
    desk: Desk, serve: Serve, stop: type[BaseException]
) -> None:
    desk.knows("tsa", serve())

    class Ending:
        def ask(self, requests: Sequence[WebRequest]) -> list[WebAnswer | RemoteError]:
            raise stop

    desk.web = Ending()
    with pytest.raises(stop):
        desk.stamp()
    assert (desk.size, desk.owed) == (4, ("tsa",))


def test_a_process_that_ends_between_answer_and_record_leaves_the_stamp_owed(
    desk: Desk, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.knows("tsa", serve())

    def ending(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Recorder, "append", ending)
    with pytest.raises(KeyboardInterrupt):
        desk.stamp()
    audit = examine(desk.recorder.files, desk.recorder.world, trust=desk.trust)
    assert (desk.size, desk.owed, verdicts(audit.judgement)["integrity"]) == (4, ("tsa",), "YES")


def test_a_store_that_takes_nothing_leaves_nothing_recorded(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve())
    full = replace(desk.recorder.files, evidence=_Full())  # type: ignore[arg-type]
    desk.recorder.files = full
    with pytest.raises(StorageError):
        desk.stamp()
    assert (desk.size, desk.owed) == (4, ("tsa",))


class _Full:
    def add(self, data: bytes) -> str:
        raise StorageError("the disk is full")


def test_a_ledger_that_was_changed_is_not_stamped(desk: Desk, serve: Serve) -> None:
    """The person's own signature would stand for records that are not theirs."""
    authority = serve()
    desk.knows("tsa", authority)
    grow(desk.recorder)
    with closing(sqlite3.connect(desk.recorder.files.folder / "ledger.db")) as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET envelope = cast(replace(envelope, 'a', 'b') AS BLOB) WHERE position = 4")
        connection.commit()
    with pytest.raises(CustodyError):
        desk.stamp()
    assert authority.requests == []


# --- revocation lists -----------------------------------------------------------------------------------------------


def asked_for_lists(authority: Authority) -> int:
    return sum(seen.method == "GET" for seen in authority.requests)


def test_the_revocation_list_is_kept_beside_the_stamp(desk: Desk, serve: Serve) -> None:
    authority = serve(crl=True)
    listed = authority.revoke(None)
    desk.knows("tsa", authority)
    desk.stamp()
    ((name,),) = [one.supporting for one in desk.stamps()]
    with desk.recorder.files.evidence.open(name) as file:
        assert file.read() == listed
    assert (desk.codes(), desk.warned) == (set(), [])


def test_a_list_is_fetched_at_most_once_a_day(desk: Desk, serve: Serve) -> None:
    authority = serve(crl=True)
    authority.revoke(None)
    desk.knows("tsa", authority)
    for _ in range(3):
        desk.stamp()
    assert (asked_for_lists(authority), len({one.supporting for one in desk.stamps()})) == (1, 1)


@pytest.mark.parametrize("ahead", [timedelta(days=1, seconds=5), -timedelta(days=400)])
def test_a_list_of_yesterday_or_of_a_wrong_clock_is_fetched_anew(desk: Desk, serve: Serve, ahead: timedelta) -> None:
    authority = serve(crl=True)
    authority.revoke(None)
    desk.knows("tsa", authority)
    desk.stamp()
    desk.clock.ahead = ahead
    desk.stamp()
    assert asked_for_lists(authority) == 2


def test_a_list_that_is_gone_from_the_store_is_fetched_anew(desk: Desk, serve: Serve) -> None:
    authority = serve(crl=True)
    authority.revoke(None)
    desk.knows("tsa", authority)
    desk.stamp()
    desk.recorder.files.evidence.remove(desk.stamps()[0].supporting[0])
    desk.stamp()
    assert (asked_for_lists(authority), desk.codes()) == (2, set())


@pytest.mark.parametrize("listed", [None, b"no list", b"", bytes(2_000_000)])
def test_a_list_that_cannot_be_had_is_told_and_stops_no_stamp(desk: Desk, serve: Serve, listed: bytes | None) -> None:
    authority = serve(crl=True)
    authority._crl = listed
    desk.knows("tsa", authority)
    assert by_name(desk.stamp()) == {"tsa": None}
    assert [one.supporting for one in desk.stamps()] == [()]
    assert "revocation list" in desk.warned[0]


def test_a_list_that_somebody_put_in_its_place_on_the_way_is_not_kept(desk: Desk, serve: Serve) -> None:
    authority, stranger = serve(crl=True), serve(label="Other")
    authority._crl = stranger.revoke(None)
    before = desk.objects()
    desk.knows("tsa", authority)
    desk.stamp()
    assert [one.supporting for one in desk.stamps()] == [()]
    assert len(desk.objects() - before) == 1
    assert "not signed by an authority" in desk.warned[0]


def test_an_authority_whose_certificate_is_revoked_is_not_recorded(desk: Desk, serve: Serve) -> None:
    authority = serve(crl=True)
    authority.revoke(datetime.now(UTC) - timedelta(days=2))
    desk.knows("tsa", authority)
    assert by_name(desk.stamp()) == {"tsa": "timestamp-revoked"}
    assert (desk.size, desk.owed) == (4, ("tsa",))


def test_an_address_of_a_list_that_a_stranger_chose_is_not_asked(desk: Desk, serve: Serve) -> None:
    """Without a root, the certificates in an answer are whoever's."""
    authority = serve(crl=True)
    desk.knows("tsa", authority, trusted=False)
    desk.stamp()
    assert asked_for_lists(authority) == 0


# --- work -----------------------------------------------------------------------------------------------------------


class Counting:
    """A ledger store that counts the rows that are read from it (ports.LedgerStore)."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self.rows = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        with self._store.reading() as reader:
            yield _Counted(reader, self)

    @contextmanager
    def writing(self) -> Iterator[Any]:
        with self._store.writing() as writer:
            yield _Counted(writer, self)


class _Counted:
    def __init__(self, reader: LedgerReader, counts: Counting) -> None:
        self._reader, self._counts = reader, counts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def rows(self, *which: Any) -> Iterator[Any]:
        for row in self._reader.rows(*which):
            self._counts.rows += 1
            yield row

    def rows_of_item(self, *which: Any) -> Any:
        found = self._reader.rows_of_item(*which)
        self._counts.rows += len(found)
        return found

    def node(self, *which: Any) -> bytes:
        self._counts.rows += 1
        return self._reader.node(*which)


def rows_read(desk: Desk) -> int:
    """How many rows opening the case and stamping it reads."""
    files: CaseFiles = desk.recorder.files
    counting = Counting(files.ledgers)
    desk.recorder = Recorder(replace(files, ledgers=counting), desk.recorder.world, ANA)
    desk.stamp()
    return counting.rows


def test_the_work_of_stamping_does_not_grow_with_the_ledger(desk: Desk, serve: Serve) -> None:
    """But for the logarithm: one node a doubling, in each of a few looks at the tree."""
    desk.knows("tsa", serve())
    grow(desk.recorder, 100)
    grow(desk.recorder)
    few = rows_read(desk)
    grow(desk.recorder, 4_000)
    grow(desk.recorder)
    many = rows_read(desk)
    assert (few < 100, many - few < 60) == (True, True), (few, many)


def test_the_work_of_stamping_does_not_grow_with_the_stamps(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve())
    desk.stamp()
    few = rows_read(desk)
    for _ in range(3):
        desk.stamp()
    assert rows_read(desk) - few <= 4


# --- certificates that end ------------------------------------------------------------------------------------------


def soon() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=300)


def test_a_year_before_a_certificate_ends_it_is_said(desk: Desk, serve: Serve) -> None:
    end = soon()
    desk.knows("tsa", serve(end=end))
    (outcome,) = desk.stamp()
    assert (outcome.valid_until, desk.codes()) == (end, {"timestamp-expires"})


def test_a_lasting_stamp_of_the_same_records_is_enough(desk: Desk, serve: Serve) -> None:
    """Or the newest stamp of one that ends would be warned of for ever, however often it is renewed."""
    desk.knows("tsa", serve(end=soon()))
    desk.knows("lasting", serve(label="Lasting"))
    desk.stamp()
    assert desk.codes() == set()


def test_a_lasting_stamp_of_fewer_records_is_not_enough(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve(end=soon()))
    desk.knows("lasting", serve(label="Lasting"))
    desk.stamp("lasting")
    desk.stamp("tsa")
    assert desk.codes() == {"timestamp-expires"}


def test_a_stamp_that_was_stamped_again_is_not_warned_of(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve(end=soon()))
    desk.knows("lasting", serve(label="Lasting"))
    desk.stamp("tsa")
    desk.stamp("lasting")
    assert desk.codes() == set()


def test_after_a_certificate_has_ended_its_stamp_shows_no_time(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve(end=soon()))
    desk.stamp()
    desk.clock.ahead = timedelta(days=301)
    assert desk.codes() == {"timestamp-lapsed"}


def test_after_a_certificate_has_ended_a_stamp_that_was_stamped_again_holds(desk: Desk, serve: Serve) -> None:
    desk.knows("tsa", serve(end=soon()))
    desk.knows("lasting", serve(label="Lasting"))
    desk.stamp("tsa")
    desk.stamp("lasting")
    desk.clock.ahead = timedelta(days=301)
    assert desk.codes() == set()
