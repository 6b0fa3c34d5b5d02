"""Kept cases of what others outside vouch for, and of what the reader has of an earlier state."""

import hashlib
from datetime import timedelta
from typing import Any

from cryptography.x509 import ReasonFlags

from custody.formats.cosignature import CosignerKey, format_cosigner
from custody.formats.encoding import format_time
from custody.formats.note import VerifierKey, format_note, sign_note
from custody.formats.words import format_words
from custody.ports import Signer
from tests.builders import changed
from tests.histories import WITNESS, Keeper, Team, attested, three_lines
from tests.tokens import GEN_TIME, Authority
from tests.vectors.case_fault import RECORD_BAD, Trusting, fault
from tests.vectors.cases_of_people import people
from tests.vectors.fixed import LEAD, OTHER
from tests.vectors.making import Making

DAY = timedelta(days=1)
YEAR = 365 * DAY
TSA = Authority(between=True)
STRANGER = Authority("Unknown TSA")
SHORT = Authority("Short TSA", last=GEN_TIME + 2 * YEAR)
WITNESSED = int(GEN_TIME.timestamp())
COSIGNER = CosignerKey("witness.example.org/w1", WITNESS.public_key().public_bytes_raw())

TRUSTED = Trusting(authorities=(TSA,))
WITH_COSIGNER = Trusting(cosigners={"witness": format_cosigner(COSIGNER)})
DATED = "YES YES YES YES OPEN"
WHOLE = "YES YES YES YES YES"
TIME_BAD = "YES YES NO YES OPEN"
RECORD_WHOLE = "YES YES OPEN YES YES"
HEIGHT = 900_000


def stamp(team: Team, by: Keeper | None = None, authority: Authority = TSA, **knobs: Any) -> str:
    """Somebody's ledger is stamped as it is; the name of the reply."""
    around = {name: knobs.pop(name) for name in ("supporting", "time") if name in knobs}
    before = set(team.evidence)
    team.stamps(by or team.lead, lambda text: authority.reply(text, **knobs), **around)
    names = set(team.evidence) - before - {hashlib.sha256(one).hexdigest() for one in around.get("supporting", ())}
    return names.pop()


# --- stamps ------------------------------------------


@people(
    "good-stamped",
    "An authority that the reader trusts stamped the record.",
    "item-dated",
    trust=TRUSTED,
    answers=DATED,
)
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team)


@people(
    "good-stamped-qualified", "Two items, each stamped by an authority that says how right its clock is.",
    trust=Trusting(authorities=(TSA,), qualified=True), also=("item-dated",), answers=DATED,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team, accuracy=timedelta(seconds=1, milliseconds=500))
    team.collects(team.lead)
    stamp(team, certificates=[TSA.look_alike, *reversed(TSA.chain)], nonce=None)


@people(
    "good-stamped-through-another", "A colleague's ledger was seen before the record was stamped.",
    trust=TRUSTED, also=("item-dated",), answers=DATED,
)  # fmt: skip
def _(team: Team) -> None:
    ben = team.member("Ben")
    team.collects(ben)
    team.sees(team.lead, ben)
    stamp(team)


