"""Cases of several people, written and verified from docs/format.md alone: `custody verify` gives the same answers."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from custody.cli import main as custody
from tests.cli.team import copied, key_of, make_invited, make_team, ok
from tests.interop import stranger_verify as page
from tests.interop.stranger_write import (
    LEAD_ID,
    OTHER,
    TIME,
    CaseWriter,
    Keeper,
    Sealed,
    b64,
    case_opened,
    noted,
    pending,
    person,
    sha,
)
from tests.interop.test_stranger import answers, both

Body = dict[str, Any]
Writing = Callable[[CaseWriter], object]
THIRD = ec.derive_private_key(0x3A1D, ec.SECP256R1())
DEPUTY = ec.derive_private_key(0xDE9, ec.SECP256R1())
DATA, MORE = b"some bytes\n", b"a signed form\n"
ACT: Body = {"act": "ab" * 16}
WHY: Body = {"reason": Sealed("a reason")}
HEAD: Body = {"root": "ab" * 32, "size": 1}

RIGHT: dict[str, Writing] = {}
WRONG: dict[str, Writing] = {}


def right(name: str) -> Callable[[Writing], Writing]:
    return lambda write: RIGHT.setdefault(name, write)


def wrong(name: str) -> Callable[[Writing], Writing]:
    return lambda write: WRONG.setdefault(name, write)


# --- What people say --------------------------------------------------------------------------------------------------


def member(it: CaseWriter, key: ec.EllipticCurvePrivateKey = OTHER, label: str = "MK", **body: Any) -> Keeper:
    one = it.join(key, label)
    it.enrol(one, **body)
    return one


def offered(it: CaseWriter, **body: Any) -> Keeper:
    """JD-1, of the lead, is offered to MK."""
    maya = member(it)
    it.collect(DATA, "JD-1")
    release(it, it.lead, maya, **body)
    return maya


def release(it: CaseWriter, by: Keeper, to: Keeper, item: str = "JD-1", around: Any = ACT, **body: Any) -> str:
    told: Body = {"to": to.id, "digest": sha(DATA), "purpose": Sealed("to keep"), "medium": "a disk", "place": None}
    return it.act(by, item, page.RELEASED, around, **(told | {"keeps_copy": False} | body))


def receive(it: CaseWriter, by: Keeper, item: str = "JD-1", around: Any = None, **body: Any) -> str:
    return it.act(by, item, page.RECEIVED, around, **({"digest": sha(DATA), "condition": Sealed("whole")} | body))


def handed(it: CaseWriter) -> Keeper:
    maya = offered(it)
    receive(it, maya)
    return maya


def on_paper(it: CaseWriter, around: Any = ACT, **body: Any) -> str:
    if "JD-1" not in it.begun:
        it.collect(DATA, "JD-1")
    told: Body = {"to": Sealed("an officer"), "digest": sha(DATA), "purpose": Sealed("asked for"), "medium": "a disk"}
    told |= {"place": Sealed("the gate"), "keeps_copy": False}
    return it.act(it.lead, "JD-1", page.RELEASED_ON_PAPER, around, **(told | body))


def receipt(it: CaseWriter, by: Keeper, release: str, **body: Any) -> str:
    it.collect(MORE, "JD-2")
    told: Body = {"release": release, "paper": "JD-2", "record": it.begun["JD-2"]} | body
    return it.act(by, "JD-1", page.RECEIPTED, {"prev": release}, **told)


def examine(it: CaseWriter, by: Keeper, **body: Any) -> str:
    told: Body = {"digest": sha(DATA), "purpose": Sealed("to look"), "tool": None} | body
    return it.act(by, "JD-1", page.EXAMINED, **told)


def correct(it: CaseWriter, by: Keeper, **body: Any) -> str:
    told: Body = {"statement": it.begun["JD-1"], "field": "tool", "value": Sealed("another"), **WHY} | body
    return it.act(by, "JD-1", page.CORRECTED, **told)


def withdraw(it: CaseWriter, by: Keeper, item: str = "JD-1") -> str:
    return it.act(by, item, page.WITHDRAWN, **WHY)


def dispose(it: CaseWriter, by: Keeper, item: str = "JD-1", **body: Any) -> str:
    told: Body = {"method": "shredded", "authority": Sealed("a court"), "witness": None, "witness_name": None} | body
    return it.act(by, item, page.DISPOSED, **told)


def erase(it: CaseWriter, by: Keeper, pointer: str = "/machine", forget: bool = True, **body: Any) -> str:
    told: Body = {"statement": it.begun["JD-1"], "field": pointer, **WHY} | body
    if forget:
        it.forget("JD-1", pointer)
    return it.act(by, "JD-1", page.ERASED, **told)


def seen(it: CaseWriter, by: Keeper, *heads: object) -> str:
    return it.say({"type": page.LEDGER_SEEN, "ledgers": list(heads)}, by=by)


def restored(it: CaseWriter, size: int) -> str:
    return it.say({"type": page.RESTORED, "backup_size": size, "seen": 9})


def revoke(it: CaseWriter, one: Keeper, around: Any = None, by: Keeper | None = None, **body: Any) -> str:
    told: Body = {"type": page.MEMBER_REVOKED, "key": one.id, "seen": 1, "compromised_since": None, **WHY} | body
    return it.say(told, by=by, **dict(around or {}))


def replace(it: CaseWriter, old: Keeper, new: Keeper, **body: Any) -> str:
    told: Body = {
        "type": page.MEMBER_REPLACED,
        "old": old.id,
        "member": person(new.key),
        "ledger": new.ledger,
        "role": None,
    }
    told |= {"label": new.label, "identified": "video", "reason": "stolen", "seen": 1, "compromised_since": None}
    return it.say(told | body)


def demand(it: CaseWriter, by: Keeper | None = None, **policy: object) -> str:
    told: Body = {"digests": [], "fields": ["place"], "roles": False, "timestamps": False} | policy
    return it.say({"type": page.POLICY_SET, "policy": told}, by=by)


def take_over(it: CaseWriter, by: Keeper, around: Any = None, **body: Any) -> str:
    told: Body = {"type": page.LEAD_TAKEN_OVER, "reason": "stolen", "seen": 2, "compromised_since": None} | body
    return it.say(told, by=by, **dict(around or {}))


def derived(item: str, record: str) -> Body:
    return {"derived_from": {"item": item, "record": record, "transformation": "cropped"}}


def again(it: CaseWriter) -> tuple[Keeper, Keeper]:
    """MK's key was replaced, after one record of hers was seen."""
    maya = member(it)
    maya_again = it.join(THIRD, "MK2")
    replace(it, maya, maya_again)
    return maya, maya_again


