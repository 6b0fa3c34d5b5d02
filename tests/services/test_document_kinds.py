"""Every kind of document of a case in which much happened says what its record says, as a verifier builds it again."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from custody import bootstrap
from custody.domain.report.model import REPORT_FILE, Kind, Report, format_report
from custody.domain.trust import Trust
from custody.errors import UsageError
from custody.formats.encoding import parse_time
from custody.ports import DocumentSignatory, SignedDocument
from custody.services import reporting
from custody.services.auditing.carried.documents import audit_document
from custody.services.recording import Recorder
from tests.builders import ANA, KeptSigner, Quiet, findings, new_folder
from tests.histories import Team
from tests.tokens import Authority

SIGNATORY = DocumentSignatory(ANA.public.key, ANA.key_id, ANA.public.certificate, "")
CAT = KeptSigner("Cat", "Cat")
FIELDS = frozenset(reporting.FIELDS)


class Kept:
    """Stands for drawing and signing: what was to be drawn is kept."""

    report: Report
    attachments: Mapping[str, bytes]

    def draw(self, report: Report, attachments: Mapping[str, bytes]) -> bytes:
        self.report, self.attachments = report, attachments
        return hashlib.sha256(b"".join(attachments.values())).digest()

    def sign(self, pdf: bytes, **told: Any) -> bytes:
        return pdf + b", signed"


@dataclass(frozen=True)
class Desk:
    folder: Path
    recorder: Recorder

    def make(self, kind: Kind = "integrity", *numbers: str, **asked: Any) -> SignedDocument:
        """A document by the lead."""
        kept = Kept()
        tools = reporting.Tools(writer=kept, signer=kept, pictures=bootstrap.pictures(), versions=())  # type: ignore[arg-type]
        order = reporting.Order(kind=kind, numbers=numbers, withheld="not asked for" if numbers else "", **asked)
        output = self.folder / f"{len(list(self.folder.iterdir()))}.pdf"
        trust = Trust(own=frozenset({ANA.key_id}))
        reporting.make_report(self.recorder, trust, order, output=output, tools=tools, progress=Quiet())
        unsigned = kept.draw(kept.report, kept.attachments)
        assert kept.report is not None
        signed_at = parse_time(kept.report.generated_at)
        return SignedDocument(unsigned, unsigned, kept.attachments, SIGNATORY, signed_at, None, (), (), ())

    def wrong(self, document: SignedDocument) -> set[tuple[str, str]]:
        """Code and subject of what a stranger finds wrong with it."""
        world = bootstrap.world(self.folder / "reader")
        audit = audit_document(document, Kept().draw, (), world, Trust(), own_names={})
        return {(one.code, one.about) for one in findings(audit.judgement) if one.verdict == "failed"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A lead, a deputy, a member and somebody who waits; hand-overs, papers, remarks, stamps, failures."""
    team = Team(deputies=("Dora",))
    ben = team.member("Ben")
    team.joins("Cat", signer=CAT)
    team.deputy("Dora")
    first, second = team.collects(team.lead), team.collects(team.lead, hidden=True)
    third = team.collects(team.lead)
    team.notes(team.lead, first)
    team.sees(ben, team.lead)
    team.offers(team.lead, [first, second], ben)
    team.receives(ben, first)
    team.declines(ben, second)
    team.examines(ben, first)
    team.corrects(team.lead, first)
    team.derives(ben, first)
    team.fails(ben)
    team.releases_on_paper(team.lead, third)
    team.links_receipt(ben, third, team.collects(team.lead))
    team.stamps(ben, Authority().reply)
    team.has_cosigned(team.lead)
    team.sees(team.lead, ben)
    team.stamps(team.lead)
    team.explains_gap(ben, first)
    team.erases(team.lead, third)
    folder = tmp_path_factory.mktemp("kinds")
    files = new_folder(folder / "case")
    team.write(files)
    return Desk(folder, Recorder(files, bootstrap.world(folder / "home"), ANA))