@people(
    "stamp-before-it-was-seen", "A colleague's ledger was seen only after the record was stamped.",
    trust=TRUSTED, also=("item-dated",),
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    ben = team.member("Ben")
    team.collects(ben)
    stamp(team)
    team.sees(team.lead, ben)


@people(
    "good-stamped-by-two", "One of two authorities is unknown to the reader.",
    trust=TRUSTED, also=("item-dated", "authority-unknown"), answers=DATED,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team, authority=STRANGER)
    stamp(team)


@people(
    "stamps-contradict", "An item was recorded after one stamp and before another, which says that it is a day older.",
    "outside-disagrees", trust=Trusting(authorities=(TSA, STRANGER)), also=("item-dated", "clock-disagrees"),
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team)
    team.collects(team.lead)
    stamp(team, authority=STRANGER, at=GEN_TIME - DAY)


@people(
    "stamp-revoked-elsewhere", "The list that revokes a stolen key was kept beside a later stamp by the same key.",
    "timestamp-revoked", trust=TRUSTED,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team)
    stamp(team, supporting=[TSA.revokes(GEN_TIME + DAY, ReasonFlags.key_compromise)])


def _stamped(name: str, words: str, code: str, *, authority: Authority = TSA, **knobs: Any) -> None:
    """Keep a case with an item and one stamp of it that does not hold."""
    answers = knobs.pop("answers", None)
    more = {} if answers is None else {"answers": answers}

    @people(name, words, code, trust=TRUSTED, **more)
    def _(team: Team) -> None:
        team.collects(team.lead)
        stamp(team, authority=authority, **knobs)


_stamped("stamp-unknown-authority", "The reader does not know the authority.", "authority-unknown", authority=STRANGER)
_stamped(
    "stamp-signature-wrong", "One bit of the signature is another.", "timestamp-signature-wrong",
    spoiled=True, answers=TIME_BAD,
)  # fmt: skip
_stamped(
    "stamp-wrong-purpose", "The signer's certificate does not say that it is for timestamps alone.",
    "timestamp-purpose-wrong", authority=Authority(between=True, critical=False), answers=TIME_BAD,
)  # fmt: skip
_stamped(
    "stamp-expired", "The signer's certificate had ended.", "timestamp-expired",
    authority=Authority(between=True, last=GEN_TIME - DAY),
)  # fmt: skip
_stamped(
    "stamp-revoked", "A list that is kept beside it says that the signer's key was stolen.", "timestamp-revoked",
    supporting=[TSA.revokes(GEN_TIME + DAY, ReasonFlags.key_compromise)],
)  # fmt: skip
_stamped(
    "stamp-without-certificate", "The reply has no certificates.", "timestamp-certificate-missing", certificates=()
)
_stamped("stamp-of-sha1", "The stamp is of a SHA-1 digest.", "timestamp-weak", imprint="sha1")


@people("stamp-mismatch", "The stamp is of something else.", "timestamp-mismatch", trust=TRUSTED, answers=TIME_BAD)
def _(team: Team) -> None:
    team.collects(team.lead)
    team.stamps(team.lead, lambda _: TSA.reply(b"something else"))


@people("stamp-unreadable", "The reply is a web page.", "timestamp-unreadable", trust=TRUSTED, answers=TIME_BAD)
def _(team: Team) -> None:
    team.collects(team.lead)
    team.stamps(team.lead, lambda _: b"<html>502 Bad Gateway</html>")


@people("stamp-token-missing", "The reply is not here.", "timestamp-missing", trust=TRUSTED, answers=TIME_BAD)
def _(team: Team) -> None:
    team.collects(team.lead)
    del team.evidence[stamp(team)]


def _spoil(it: Making) -> None:
    """Another byte after that authority's reply."""
    path = next(path for path in map(it.stored, it.files.evidence.names()) if b"TSA" in path.read_bytes())
    it.overwrite(path, path.read_bytes() + b"\n")


@people(
    "stamp-token-changed", "The reply was changed.", "timestamp-changed",
    then=_spoil, trust=TRUSTED, answers=TIME_BAD,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team)


@people(
    "stamp-lapsed", "The authority's certificate has ended since, and nobody stamped again.", "timestamp-lapsed",
    trust=Trusting(authorities=(SHORT,), now=format_time(GEN_TIME + 3 * YEAR)),
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team, authority=SHORT)


@people(
    "good-stamped-again", "It was stamped again before the authority's certificate ended.",
    trust=Trusting(authorities=(SHORT, TSA), now=format_time(GEN_TIME + 3 * YEAR)), also=("item-dated",), answers=DATED,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team, authority=SHORT)
    again = GEN_TIME + YEAR
    stamp(team, at=again, time=format_time(again))


@people(
    "stamp-expires", "The authority's certificate ends within a year.", "timestamp-expires",
    trust=Trusting(authorities=(SHORT,), now=format_time(GEN_TIME + 2 * YEAR - DAY)), also=("item-dated",),
    answers=DATED,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team, authority=SHORT)


@people(
    "clock-ahead", "The recorder's clock was a day ahead of the authority's.", "clock-disagrees",
    trust=TRUSTED, also=("item-dated",), answers=DATED,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead, time=format_time(GEN_TIME + DAY))
    stamp(team)


# --- calendars and blocks ------------------------------------------


@people("stamp-pending", "A calendar has promised a block.", "timestamp-pending")
def _(team: Team) -> None:
    team.collects(team.lead)
    team.stamps(team.lead)


@people("stamp-block-unknown", "It leads to a block of which the reader has no header.", "timestamp-block-unknown")
def _(team: Team) -> None:
    team.collects(team.lead)
    team.stamps(team.lead, lambda text: attested(text, HEIGHT), scheme="opentimestamps")


@people(
    "stamp-block-wrong", "The block of that height has another root.", "timestamp-block-wrong",
    trust=Trusting(blocks={HEIGHT: bytes(72) + bytes.fromhex("ffff001d00000000")}),
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    team.stamps(team.lead, lambda text: attested(text, HEIGHT), scheme="opentimestamps")


# --- cosigners ------------------------------------------


@people(
    "good-cosigned-by-outsider", "Somebody outside, whom the reader trusts, cosigned the record.",
    trust=WITH_COSIGNER, also=("item-dated",), answers=DATED,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    team.has_cosigned(team.lead, at=WITNESSED)


@people("cosigned-by-unknown", "The reader does not know the cosigner.", "cosigner-unknown")
def _(team: Team) -> None:
    team.collects(team.lead)
    team.has_cosigned(team.lead, at=WITNESSED)


_INSIDER = CosignerKey("lead.example.org", LEAD.public.cosignature_key)


@people(
    "cosigned-by-member", "The cosigner is the lead herself.", "cosigner-in-case",
    trust=Trusting(cosigners={"ana": format_cosigner(_INSIDER)}),
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    team.has_cosigned(team.lead, key=LEAD.cosignature_key, cosigner=_INSIDER.name, at=WITNESSED)


# --- what the reader has of an earlier state ------------------------------------------


def lines(it: Making, size: int | None = None) -> str:
    """The three lines of the ledger as it is."""
    count, root = it.head(size)
    return three_lines(it.rows()[0].ledger, count, root.hex()).decode()


def card(it: Making, size: int | None = None, *, by: Signer = LEAD) -> str:
    """The signed note that a card carries."""
    key = VerifierKey(f"custody/{it.rows()[0].ledger}", by.public.checkpoint_key)
    return format_note(sign_note(lines(it, size), [(key, by.sign_checkpoint)])).decode()


def eight_words(it: Making) -> str:
    """The words of the ledger as it is."""
    return format_words(it.head()[1])


def roll_back(it: Making) -> None:
    """The newest record is gone, as in a backup from before it."""
    last = len(it.rows()) - 1
    it.write("DELETE FROM entries WHERE position = ?", last)
    it.forget(last)


@fault(
    "good-compared", "The reader has a card and eight words of earlier states.", "record-compared", answers=RECORD_WHOLE
)  # fmt: skip
def _(it: Making) -> None:
    it.file()
    it.against = [card(it), eight_words(it)]
    it.note()


@people(
    "good-in-every-way", "The record was stamped, and the reader has eight words of it.",
    then=lambda it: it.against.append(eight_words(it)), trust=TRUSTED, also=("item-dated", "record-compared"),
    answers=WHOLE,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)
    stamp(team)


@fault(
    "against-rolled-back", "The newest record is gone; the reader has the three lines of a card.", "record-cut-off",
    also=("custody-not-followed", "signers-not-followed", "item-unjudged"), answers="OPEN OPEN OPEN OPEN NO",
)  # fmt: skip
def _(it: Making) -> None:
    it.file()
    it.note()
    it.against = [lines(it)]
    roll_back(it)


@fault(
    "against-words-rolled-back", "The newest record is gone; the reader has eight words.", "record-replaced",
    answers=RECORD_BAD,
)  # fmt: skip
def _(it: Making) -> None:
    it.file()
    it.note()
    it.against = [eight_words(it)]
    roll_back(it)


@fault(
    "against-rewritten", "The newest record is another than the reader's card shows.", "record-rewritten",
    answers=RECORD_BAD,
)  # fmt: skip
def _(it: Making) -> None:
    it.file()
    it.note()
    it.against = [card(it)]
    it.sign_last_again(lambda one: changed(one, time="2026-11-24T03:02:02.000000Z"))


@people(
    "against-substituted", "The whole folder is that of another case.", "record-replaced",
    then=lambda it: it.against.append(lines_of_another(it)), answers=RECORD_BAD,
)  # fmt: skip
def _(team: Team) -> None:
    team.collects(team.lead)


def lines_of_another(it: Making) -> str:
    """The three lines of a ledger that is not here."""
    count, root = it.head()
    return three_lines("ab" * 32, count, root.hex()).decode()


@fault("against-unsigned", "Another than the ledger's owner signed what the reader has.", "copy-unsigned")
def _(it: Making) -> None:
    it.file()
    it.against = [card(it, by=OTHER)]
    it.note()
