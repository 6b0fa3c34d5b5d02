"""Arranges: a case in which everything happened that a document can tell of, and its eight documents, made for real.

Asserts nothing.
"""

import hashlib
import io
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from PIL import Image

from custody import bootstrap
from custody.adapters.web import HttpWeb
from custody.domain.addresses import Address
from custody.domain.report.model import Report
from custody.domain.trust import Trust, TrustedAuthority
from custody.services import anchoring, reporting
from custody.services.recording import Circumstances, CollectOptions, Recorder, Target, collect
from custody.services.reporting import Order, Tools
from tests.builders import ANA, Quiet, handling, new_folder, sealed
from tests.histories import Team
from tests.servers.authority import Authority

Asked = tuple[tuple[str, ...], dict[str, Any]]

EIGHT: Final[Mapping[str, Asked]] = {
    "integrity": ((), {}),
    "custody-form": (("AR-1",), {}),
    "receipt": (("AR-1",), {}),
    "schedule": ((), {}),
    "us-902-13": ((), {"kind": "declaration", "jurisdiction": "us-902-13"}),
    "us-902-14": (("AR-1", "AR-2", "BE-1", "AR-5"), {"kind": "declaration", "jurisdiction": "us-902-14"}),
    "uk-s9": ((), {"kind": "declaration", "jurisdiction": "uk-s9"}),
    "in-63-4": ((), {"kind": "declaration", "jurisdiction": "in-63-4"}),
}
"""The eight documents by name: about which items, and what else is asked for."""

_WITHHELD = "the others are of other people"


@dataclass(frozen=True)
class Document:
    """One of the eight: its model, the file as it was written, and its first signed revision as it was kept."""

    report: Report
    pdf: bytes
    first: bytes


def team(authority: Authority) -> Team:
    """Ana leads, Dora is her deputy, Ben a member, Cat waits: hand-overs of every kind, papers, remarks, failures."""
    team = Team(deputies=("Dora",))
    ben = team.joins("Ben")
    team.enrols(ben, role="press office")
    team.joins("Cat")
    team.deputy("Dora")
    optional: dict[str, Any] = {
        name: sealed() for name in ("found_at", "persona", "place", "description", "captured_at")
    }
    told = {f"/{name}": f"{name} as Ana told it" for name in optional}
    told["/captured_at"] = "2026-11-23T19:02:01.000000Z"
    picture = _picture()
    first = team.collects(
        team.lead,
        **optional,
        values=told,
        handling=handling(sensitivity="sensitive", review="2027-11-23"),
        media_type="image/png",
        digest=hashlib.sha256(picture).hexdigest(),
        size=len(picture),
    )
    team.evidence.clear()  # of what this item would have been
    team.evidence[hashlib.sha256(picture).hexdigest()] = picture
    team.stamps(team.lead, lambda text: authority.reply(_request(text)))
    second = team.collects(team.lead, hidden=True, text="b" * 4321)
    third = team.collects(team.lead, text="c" * 65_537)
    team.collects(ben, text="d" * 777)
    team.notes(team.lead, first)
    team.sees(ben, team.lead)
    team.offers(team.lead, [first, second], ben, place=sealed())
    team.receives(ben, first, condition=sealed())
    team.declines(ben, second)
    team.examines(ben, first)
    team.corrects(team.lead, first)
    team.derives(ben, first, text="e" * 888)
    team.fails(ben)
    team.fails(team.lead)
    team.releases_on_paper(team.lead, third)
    team.links_receipt(ben, third, team.collects(team.lead, text="f" * 999))
    team.has_cosigned(team.lead)
    team.stamps(team.lead)
    team.sees(team.lead, ben)
    team.explains_gap(ben, first)
    return team


def _picture() -> bytes:
    output = io.BytesIO()
    Image.linear_gradient("L").resize((90, 60)).save(output, "PNG")
    return output.getvalue()


@dataclass(frozen=True)
class Desk:
    """The lead at her computer, and an authority that she believes."""

    folder: Path
    recorder: Recorder
    authority: Authority

    @property
    def trust(self) -> Trust:
        """What a reader believes who has heard of the authority."""
        return Trust(authorities=(TrustedAuthority("example-tsa", (self.authority.root,), qualified=False),))

    def make(self, name: str, *, long_term: bool = False, supersedes: int | None = None) -> Document:
        """One of the eight, as the next version of the report of this number if one is named."""
        numbers, asked = EIGHT[name]
        order = Order(
            numbers=numbers,
            withheld=_WITHHELD if numbers else "",
            made_for="Public Prosecutor's Office, Brno",
            fields=frozenset(reporting.FIELDS),
            show_images=True,
            supersedes=supersedes,
            **{"kind": name, **asked},
        )
        output = self.folder / f"{name}{'-lasting' if long_term else ''}.pdf"
        tools = Tools(
            bootstrap.report_writer(),
            bootstrap.document_signer(),
            bootstrap.pictures(),
            bootstrap.tool_versions(),
            **(self._stamping() if long_term else {}),
        )
        trust = replace(self.trust, own=frozenset({ANA.key_id}))
        made = reporting.make_report(self.recorder, trust, order, output=output, tools=tools, progress=Quiet())
        with self.recorder.files.evidence.open(made.digest) as file:
            first = file.read()
        return Document(made.report, output.read_bytes(), first)

    def _stamping(self) -> dict[str, Any]:
        addresses = [Address("example-tsa", "rfc3161", self.authority.url)]
        stamper = anchoring.find_stamper(
            HttpWeb("custody/test", deadline=5), self.trust, addresses, secrets.token_bytes
        )
        assert isinstance(stamper, anchoring.DocumentStamper)
        kept = anchoring.LongTerm((ANA.public.certificate, *stamper.chain), (self.authority.revoke(None),))
        return {"stamper": stamper, "lasting": kept}


@contextmanager
def stamped_desk(folder: Path) -> Iterator[Desk]:
    """A desk with an authority that stamps and revokes nobody, which needs openssl."""
    with Authority(crl=True) as authority:
        authority.revoke(None)
        yield desk(folder, authority)


def desk(folder: Path, authority: Authority) -> Desk:
    """A new desk, at which the case lies."""
    files = new_folder(folder / "case")
    team(authority).write(files)
    files.evidence.add(b"left by a collect that was broken off")
    recorder = Recorder(files, bootstrap.world(folder / "home"), ANA)
    (folder / "chat" / "media").mkdir(parents=True)
    for name in ("messages.txt", "media/1.ogg", "media/2.ogg"):
        (folder / "chat" / name).write_bytes(name.encode() * 99)
    target = Target(str(folder / "chat"), as_one=True)
    how = Circumstances(method="export", tool="Signal 7", description="The whole conversation.")
    collect(recorder, [target], CollectOptions(how), stop=lambda: False, progress=lambda _: None)
    return Desk(folder, recorder, authority)


def _request(text: bytes) -> bytes:
    from custody.formats.timestamp import timestamp_request

    return timestamp_request(hashlib.sha256(text).digest(), 7)