@pytest.fixture(scope="module")
def opened(desk: Desk) -> SignedDocument:
    """A report that opens all there is. Not to be changed."""
    return desk.make(fields=FIELDS)


@pytest.mark.parametrize("fields", [frozenset(), FIELDS], ids=["sealed", "opened"])
@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("integrity", ()),
        ("integrity", ("AR-1",)),
        ("integrity", ("BE-1", "AR-3")),
        ("custody-form", ("AR-1",)),
        ("receipt", ("AR-1",)),
        ("schedule", ()),
    ],
)
def test_a_document_of_any_kind_says_what_its_record_says(
    desk: Desk, kind: Kind, numbers: tuple[str, ...], fields: frozenset[str]
) -> None:
    assert desk.wrong(desk.make(kind, *numbers, fields=fields)) == set()


def test_a_declaration_says_what_its_record_says(desk: Desk) -> None:
    assert desk.wrong(desk.make("declaration", jurisdiction="uk-s9")) == set()


def test_the_next_version_of_a_report_follows_the_one_before(desk: Desk) -> None:
    desk.make()
    assert desk.wrong(desk.make(supersedes=1)) == set()


def test_the_next_version_of_a_report_is_of_its_kind(desk: Desk) -> None:
    with pytest.raises(UsageError, match=r"report 0001.* is of another kind: integrity report"):
        desk.make("custody-form", "AR-1", supersedes=1)


def other(values: tuple[Any, ...], at: int = 0, **members: Any) -> tuple[Any, ...]:
    """The same, one of them with other members."""
    return (*values[:at], msgspec.structs.replace(values[at], **members), *values[at + 1 :])


CHANGES: dict[str, Callable[[Report], dict[str, Any]]] = {
    "hand-overs 1, state": lambda one: {"hand_overs": other(one.hand_overs, state="waiting")},
    "hand-overs 1, purpose": lambda one: {"hand_overs": other(one.hand_overs, purpose="a gift")},
    "hand-overs 1, to": lambda one: {"hand_overs": other(one.hand_overs, to="ab" * 32)},
    "hand-overs": lambda one: {"hand_overs": one.hand_overs[1:]},
    "attempts 1, time": lambda one: {"attempts": other(one.attempts, time="2020-01-01T00:00:00.000000Z")},
    "stamps 1, time": lambda one: {"stamps": other(one.stamps, time="2020-01-01T00:00:00.000000Z")},
    "stamps 1, by": lambda one: {"stamps": other(one.stamps, by="the state")},
    "schedule 1, reference": lambda one: {"schedule": other(one.schedule, reference="AR-9")},
    "ledgers 2, root": lambda one: {"ledgers": other(one.ledgers, 1, root="ab" * 32)},
    "ledgers 1, checkpoint": lambda one: {"ledgers": other(one.ledgers, checkpoint="")},
    "people 2, identified": lambda one: {"people": other(one.people, 1, identified="by the court")},
}


@pytest.mark.parametrize("field", CHANGES)
def test_whatever_it_says_otherwise_is_named(desk: Desk, opened: SignedDocument, field: str) -> None:
    report = msgspec.json.decode(opened.attachments[REPORT_FILE], type=Report)
    changed = msgspec.structs.replace(report, **CHANGES[field](report))
    files = {**opened.attachments, REPORT_FILE: format_report(changed)}
    drawn = replace(opened, attachments=files, unsigned=Kept().draw(changed, files))
    assert desk.wrong(drawn) == {("report-differs", f"the report: {field}")}


def test_whoever_was_not_taken_in_signs_no_report_of_the_case(desk: Desk, opened: SignedDocument) -> None:
    signatory = DocumentSignatory(CAT.public.key, CAT.key_id, CAT.public.certificate, "")
    assert ("report-signer-unknown", "the report") in desk.wrong(replace(opened, signatory=signatory))
