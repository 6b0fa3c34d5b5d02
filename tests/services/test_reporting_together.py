"""Documents of a case of several people: items, hand-overs and stamps of every ledger, each kind drawn in full."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from custody import bootstrap
from custody.domain.entry import Entry
from custody.domain.events import Reported
from custody.domain.report import Report
from custody.domain.report.model import Bound
from custody.domain.trust import Trust, TrustedCosigner
from custody.errors import RuleError
from custody.formats.cosignature import CosignerKey
from custody.services import reading, reporting
from custody.services.recording import Recorder
from custody.services.reporting import Order, Tools
from tests.builders import ANA, Quiet, handling, new_folder, sealed
from tests.documents import Plain, make
from tests.histories import WITNESS, Keeper, Team, withdrawn

Telling = Callable[[Team, Keeper], object]


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Report]:
    """The model of a document on what is told of a team of Ana, who leads and makes it, and Ben."""

    def tell(telling: Telling, *numbers: str, **asked: Any) -> Report:
        return make(_recorder(tmp_path, telling), tmp_path / "r.pdf", *numbers, **asked).report

    return tell


def _recorder(folder: Path, telling: Telling) -> Recorder:
    team = Team()
    telling(team, team.member("Ben"))
    files = new_folder(folder / "case")
    team.write(files)
    return Recorder(files, bootstrap.world(folder / "home"), ANA)


def _handed(team: Team, ben: Keeper) -> None:
    """AR-1 and AR-2 went to Ben, who declined the second; BE-1 is his own; AR-3 went on paper."""
    for _ in range(3):
        team.collects(team.lead)
    team.collects(ben, text="Ben's")
    team.offers(team.lead, ["AR-1", "AR-2"], ben)
    team.receives(ben, "AR-1", condition=sealed())
    team.declines(ben, "AR-2")
    team.releases_on_paper(team.lead, "AR-3")
    team.notes(ben, "AR-1")
    team.notes(ben)
    team.sees(team.lead, ben)


def test_items_of_every_ledger_are_covered(told: Callable[..., Report]) -> None:
    report = told(_handed)
    assert [(item.number, item.collected_by[:8]) for item in report.items] == [
        ("AR-1", ANA.key_id[:8]),
        ("AR-2", ANA.key_id[:8]),
        ("AR-3", ANA.key_id[:8]),
        ("BE-1", report.person(report.items[3].collected_by).key_id[:8]),  # type: ignore[union-attr]
    ]
    assert [item.holder for item in report.items[:2]] == ["Ben (BE)", "Ana Ruiz (AR)"]
    assert [(one.label, one.checkpoint != "") for one in report.ledgers] == [("AR", True), ("BE", False)]


def test_both_sides_of_a_hand_over_are_joined(told: Callable[..., Report]) -> None:
    report = told(_handed)
    found = {(one.state, one.items[0].number, one.items[0].received is not None) for one in report.hand_overs}
    assert found == {("received", "AR-1", True), ("declined", "AR-2", False), ("on paper", "AR-3", False)}


def test_terms_of_acts_are_opened_on_purpose_alone(told: Callable[..., Report]) -> None:
    report = told(_handed, fields=frozenset({"terms"}))
    assert {one.to_whom for one in report.hand_overs} == {"", "what to says"}
    assert {one.reason for one in report.hand_overs if one.state == "declined"} == {"what reason says"}


def test_nothing_of_acts_is_opened_otherwise(told: Callable[..., Report]) -> None:
    report = told(_handed, fields=frozenset(reporting.FIELDS) - {"terms"})
    assert {one.purpose for one in report.hand_overs} == {None}
    assert {one.to_whom for one in report.hand_overs} == {"", None}


def test_notes_on_the_case_are_in_no_document(told: Callable[..., Report]) -> None:
    report = told(_handed, fields=frozenset(reporting.FIELDS))
    assert [event.kind for item in report.items for event in item.events].count("noted") == 1


def test_a_receipt_covers_the_items_of_the_newest_hand_over_and_no_other(told: Callable[..., Report]) -> None:
    report = told(_handed, "AR-1", kind="receipt")
    assert ([item.number for item in report.items], len(report.hand_overs)) == (["AR-1", "AR-2"], 2)
    assert report.scope.withheld == ("AR-3", "BE-1")


def test_who_signs_and_leads_is_named_and_nobody_else(told: Callable[..., Report]) -> None:
    def telling(team: Team, ben: Keeper) -> None:
        team.member("Carla")
        team.collects(team.lead)
        team.collects(ben)

    report = told(telling, "AR-1")
    # Ben and Carla opened ledgers, which every document tells of.
    assert {one.label: (one.name, one.signed > 0) for one in report.people} == {
        "AR": ("Ana Ruiz", True),
        "BE": ("Ben", True),
        "CA": ("Carla", True),
    }
    assert [one.number for one in report.items] == ["AR-1"]


def test_an_interval_names_who_vouches_as_the_maker_trusts(tmp_path: Path) -> None:
    def telling(team: Team, ben: Keeper) -> None:
        team.collects(team.lead)
        team.has_cosigned(team.lead, at=1_795_555_367)

    recorder = _recorder(tmp_path, telling)
    witness = CosignerKey("witness.example.org/w1", WITNESS.public_key().public_bytes_raw())
    tools = Tools(Plain(), bootstrap.document_signer(), bootstrap.pictures(), ())
    trust = Trust(own=frozenset({ANA.key_id}), cosigners=(TrustedCosigner("A newspaper", witness),))
    made = reporting.make_report(recorder, trust, Order(), output=tmp_path / "r.pdf", tools=tools, progress=Quiet())
    (item,) = made.report.items
    assert item.not_after == Bound(time="2026-11-24T21:22:48.000000Z", word="A newspaper, cosigner")


def test_a_sender_cannot_confirm_themselves(told: Callable[..., Report]) -> None:
    judgement = told(_handed).judgement
    assert "lead-unconfirmed" in [one.code for one in judgement.questions.signers.findings]


def test_a_record_that_breaks_a_rule_is_not_printed(told: Callable[..., Report]) -> None:
    def telling(team: Team, ben: Keeper) -> None:
        team.collects(team.lead)
        with team.forging():
            team.acts(ben, "AR-1", withdrawn())

    report = told(telling)
    assert [event.kind for event in report.items[0].events] == ["collected"]
    assert "rule-broken" in [one.code for one in report.judgement.questions.custody.findings]


def test_everybody_numbers_their_own_reports_and_each_version_names_the_one_before(tmp_path: Path) -> None:
    team = Team()
    ben = team.member("Ben")
    team.collects(team.lead)
    team.collects(ben)
    files = new_folder(tmp_path / "case")
    team.write(files)
    world = bootstrap.world(tmp_path / "home")
    ana, his = Recorder(files, world, ANA), Recorder(files, world, ben.signer)
    told = []
    for number, (recorder, before) in enumerate(((ana, None), (his, None), (his, 1), (ana, None), (ana, 1), (his, 1))):
        report = make(recorder, tmp_path / f"{number}.pdf", supersedes=before).report
        told.append((report.made_by == ANA.key_id, report.name, report.supersedes))
    assert told == [
        (True, "0001", ""),
        (False, "0001", ""),
        (False, "0001 version 2", "0001 version 1"),
        (True, "0002", ""),
        (True, "0001 version 2", "0001 version 1"),
        (False, "0001 version 3", "0001 version 2"),
    ]
    for recorder in (ana, his):
        entries = [one for one in reading.entries(files, recorder.ledger.id) if isinstance(one, Entry)]
        found = [(one.id, body) for one in entries if isinstance(body := one.statement.body, Reported)]
        ids = {(body.number, body.version): identity for identity, body in found}
        assert {(body.number, body.version): body.supersedes for _, body in found} == {
            (number, version): ids.get((number, version - 1)) for number, version in ids
        }
        assert (ids.keys() >= {(1, 1), (1, 2)}, len(found)) == (True, 3)


# --- pictures ------------------------------------------


def _image(side: int = 64) -> bytes:
    output = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).save(output, "PNG")
    return output.getvalue()


def _pictured(**members: Any) -> Telling:
    def telling(team: Team, ben: Keeper) -> None:
        data = _image()
        team.collects(team.lead, digest=hashlib.sha256(data).hexdigest(), size=len(data), **members)
        team.evidence[hashlib.sha256(data).hexdigest()] = data

    return telling


@pytest.mark.parametrize("show", [False, True])
def test_an_image_has_a_picture_that_is_blurred_unless_it_is_to_be_shown(
    told: Callable[..., Report], show: bool
) -> None:
    (item,) = told(_pictured(media_type="image/png"), show_images=show).items
    assert item.picture is not None
    assert (item.picture.blurred, item.picture.width, item.picture.height) == (not show, 64, 64)


@pytest.mark.parametrize(
    "members",
    [
        {"media_type": "image/png", "handling": handling(sensitivity="highly-sensitive")},
        {"media_type": "application/pdf"},
        {"media_type": "image/png", "kept": False},
    ],
    ids=["highly sensitive", "no image", "not kept"],
)
def test_what_may_not_be_shown_has_no_picture(told: Callable[..., Report], members: dict[str, Any]) -> None:
    (item,) = told(_pictured(**members), show_images=True).items
    assert item.picture is None


# --- every kind, drawn ------------------------------------------

KINDS: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    ((), {"kind": "integrity"}),
    (("AR-1",), {"kind": "custody-form"}),
    (("AR-1",), {"kind": "receipt"}),
    ((), {"kind": "schedule"}),
    *(((), {"kind": "declaration", "jurisdiction": one}) for one in ("us-902-13", "us-902-14", "uk-s9", "in-63-4")),
]


@pytest.mark.parametrize(("numbers", "asked"), KINDS)
def test_every_kind_is_drawn_and_signed(tmp_path: Path, numbers: tuple[str, ...], asked: dict[str, Any]) -> None:
    recorder = _recorder(tmp_path, _handed)
    made = make(recorder, tmp_path / "r.pdf", *numbers, writer=bootstrap.report_writer(), **asked)
    document = bootstrap.document_reader().read((tmp_path / "r.pdf").read_bytes())
    assert document.troubles == ()
    assert made.report.kind == asked["kind"]


def test_an_item_that_was_only_collected_has_no_receipt(told: Callable[..., Report]) -> None:
    with pytest.raises(RuleError, match="BE-1 was never handed over"):
        told(_handed, "BE-1", kind="receipt")
