"""Kept cases of several people: who belongs to the case, what they hand over, and whose ledgers are here."""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from msgspec.structs import replace

from custody import bootstrap
from custody.domain.events import Body
from custody.domain.events.membership import people_of
from custody.formats.canonical import Json
from custody.formats.encoding import format_base64
from custody.formats.merkle import leaf_hash
from custody.formats.publickey import format_public_key, parse_public_key
from tests.builders import new_folder, sealed
from tests.histories import STOLEN, Keeper, Team, cosigned, erased, exported, ledger_seen, policy_set
from tests.vectors.case_fault import fault
from tests.vectors.fixed import KEYS, LEAD
from tests.vectors.making import SMALL_PAGES, Making

OPEN_SIGNERS = "YES OPEN OPEN YES OPEN"
OPEN_CUSTODY = "YES YES OPEN OPEN OPEN"
OPEN_BOTH = "YES OPEN OPEN OPEN OPEN"
NO_CUSTODY = "YES YES OPEN NO OPEN"


class FixedTeam(Team):
    """A team whose certificates, which are signed at random, are the ones that are kept here."""

    def _value(self, body: Body, pointer: str) -> Json:
        value = super()._value(body, pointer)
        who = people_of(body).get(pointer.removesuffix("/certificate"))
        if who is None:
            return value
        if who.key_id == LEAD.key_id:
            return format_base64(LEAD.public.certificate)
        public = self._signers[who.key_id].public
        kept = KEYS / f"{public.name.lower().replace(' ', '-')}.json"
        if not kept.exists():
            kept.write_bytes(format_public_key(public))
        return format_base64(parse_public_key(kept.read_bytes()).certificate)


Tell = Callable[[Team], Sequence[Keeper] | None]
"""Says what happens; returns whose ledgers are here, None for everybody's."""


def people(
    name: str, words: str, *codes: str, then: Callable[[Making], object] = lambda _: None, **more: Any
) -> Callable[[Tell], Tell]:
    """Keep a case of several people under its name; `then` is done with the finished folder."""

    def keep(tell: Tell) -> Tell:
        def make(it: Making) -> None:
            team = FixedTeam(deputies=("Dee",))
            here = tell(team)
            shutil.rmtree(it.folder)
            new_folder(it.folder)
            team.write(bootstrap.case_files(bootstrap.read_case(it.folder)), here)
            for database in (it.ledger, it.openings):
                with closing(sqlite3.connect(database, isolation_level=None)) as connection:
                    connection.executescript(SMALL_PAGES)
            then(it)

        fault(name, words, *codes, **more)(make)
        return tell

    return keep


@people("good-people", "An item was handed over, came back, and was examined; a key was replaced; a deputy leads.")
def _(team: Team) -> None:
    ben = team.member("Ben")
    item = team.collects(team.lead)
    team.releases(team.lead, item, ben, keeps_copy=True)
    team.receives(ben, item)
    team.releases(ben, item, team.lead)
    team.receives(team.lead, item)
    team.examines(team.lead, item)
    team.derives(ben, item)
    team.sees(team.lead, ben)
    team.notes(ben)
    again = team.newcomer("Ben again", "BE2")
    team.replaces(ben, again)
    team.opens(again)
    team.collects(again)
    team.releases(team.lead, item, again)
    team.receives(again, item)
    dee = team.deputy("Dee")
    team.takes_over(dee)
    team.member("Cem")


@people("good-disposed", "An item was disposed of, and its bytes are gone.")
def _(team: Team) -> None:
    team.disposes(team.lead, team.collects(team.lead))


@people("good-erased", "What opens the name of an item was destroyed, and a record says so.")
def _(team: Team) -> None:
    item = team.collects(team.lead)
    team.erases(team.lead, item)
    note = team.notes(team.lead, item)
    team.acts(team.lead, item, erased(note.id, "/text"))
    del team.lead.openings[[row.position for row in team.lead.openings].index(note.statement.position)]


@people("good-pseudonym", "Somebody goes by a pseudonym; the legal name was disclosed, and what opens it is not here.")
def _(team: Team) -> None:
    ben = team.newcomer("Ben")
    team.opens(ben, legal_name=sealed("legal name"))
    team.enrols(ben)
    team.discloses(ben)
    ben.openings = [row for row in ben.openings if row.pointer != "/legal_name"]