# --- What is right ----------------------------------------------------------------------------------------------------

right("a member who collects")(lambda it: it.collect(DATA, "MK-1", by=member(it)))
right("a ledger that nobody enrolled")(lambda it: it.collect(DATA, "MK-1", by=it.join(OTHER, "MK")))
right("a member whom nobody identified")(lambda it: member(it, identified="not-checked"))
right("an offer that waits")(offered)
right("a hand-over")(handed)
right("a hand-over with a copy")(lambda it: receive(it, offered(it, keeps_copy=True)))
right("a refusal")(lambda it: it.act(offered(it), "JD-1", page.DECLINED, **WHY))
right("a hand-over on paper")(on_paper)
right("a receipt")(lambda it: receipt(it, member(it), on_paper(it)))
right("a working copy")(lambda it: examine(it, handed(it)))
right("a correction after a hand-over")(lambda it: (handed(it), correct(it, it.lead)))
right("an item that is withdrawn")(lambda it: (it.collect(DATA, "JD-1"), withdraw(it, it.lead)))
right("a disposal with a witness")(lambda it: dispose(it, handed(it), witness=LEAD_ID))
right("an erasure by the collector")(lambda it: (handed(it), erase(it, it.lead)))
right("an explanation")(lambda it: it.act(handed(it), "JD-1", page.GAP_EXPLAINED, text=Sealed("a strike")))
right("a note on the case")(lambda it: it.say(noted(), by=member(it)))
right("a head that was seen")(lambda it: (maya := member(it), seen(it, it.lead, it.head_of(maya))))
right("an older head that was seen")(lambda it: (maya := member(it), seen(it, maya, it.head_of(it.lead, 1))))
right("a timestamp")(lambda it: it.stamp(it.lead))
right("a timestamp by a member")(lambda it: it.stamp(member(it)))
right("a timestamp of an earlier head")(lambda it: (maya := member(it), it.say(noted(), by=maya), it.stamp(maya, of=1)))
right("a timestamp with what stands beside it")(
    lambda it: it.stamp(it.lead, supporting=sorted([it.keep(DATA), it.keep(MORE)]))
)
right("a cosignature")(lambda it: it.cosign(it.lead))
right("a cosignature under another name")(lambda it: it.cosign(it.lead, cosigner="nobody"))
right("a cosignature of a member's ledger")(lambda it: it.cosign(member(it)))
right("a ledger that somebody else saw")(lambda it: seen(it, member(it), {"ledger": "ab" * 32} | HEAD))
right("a backup")(lambda it: restored(it, 1))
right("a key that was taken out")(lambda it: revoke(it, member(it)))
right("a new key that goes on")(lambda it: it.collect(DATA, "MK2-1", by=again(it)[1]))
right("a deputy with a ledger")(lambda it: it.collect(DATA, "DD-1", by=it.join(DEPUTY, "DD")))
right("a deputy who takes over")(lambda it: take_over(it, it.join(DEPUTY, "DD")))
right("an unknown kind in another ledger")(lambda it: it.say({"type": "moved/v2"}, by=member(it)))


