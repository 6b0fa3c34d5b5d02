"""Every kind of statement brings its own rule and sentence and stands in docs/format.md; its seals are found."""

import re
from pathlib import Path

import msgspec
import pytest

from custody.domain.events import KINDS, Body, PolicySet, Restored, Unknown, body_class, sealed_fields
from custody.domain.findings import CODES
from custody.domain.statement import Statement
from custody.errors import FormatError
from custody.formats.seal import Sealed
from tests.builders import MALLORY, attempted, case_opened, collected, noted, parts, person, reported, sealed
from tests.histories import (
    Team,
    corrected,
    cosigned,
    declined,
    disposed,
    enrolled,
    erased,
    examined,
    exported,
    gap_explained,
    ledger_opened,
    ledger_seen,
    receipted,
    received,
    released,
    released_on_paper,
    replaced,
    revoked,
    taken_over,
    timestamped,
    withdrawn,
)

BEN = Team().newcomer("Ben")
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("kind", KINDS)
def test_kind_brings_its_own_rule_and_sentence(kind: type[Body]) -> None:
    assert "sentence" in vars(kind)
    # Of the register's kinds one has the rule of them all, and a rule of its own for who writes it; one has only that.
    assert {"check", "check_writer"} & set(vars(kind)) or kind is PolicySet


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_found_by_its_type(kind: type[Body]) -> None:
    assert body_class(kind.type_name()) is kind


@pytest.mark.parametrize("kind", KINDS)
def test_kind_and_its_members_are_documented(kind: type[Body]) -> None:
    section = _section((DOCS / "format.md").read_text(encoding="utf-8"), kind.type_name())
    assert [name for name in kind.__struct_encode_fields__ if f"`{name}`" not in section] == []


def test_the_members_of_a_statement_are_documented() -> None:
    text = (DOCS / "format.md").read_text(encoding="utf-8")
    section = text[text.index("## 5. Statement") : text.index("## 6. ")]
    documented = re.findall(r"^\| `([a-z_]+)` \|", section, flags=re.MULTILINE)
    assert documented == list(Statement.__struct_encode_fields__)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_finding_is_documented_with_its_question_and_effect(code: object) -> None:
    from custody.domain.findings import Code

    assert isinstance(code, Code)
    word = {"passed": "–", "failed": "NO", "indeterminate": "OPEN"}[code.verdict.value]
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert f"| `{code.name}` | {code.question.value} | {word} |" in text


def test_no_two_findings_have_one_name() -> None:
    names = [code.name for code in CODES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (case_opened(), ["/lead/certificate", "/lead/name", "/lead/organisation", "/title"]),
        (collected(), ["/machine", "/name", "/path", "/time_zone"]),
        (
            collected(
                form="folder", parts=parts(facts=sealed("facts")), digest=sealed(), size=sealed(), origin=sealed()
            ),
            ["/digest", "/machine", "/name", "/origin", "/parts/facts", "/parts/seed", "/path", "/size", "/time_zone"],
        ),
        (attempted(), ["/name", "/path"]),
        (noted(), ["/text"]),
        (reported(), []),
        (exported("ab" * 32), ["/reason", "/to"]),
        (
            ledger_opened(BEN, legal_name=sealed("legal")),
            ["/legal_name", "/member/certificate", "/member/name", "/member/organisation"],
        ),
        (
            case_opened(deputies=(person(MALLORY),)),
            [
                "/deputies/0/certificate",
                "/deputies/0/name",
                "/deputies/0/organisation",
                "/lead/certificate",
                "/lead/name",
                "/lead/organisation",
                "/title",
            ],
        ),
        (ledger_opened(BEN), ["/member/certificate", "/member/name", "/member/organisation"]),
        (enrolled(BEN), ["/member/certificate", "/member/name", "/member/organisation"]),
        (revoked("ab" * 32), ["/reason"]),
        (replaced("ab" * 32, BEN), ["/member/certificate", "/member/name", "/member/organisation"]),
        (taken_over(), []),
        (released("ab" * 32), ["/purpose"]),
        (released("ab" * 32, digest=sealed(), place=sealed()), ["/digest", "/place", "/purpose"]),
        (received(), []),
        (received(digest=sealed(), condition=sealed()), ["/condition", "/digest"]),
        (declined(), ["/reason"]),
        (released_on_paper(digest=sealed(), place=sealed()), ["/digest", "/place", "/purpose", "/to"]),
        (receipted("ab" * 32, "JD-2", "cd" * 32), []),
        (examined(digest=sealed()), ["/digest", "/purpose"]),
        (corrected("ab" * 32), ["/reason", "/value"]),
        (withdrawn(), ["/reason"]),
        (disposed(witness_name=sealed()), ["/authority", "/witness_name"]),
        (erased("ab" * 32), ["/reason"]),
        (gap_explained(), ["/text"]),
        (ledger_seen(BEN.seen), []),
        (Restored(backup_size=3, seen=5), []),
        (timestamped(), []),
        (cosigned("ab" * 32), []),
        (Unknown(content={"type": "x/v1", "a": {"sealed": "A" * 43 + "="}}), ["/a"]),
        (Unknown(content={"type": "x/v1", "a": [{"b": {"sealed": "A" * 43 + "="}}]}), ["/a/0/b"]),
    ],
)
def test_every_sealed_field_is_found_by_its_pointer(body: Body, pointers: list[str]) -> None:
    assert list(sealed_fields(body)) == pointers


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_under_each_seal_of_a_kind_is_known(kind: type[Body]) -> None:
    direct = {f"/{field.name}" for field in msgspec.structs.fields(kind) if "Sealed" in str(field.type)}
    assert direct <= set(kind.opened_kinds())
    assert all(f"/{name}/certificate" in kind.opened_kinds() for name in ("member", "lead") if hasattr(kind, name))


def test_a_value_of_another_kind_than_belongs_under_a_seal_is_refused() -> None:
    accepted = []
    for kind in KINDS:
        for pointer, check in kind.opened_kinds().items():
            try:
                check([5])
            except FormatError:
                continue
            accepted.append((kind.type_name(), pointer))
    assert accepted == []


@pytest.mark.parametrize("content", [{"sealed": "A"}, {"sealed": "short"}, {"sealed": ""}, {"sealed": "é" * 43 + "="}])
def test_an_unknown_body_with_something_like_a_seal_is_read(content: dict[str, str]) -> None:
    assert sealed_fields(Unknown(content={"type": "x/v1", "a": content})) == {}


def test_every_field_that_may_be_sealed_says_so_in_the_format() -> None:
    text = (DOCS / "format.md").read_text(encoding="utf-8")
    for kind in KINDS:
        section = _section(text, kind.type_name())
        for field in msgspec.structs.fields(kind):
            if "Sealed" in str(field.type):
                lines = [line for line in section.splitlines() if f"`{field.name}`" in line]
                assert any("sealed" in line for line in lines), (kind.type_name(), field.name)
    assert Sealed.__name__ == "Sealed"


def _section(text: str, type_name: str) -> str:
    start = text.index(f"### `{type_name}`")
    return text[
        start : min(found for found in (text.find("\n### ", start + 1), text.find("\n## ", start)) if found > 0)
    ]