@people("signer-not-enrolled", "Nobody took somebody's key in.", "signer-not-enrolled", answers=OPEN_SIGNERS)
def _(team: Team) -> None:
    team.collects(team.joins("Ben"))


@people("signer-not-identified", "Nobody asked whose key it is.", "signer-not-identified", answers=OPEN_SIGNERS)
def _(team: Team) -> None:
    team.enrols(team.joins("Ben"), identified="not-checked")


@people(
    "signer-revoked", "A key was in other hands.", "signer-revoked", "custody-revoked", "holder-left", answers=OPEN_BOTH
)  # fmt: skip
def _(team: Team) -> None:
    ben = team.member("Ben")
    team.collects(ben)
    team.revokes(ben, compromised_since=STOLEN)


@people("offer-open", "Nobody answered an offer.", "offer-open", answers=OPEN_CUSTODY)
def _(team: Team) -> None:
    team.releases(team.lead, team.collects(team.lead), team.member("Ben"))


@people("holder-left", "The lead gives on what somebody who left had held.", "holder-left", answers=OPEN_CUSTODY)
def _(team: Team) -> None:
    ben, cem = team.member("Ben"), team.member("Cem")
    team.collects(ben)
    item = team.collects(ben)
    team.revokes(ben)
    team.releases(team.lead, item, cem)
    team.receives(cem, item)


@people(
    "handed-over-on-paper", "An item went to somebody without a key.", "handed-over-on-paper", answers=OPEN_CUSTODY
)  # fmt: skip
def _(team: Team) -> None:
    team.releases_on_paper(team.lead, team.collects(team.lead))


@people("gap-explained", "A gap is explained in words.", "gap-explained", answers=OPEN_CUSTODY)
def _(team: Team) -> None:
    team.explains_gap(team.lead, team.collects(team.lead))


@people(
    "opening-not-erased",
    "A record says that a value was erased, and it is still kept.",
    "opening-not-erased",
    answers="YES YES OPEN YES NO",
)
def _(team: Team) -> None:
    team.erases(team.lead, team.collects(team.lead), forget=False)


@people(
    "ledger-forked",
    "The lead has seen other records of a ledger than are here.",
    "ledger-forked",
    answers="YES YES OPEN YES NO",
)
def _(team: Team) -> None:
    ben = team.member("Ben")
    team.say(team.lead, ledger_seen(replace(ben.seen, root="ab" * 32)))


@people("ledger-behind", "The lead has seen more records of a ledger than are here.", "ledger-behind")
def _(team: Team) -> None:
    ben = team.member("Ben")
    team.notes(ben)
    team.sees(team.lead, ben)
    ben.rows, ben.openings = ben.rows[:1], [row for row in ben.openings if row.position < 1]


@people("ledger-of-a-member-missing", "The ledger of a member is not here.", "ledger-missing")
def _(team: Team) -> Sequence[Keeper]:
    team.member("Ben")
    return [team.lead]


@people("record-restored", "A ledger goes on from a backup.", "record-restored")
def _(team: Team) -> None:
    team.collects(team.lead)
    team.restores(team.lead, backup_size=1, seen=3)


@people(
    "item-elsewhere",
    "The bytes of an item are kept by somebody else.",
    "item-elsewhere",
    answers="OPEN YES OPEN YES OPEN",
)
def _(team: Team) -> None:
    team.collects(team.lead)
    ben = team.member("Ben")
    before = set(team.evidence)
    team.collects(ben)
    for digest in set(team.evidence) - before:
        del team.evidence[digest]


@people(
    "good-timestamped",
    "Two ledgers were stamped, by a calendar that has not attested it yet.",
    also=("timestamp-pending",),
)
def _(team: Team) -> None:
    ben = team.member("Ben")
    team.collects(team.lead)
    team.stamps(team.lead)
    team.stamps(ben, supporting=[LEAD.public.certificate])
    team.stamps(ben, size=1, root=_root_of_one(ben))


@people("good-cosigned", "Somebody outside cosigned two ledgers, one of them twice.", also=("cosigner-unknown",))
def _(team: Team) -> None:
    ben = team.member("Ben")
    team.collects(team.lead)
    team.has_cosigned(team.lead)
    team.has_cosigned(team.lead, cosigner="another.example.org")
    team.has_cosigned(ben)


def _root_of_one(keeper: Keeper) -> str:
    return leaf_hash(keeper.rows[0].envelope).hex()