@right("records from before the enrolment")
def _(it: CaseWriter) -> None:
    maya = it.join(OTHER, "MK")
    it.collect(DATA, "MK-1", by=maya)
    release(it, maya, it.lead, "MK-1")
    it.enrol(maya)
    receive(it, it.lead, "MK-1")


@right("an item that comes back")
def _(it: CaseWriter) -> None:
    release(it, handed(it), it.lead)
    receive(it, it.lead)
    examine(it, it.lead)


@right("an item with a sealed digest")
def _(it: CaseWriter) -> None:
    maya = member(it)
    hidden = {"digest": Sealed(sha(DATA)), "size": Sealed(len(DATA))}
    it.collect(DATA, "JD-1", body=hidden)
    release(it, it.lead, maya, digest=Sealed(sha(DATA)))
    receive(it, maya, digest=Sealed(sha(DATA)))


@right("a sealed digest that only the receiver can open")
def _(it: CaseWriter) -> None:
    maya = member(it)
    it.collect(DATA, "JD-1", body={"digest": Sealed(sha(DATA)), "size": Sealed(len(DATA))})
    release(it, it.lead, maya, digest=Sealed(sha(DATA)))
    it.forget("JD-1", "/digest")


@right("a remark on an older act")
def _(it: CaseWriter) -> None:
    maya = handed(it)
    it.act(maya, "JD-1", page.NOTED, {"prev": it.begun["JD-1"]}, text=Sealed("older"))


@right("an item that derives from somebody else's")
def _(it: CaseWriter) -> None:
    it.collect(DATA, "JD-1")
    it.collect(MORE, "MK-1", by=member(it), body=derived("JD-1", it.begun["JD-1"]))


@right("a copy on paper, and then a hand-over")
def _(it: CaseWriter) -> None:
    on_paper(it, keeps_copy=True)
    maya = member(it)
    release(it, it.lead, maya)
    receive(it, maya)


@right("a disposed item without bytes")
def _(it: CaseWriter) -> None:
    dispose(it, handed(it), witness_name=Sealed("a clerk"))
    it.lose(DATA)


