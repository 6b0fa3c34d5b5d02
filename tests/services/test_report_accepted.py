"""Each of the eight documents of a real case, with each kind of signature, as other people's programs take it."""

import asyncio
import re
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.pdfa
import pytest

from custody import bootstrap
from custody.errors import FormatError
from custody.services.auditing.carried.documents import audit_document
from tests.adapters.signing import holds, validate, validate_long
from tests.builders import ANA, Quiet, findings
from tests.servers.authority import Authority
from tests.services import eight
from tests.services.eight import EIGHT, Desk, Document

Program = Callable[[str], Path]
LEVELS = ("B-B", "B-T", "B-LTA")
EVERY = [(name, level) for name in EIGHT for level in LEVELS]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, program: Program) -> Iterator[Desk]:
    program("openssl")
    with Authority(crl=True) as authority:
        authority.revoke(None)
        yield eight.desk(tmp_path_factory.mktemp("eight"), authority)


@pytest.fixture(scope="module")
def made(desk: Desk) -> dict[tuple[str, str], bytes]:
    """The eight, by name and kind of signature."""
    found = {}
    for name in EIGHT:
        lasting = desk.make(name, long_term=True)
        found |= {(name, "B-B"): desk.make(name).pdf, (name, "B-T"): lasting.first, (name, "B-LTA"): lasting.pdf}
    return found


def pdfsig(program: Program, path: Path, pdf: bytes) -> str:
    path.write_bytes(pdf)
    run = subprocess.run([program("pdfsig"), "-nocert", path], capture_output=True, text=True, check=False)
    return run.stdout


# --- as they were made ------------------------------------------


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_pdfsig_calls_the_signature_valid(
    made: dict[tuple[str, str], bytes], program: Program, tmp_path: Path, name: str, level: str
) -> None:
    said = pdfsig(program, tmp_path / "report.pdf", made[name, level])
    # It checks no document time stamps, and says of the last signature alone that it is over everything.
    told = (said.count("Signature is Valid"), said.count("  - Total document signed"), "Timestamp1" in said)
    assert told == (1, 1, level == "B-LTA"), said


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_qpdf_finds_nothing_wrong(
    made: dict[tuple[str, str], bytes], program: Program, tmp_path: Path, name: str, level: str
) -> None:
    (tmp_path / "report.pdf").write_bytes(made[name, level])
    run = subprocess.run([program("qpdf"), "--check", tmp_path / "report.pdf"], capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.parametrize("name", EIGHT)
def test_the_revision_before_the_signature_is_valid_pdf_a_3b(made: dict[tuple[str, str], bytes], name: str) -> None:
    unsigned = bootstrap.document_reader().read(made[name, "B-LTA"]).unsigned
    assert pikepdf.pdfa.validate_written(BytesIO(unsigned), "3b").summary() == "PDF/A-3b: pass"


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_no_signature_adds_what_pdf_a_forbids(made: dict[tuple[str, str], bytes], name: str, level: str) -> None:
    assert pikepdf.pdfa.validate_written(BytesIO(made[name, level]), "3b").violations == ()


@pytest.mark.parametrize(("name", "level"), [one for one in EVERY if one[1] != "B-LTA"])
def test_pyhanko_finds_the_signature_intact_valid_and_trusted(
    made: dict[tuple[str, str], bytes], desk: Desk, name: str, level: str
) -> None:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    status = validate(made[name, level], ANA.public.certificate, desk.authority.root)
    stamp = status.timestamp_validity
    told = (status.intact, status.valid, status.trusted, status.coverage, stamp and stamp.valid and stamp.trusted)
    assert told == (True, True, True, SignatureCoverageLevel.ENTIRE_FILE, True if level == "B-T" else None)


@pytest.mark.parametrize("name", EIGHT)
def test_pyhanko_lets_a_long_term_signature_pass_for_long(
    made: dict[tuple[str, str], bytes], desk: Desk, name: str
) -> None:
    result = validate_long(made[name, "B-LTA"], ANA.public.certificate, desk.authority.root)
    assert result.ades_subindic.status.name == "PASSED"


@pytest.mark.parametrize(("name", "level"), [one for one in EVERY if one[1] != "B-T"])
def test_custody_finds_nothing_wrong_and_the_pages_as_the_record_has_them(
    made: dict[tuple[str, str], bytes], desk: Desk, name: str, level: str
) -> None:
    audit = audit_document(
        bootstrap.document_reader().read(made[name, level]),
        bootstrap.report_writer().draw,
        bootstrap.tool_versions(),
        bootstrap.world(desk.folder / "reader"),
        desk.trust,
        own_names={},
    )
    assert [one for one in findings(audit.judgement) if one.verdict == "failed"] == []