def _forged(name: str, words: str, tell: Callable[[Team], object]) -> None:
    """Keep a case with a record that breaks a rule: custody is NO, and nothing else."""

    @people(name, words, "rule-broken", answers=NO_CUSTODY)
    def _(team: Team) -> None:
        team.collects(team.lead)
        with team.forging():
            tell(team)


_forged("rule-timestamp-of-nothing", "No record was stamped.", lambda team: team.stamps(team.lead, size=0))
_forged(
    "rule-timestamp-of-the-future", "More records were stamped than lay before.", lambda t: t.stamps(t.lead, size=3)
)
_forged(
    "rule-timestamp-after-a-record",
    "A timestamp hangs on a record.",
    lambda team: team.stamps(team.lead, prev=team.lead.entries[0].id),
)
_forged("rule-cosignature-of-nothing", "No record was cosigned.", lambda team: team.has_cosigned(team.lead, size=0))
_forged(
    "rule-cosignature-of-the-future",
    "More records were cosigned than lay before.",
    lambda team: team.has_cosigned(team.lead, size=3),
)
_forged(
    "rule-cosignature-of-an-item",
    "A cosignature is about an item.",
    lambda team: team.has_cosigned(team.lead, item="AR-1", prev=team.lead.entries[1].id),
)
_forged(
    "rule-cosignature-of-another-ledger",
    "Another ledger was cosigned.",
    lambda team: team.say(team.lead, cosigned("ab" * 32)),
)
_forged(
    "rule-cosignature-wrong",
    "The cosignature does not hold.",
    lambda team: team.has_cosigned(team.lead, signature=format_base64(bytes(64))),
)


@people("rule-offer-of-another", "Somebody offers an item that another holds.", "rule-broken", answers=NO_CUSTODY)
def _(team: Team) -> None:
    ben, item = team.member("Ben"), team.collects(team.lead)
    with team.forging():
        team.releases(ben, item, team.lead)


@people("rule-disclosure-of-another", "Somebody discloses another's name.", "rule-broken", answers=NO_CUSTODY)
def _(team: Team) -> None:
    ben = team.member("Ben")
    with team.forging():
        team.say(ben, exported(team.lead.entries[0].id, "/lead/name"))


@people("rule-disclosure-of-what-is-not-sealed", "Somebody discloses a label.", "rule-broken", answers=NO_CUSTODY)
def _(team: Team) -> None:
    with team.forging():
        team.discloses(team.member("Ben"), "/label")


@people(
    "reference-missing",
    "A colleague has received an item from somebody whose newest records are not here.",
    "reference-missing",
    answers=OPEN_CUSTODY,
)
def _(team: Team) -> Sequence[Keeper]:
    ben = team.member("Ben")
    item = team.collects(team.lead)
    here = len(team.lead.rows)
    team.releases(team.lead, item, ben)
    team.receives(ben, item)
    del team.lead.rows[here:]
    team.lead.openings = [one for one in team.lead.openings if one.position < here]
    return team.keepers


@people(
    "rule-register-of-a-former-lead",
    "A deputy took the lead over, and the former lead takes somebody in.",
    "rule-broken",
    also=("signer-not-enrolled",),
    answers="YES OPEN OPEN NO OPEN",
)
def _(team: Team) -> None:
    ana, ben, dee = team.lead, team.joins("Ben"), team.deputy("Dee")
    team.takes_over(dee)
    with team.forging():
        team.enrols(ben, by=ana)


@people(
    "rule-policy-of-a-member", "Somebody who has not the lead demands something.", "rule-broken", answers=NO_CUSTODY
)
def _(team: Team) -> None:
    ben = team.member("Ben")
    with team.forging():
        team.say(ben, policy_set("place"))


@people(
    "rule-item-without-what-is-demanded",
    "A member who knows that every item must have a place collects one without.",
    "rule-broken",
    also=("item-unjudged", "object-unrecorded"),
    answers="OPEN YES OPEN NO OPEN",
)
def _(team: Team) -> None:
    ben = team.member("Ben")
    team.say(team.lead, policy_set("place"))
    with team.forging():
        team.collects(ben)


@people("good-before-the-policy", "A member who had not heard what is demanded collects without it.")
def _(team: Team) -> None:
    ben, known = team.member("Ben"), team.state.people
    team.say(team.lead, policy_set("place"))
    team.collects(ben, people=known)