@right("an erasure by the lead")
def _(it: CaseWriter) -> None:
    maya = member(it)
    it.collect(DATA, "MK-1", by=maya)
    it.forget("MK-1", "/machine")
    it.act(it.lead, "MK-1", page.ERASED, statement=it.begun["MK-1"], field="/machine", **WHY)


@right("an erasure by a former lead")
def _(it: CaseWriter) -> None:
    maya, dee = member(it), it.join(DEPUTY, "DD")
    it.collect(DATA, "MK-1", by=maya)
    it.forget("MK-1", "/machine")
    it.act(it.lead, "MK-1", page.ERASED, statement=it.begun["MK-1"], field="/machine", **WHY)
    take_over(it, dee, seen=9)


@right("a key that was in other hands")
def _(it: CaseWriter) -> None:
    maya = member(it)
    it.collect(DATA, "MK-1", by=maya)
    revoke(it, maya, seen=2, compromised_since=TIME)


@right("a new key for what the old one held")
def _(it: CaseWriter) -> None:
    maya = handed(it)
    maya_again = it.join(THIRD, "MK2")
    replace(it, maya, maya_again, seen=9)
    examine(it, maya_again)


@right("an offer that a new key takes up")
def _(it: CaseWriter) -> None:
    maya = offered(it)
    maya_again = it.join(THIRD, "MK2")
    replace(it, maya, maya_again)
    receive(it, maya_again)


@right("an offer to somebody who is taken out later")
def _(it: CaseWriter) -> None:
    revoke(it, offered(it))


@right("a member of a ledger that is not here")
def _(it: CaseWriter) -> None:
    it.enrol(Keeper(OTHER, "MK", "ab" * 32))


@right("a deputy who leads on")
def _(it: CaseWriter) -> None:
    dee = it.join(DEPUTY, "DD")
    take_over(it, dee)
    it.enrol(it.join(OTHER, "MK"), by=dee)


@wrong("a label that a member has, and a stranger wants")
def _(it: CaseWriter) -> None:
    it.join(THIRD, "MK")
    maya = it.join(OTHER, "MK")
    it.enrol(maya)
    it.collect(DATA, "MK-1", by=maya)


@right("items with what is demanded, and one of somebody who had not heard")
def _(it: CaseWriter) -> None:
    maya, known = member(it), it.people
    demand(it, digests=["md5"])
    md5 = {"md5": hashlib.md5(DATA).hexdigest(), "sha1": None, "sha512": None}
    it.collect(DATA, "JD-1", body={"place": Sealed("the quay"), "extra_digests": md5})
    it.collect(DATA, "MK-1", by=maya, people=known)
    it.say({"type": page.POLICY_SET, "policy": None})
    it.collect(DATA, "JD-2")


@right("bytes that somebody else keeps")
def _(it: CaseWriter) -> None:
    it.collect(DATA, "JD-1")
    it.collect(MORE, "MK-1", by=member(it))
    it.lose(MORE)


# --- What is wrong ----------------------------------------------------------------------------------------------------

wrong("a receipt by somebody else")(lambda it: (offered(it), receive(it, member(it, THIRD, "TH"))))
wrong("an item taken without an offer")(lambda it: (it.collect(DATA, "JD-1"), receive(it, member(it))))
wrong("other bytes received")(lambda it: receive(it, offered(it), digest=sha(MORE)))
wrong("a sealed digest of one in clear")(lambda it: offered(it, digest=Sealed(sha(DATA))))
wrong("an examination of a sealed digest")(lambda it: examine(it, handed(it), digest=Sealed(sha(DATA))))
wrong("an examination by no holder")(lambda it: (handed(it), examine(it, it.lead)))
wrong("an act while it is offered")(lambda it: (offered(it), examine(it, it.lead)))
wrong("two offers at once")(lambda it: release(it, it.lead, offered(it)))
wrong("an offer to oneself")(lambda it: (it.collect(DATA, "JD-1"), release(it, it.lead, it.lead)))
wrong("an offer without an act")(lambda it: release(it, handed(it), it.lead, around={}))
wrong("a hand-over on paper without an act")(lambda it: on_paper(it, around={}))
wrong("an act on what went on paper")(lambda it: (on_paper(it), examine(it, it.lead)))
wrong("an act on what was withdrawn")(
    lambda it: (it.collect(DATA, "JD-1"), withdraw(it, it.lead), examine(it, it.lead))
)
wrong("an act that follows an older one")(
    lambda it: it.act(handed(it), "JD-1", page.WITHDRAWN, {"prev": it.begun["JD-1"]}, **WHY)
)
wrong("a withdrawal after a hand-over")(lambda it: withdraw(it, handed(it)))
wrong("a withdrawal after a copy on paper")(lambda it: (on_paper(it, keeps_copy=True), withdraw(it, it.lead)))
wrong("a witness to one's own act")(lambda it: dispose(it, maya := handed(it), witness=maya.id))
wrong("a witness whom nobody knows")(lambda it: dispose(it, handed(it), witness="ab" * 32))
wrong("a witness by key and by name")(lambda it: dispose(it, handed(it), witness=LEAD_ID, witness_name=Sealed("J")))
wrong("bytes that an item needs beside a disposed one")(
    lambda it: (it.collect(DATA, "JD-1"), dispose(it, it.lead), it.collect(DATA, "JD-2"), it.lose(DATA))
)
wrong("a receipt of no hand-over on paper")(
    lambda it: (it.collect(DATA, "JD-1"), receipt(it, it.lead, it.tips["JD-1"]))
)
wrong("a receipt that is the item")(
    lambda it: receipt(it, it.lead, on_paper(it), paper="JD-1", record=it.begun["JD-1"])
)
wrong("a receipt of another record")(lambda it: receipt(it, it.lead, on_paper(it), record="ab" * 32))
wrong("a correction by another")(lambda it: correct(it, handed(it)))
wrong("a correction of another statement")(lambda it: (handed(it), correct(it, it.lead, statement=it.tips["JD-1"])))
wrong("a correction of what is measured")(lambda it: (handed(it), correct(it, it.lead, field="size")))
wrong("an erasure by another")(lambda it: erase(it, handed(it), forget=False))
wrong("an erasure of no field")(lambda it: (handed(it), erase(it, it.lead, "/place")))
wrong("an erasure that was not done")(lambda it: (handed(it), erase(it, it.lead, forget=False)))
wrong("an explanation of nothing")(lambda it: it.act(member(it), "JD-1", page.GAP_EXPLAINED, text=Sealed("a strike")))
wrong("a note on the case that hangs on something")(lambda it: it.say(noted(), prev=it.first))
wrong("a head that never was")(lambda it: (maya := member(it), seen(it, it.lead, {"ledger": maya.ledger} | HEAD)))
wrong("a head of one's own")(lambda it: seen(it, it.lead, it.head_of(it.lead)))
wrong("heads in another order")(
    lambda it: seen(it, member(it), {"ledger": "b" * 64} | HEAD, {"ledger": "a" * 64} | HEAD)
)
wrong("heads of no ledger")(lambda it: seen(it, it.lead))
wrong("a timestamp of nothing")(lambda it: it.stamp(it.lead, size=0))
wrong("a timestamp of a head that never was")(lambda it: (it.say(noted()), it.stamp(it.lead, size=1)))
wrong("a timestamp of something else")(lambda it: it.stamp(it.lead, token=it.keep(pending(bytes(32)))))
wrong("a timestamp that is none")(lambda it: it.stamp(it.lead, token=it.keep(b"<html>")))
wrong("a timestamp that is not here")(lambda it: it.stamp(it.lead, token="ab" * 32))
wrong("a timestamp of the future")(lambda it: it.stamp(it.lead, size=2))
wrong("a timestamp of an item")(lambda it: (it.collect(DATA, "JD-1"), it.stamp(it.lead, {"item": "JD-1"})))
wrong("a timestamp that hangs on something")(lambda it: it.stamp(it.lead, {"prev": it.first}))
wrong("a timestamp of no known scheme")(lambda it: it.stamp(it.lead, scheme="sundial"))
wrong("a timestamp with an object twice")(lambda it: it.stamp(it.lead, supporting=["ab" * 32] * 2))
wrong("a timestamp with objects out of order")(lambda it: it.stamp(it.lead, supporting=["cd" * 32, "ab" * 32]))
wrong("a timestamp with too many objects")(
    lambda it: it.stamp(it.lead, supporting=[f"{number:064x}" for number in range(17)])
)
wrong("a cosignature of nothing")(lambda it: it.cosign(it.lead, size=0))
wrong("a cosignature of the future")(lambda it: it.cosign(it.lead, size=2))
wrong("a cosignature of an item")(lambda it: (it.collect(DATA, "JD-1"), it.cosign(it.lead, {"item": "JD-1"})))
wrong("a cosignature of a bare checkpoint")(lambda it: it.cosign(it.lead, signed=it.checkpoint(it.lead)))
wrong("a cosignature of another ledger")(
    lambda it: it.cosign(member(it), signed=b"cosignature/v1\ntime 1764000000\n" + it.checkpoint(it.lead, 1))
)
wrong("a cosignature of another moment")(lambda it: it.cosign(it.lead, time=0))
wrong("a cosignature of another root")(lambda it: it.cosign(it.lead, root="ab" * 32))
wrong("a cosignature of another key")(lambda it: it.cosign(it.lead, key=b64(b"\1" * 32)))
wrong("a cosignature of half a key")(lambda it: it.cosign(it.lead, key=b64(b"\1" * 31)))
wrong("a cosignature that is too long")(lambda it: it.cosign(it.lead, signature=b64(bytes(65))))
wrong("a cosignature of a name with a plus sign")(lambda it: it.cosign(it.lead, cosigner="a+b"))
wrong("a cosignature of a name with a wide space")(lambda it: it.cosign(it.lead, cosigner="a\u3000b"))
wrong("a cosignature with a time before 1970")(lambda it: it.cosign(it.lead, time=-1))
wrong("a backup from the future")(lambda it: restored(it, 2))
wrong("a lead who is taken out")(lambda it: revoke(it, it.lead))
wrong("a key that is taken out twice")(lambda it: (maya := member(it), revoke(it, maya), revoke(it, maya)))
wrong("a stranger who is taken out")(lambda it: revoke(it, it.join(OTHER, "MK")))
wrong("a member who takes a key out")(lambda it: (maya := member(it), revoke(it, maya, by=maya)))
wrong("a member who is enrolled twice")(lambda it: it.enrol(member(it)))
wrong("a label that is the lead's")(lambda it: it.join(OTHER, "JD"))
wrong("an enrolment under another label")(lambda it: it.enrol(it.join(OTHER, "MK"), label="MO"))
wrong("an enrolment under the lead's label")(lambda it: it.enrol(it.join(OTHER, "MK"), label="JD"))
wrong("an enrolment with another ledger")(lambda it: it.enrol(it.join(OTHER, "MK"), ledger="ab" * 32))
wrong("an enrolment that names an item")(lambda it: it.enrol(it.join(OTHER, "MK"), around={"item": "JD-1"}))
wrong("an item without what is demanded")(lambda it: (demand(it), it.collect(DATA, "JD-1")))
wrong("an item without a digest that is demanded")(lambda it: (demand(it, digests=["md5"]), it.collect(DATA, "JD-1")))
wrong("an enrolment without the role that is demanded")(lambda it: (demand(it, fields=[], roles=True), member(it)))
wrong("a demand by a member")(lambda it: demand(it, by=member(it)))
wrong("a demand for nothing")(lambda it: demand(it, fields=[]))
wrong("a demand out of order")(lambda it: demand(it, fields=["place", "basis"]))
wrong("a demand for what is always there")(lambda it: demand(it, fields=["method"]))
wrong("an enrolment by a member")(lambda it: it.enrol(it.join(THIRD, "TH"), by=member(it)))
wrong("two ledgers of one key")(lambda it: (member(it), it.join(OTHER, "MK", nonce="22" * 32)))
wrong("a second opening of a ledger")(lambda it: it.join(OTHER, "MK", by=it.join(OTHER, "MK")))
wrong("an opening of another nonce")(lambda it: it.say(
    {"type": page.LEDGER_OPENED, "nonce": "33" * 32, "label": "MK", "legal_name": None, "member": person(OTHER)},
    by=Keeper(OTHER, "MK", page.chained_id("custody-ledger/v1", it.case, page.key_id(OTHER.public_key()), "11" * 32)),
))  # fmt: skip
wrong("a ledger of another case")(lambda it: it.say(
    {"type": page.LEDGER_OPENED, "nonce": "11" * 32, "label": "MK", "legal_name": None, "member": person(OTHER)},
    by=Keeper(OTHER, "MK", page.chained_id("custody-ledger/v1", "cd" * 32, page.key_id(OTHER.public_key()), "11" * 32)),
    case="cd" * 32,
))  # fmt: skip
wrong("a ledger that opens with something else")(lambda it: it.say(noted(), by=Keeper(OTHER, "MK", "ab" * 32)))
wrong("a member in the lead's ledger")(
    lambda it: it.say(noted(), key=member(it).key, signer=page.key_id(OTHER.public_key()))
)
wrong("a record of a key that was taken out")(
    lambda it: (maya := member(it), revoke(it, maya), it.say(noted(), by=maya))
)
wrong("a record of a key that was replaced")(lambda it: it.say(noted(), by=again(it)[0]))
wrong("a lost key in other hands")(
    lambda it: replace(it, member(it), it.join(THIRD, "MK2"), reason="lost", compromised_since=TIME)
)
wrong("a key that replaces the lead's")(lambda it: replace(it, it.lead, it.join(THIRD, "MK2")))
wrong("somebody who takes over")(lambda it: take_over(it, member(it)))
wrong("a lead who takes over")(lambda it: take_over(it, it.lead))
wrong("a deputy who takes over twice")(
    lambda it: (dee := it.join(DEPUTY, "DD"), take_over(it, dee), take_over(it, dee))
)
wrong("a former lead who writes on")(
    lambda it: (take_over(it, it.join(DEPUTY, "DD"), seen=1), it.collect(DATA, "JD-1"))
)
right("a parent that is not here")(lambda it: it.collect(DATA, "JD-1", body=derived("MK-1", "ab" * 32)))
wrong("a parent of one's own that is not there")(lambda it: it.collect(DATA, "JD-1", body=derived("JD-7", "ab" * 32)))
wrong("a parent of another record")(
    lambda it: (it.collect(DATA, "JD-1"), it.collect(DATA, "JD-2", body=derived("JD-1", "ab" * 32)))
)
wrong("a stranger in the items of others")(
    lambda it: (it.collect(DATA, "JD-1"), it.act(it.join(OTHER, "MK"), "JD-1", page.NOTED, text=Sealed("mine")))
)
wrong("a label of somebody else in one's own ledger")(lambda it: it.collect(DATA, "JD-1", by=member(it)))
wrong("bytes that are here of somebody, and not of another of their items")(
    lambda it: (
        it.collect(DATA, "JD-1"),
        maya := member(it),
        it.collect(MORE, "MK-1", by=maya),
        it.collect(b"x", "MK-2", by=maya),
        it.lose(b"x"),
    )
)


@wrong("an offer to somebody whom the giver did not know")
def _(it: CaseWriter) -> None:
    it.collect(DATA, "JD-1")
    known = it.people
    maya = member(it)
    release(it, it.lead, maya, around=ACT | {"people": known})


@wrong("an offer to somebody who was taken out")
def _(it: CaseWriter) -> None:
    maya = member(it)
    it.collect(DATA, "JD-1")
    revoke(it, maya)
    release(it, it.lead, maya)


@wrong("a sealed digest of other bytes")
def _(it: CaseWriter) -> None:
    maya = member(it)
    it.collect(DATA, "JD-1", body={"digest": Sealed(sha(DATA)), "size": Sealed(len(DATA))})
    release(it, it.lead, maya, digest=Sealed(sha(MORE)))


@wrong("a register of two branches")
def _(it: CaseWriter) -> None:
    known = it.people
    it.enrol(it.join(OTHER, "MK"), around={"people": known})
    it.enrol(it.join(THIRD, "TH"), around={"people": known})


@wrong("a former lead's register")
def _(it: CaseWriter) -> None:
    dee, maya, known = it.join(DEPUTY, "DD"), it.join(OTHER, "MK"), it.people
    it.enrol(maya)
    take_over(it, dee, around={"people": known})


# --- Both verify ------------------------------------------------------------------------------------------------------


def written(tmp_path: Path, write: Writing) -> Path:
    it = CaseWriter()
    it.say(case_opened(deputies=[person(DEPUTY)]))
    write(it)
    it.write(tmp_path / "case")
    return tmp_path / "case"


@pytest.mark.parametrize("name", RIGHT)
def test_what_several_people_record_is_believed(tmp_path: Path, name: str) -> None:
    ours, theirs = both(written(tmp_path, RIGHT[name]), LEAD_ID)
    assert ours == theirs
    assert ours["exit"] == 8
    assert "failed" not in ours["questions"].values()


@pytest.mark.parametrize("name", WRONG)
def test_what_one_of_several_does_wrong_is_answered_alike(tmp_path: Path, name: str) -> None:
    ours, theirs = both(written(tmp_path, WRONG[name]), LEAD_ID)
    assert ours == theirs
    assert ours["exit"] == 1


def test_a_stranger_takes_no_label_from_a_member(tmp_path: Path) -> None:
    case = written(tmp_path, WRONG["a label that a member has, and a stranger wants"])
    assert answers(page.main, str(case))["items"] == {"matching": 1, "total": 1}


# --- A case of two that the command line made -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lead has handed a photograph to a colleague, and a folder on paper; both have seen everything."""
    folder = tmp_path_factory.mktemp("several")
    make_invited(folder / "invited")
    make_team(folder / "team", folder / "invited")
    team = copied(folder / "team", folder / "handed")
    offer = team.sent / "offer.custody"
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "to examine", "-o", offer))
    ok(team.mko.custody("accept", offer))
    team.both_know()
    return team.folder


@pytest.mark.parametrize("whose", ["lead", "mko"])
@pytest.mark.parametrize("own", [False, True])
def test_a_case_of_two_is_answered_alike(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str, own: bool
) -> None:
    team = copied(made, tmp_path / "team")
    place, lead = getattr(team, whose), key_of(team.lead)
    if own:
        monkeypatch.setenv("CUSTODY_HOME", str(place.home))
    mine = ["--own", key_of(place)] if own else []
    ours = answers(page.main, str(place.case), "--lead", lead, *mine)
    assert ours == answers(custody, "verify", str(place.case), "--json", "--lead", lead)
    assert ours["questions"]["custody"] == "passed"
    assert not own or "failed" not in ours["questions"].values()


@pytest.mark.parametrize("own", [False, True])
def test_bytes_that_must_be_here_and_are_not_are_answered_alike(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    team = copied(made, tmp_path / "team")
    place, lead = team.mko, key_of(team.lead)
    for one in (place.case / "evidence").glob("*/*"):
        one.unlink()
    if own:
        monkeypatch.setenv("CUSTODY_HOME", str(place.home))
    mine = ["--own", key_of(place)] if own else []
    ours = answers(page.main, str(place.case), "--lead", lead, *mine)
    assert ours == answers(custody, "verify", str(place.case), "--json", "--lead", lead)
    assert ours["questions"]["integrity"] == ("failed" if own else "indeterminate")
