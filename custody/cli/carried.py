"""Verifies what travels without its case: a report as a PDF, or the signed record of one."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from custody import bootstrap
from custody.cli.resolving import looking_world
from custody.cli.terminal import Terminal, progress_line
from custody.domain.heads import ClaimedHead
from custody.domain.report.model import RECORD_FILE, Report
from custody.domain.trust import Trust
from custody.domain.verdict import Judgement
from custody.domain.visible import visible
from custody.errors import CustodyError, FormatError, StorageError, UsageError
from custody.formats.record import MAX_RECORD, parse_record
from custody.services.auditing.carried.audit import audit_record
from custody.services.auditing.carried.documents import audit_document
from custody.services.auditing.carried.hashing import hash_files

_PDF = b"%PDF-"


def is_carried(path: Path) -> bool:
    """Whether this names a file, and so no case folder. Raises UsageError for what is neither."""
    try:
        if path.is_file():
            return True
        if path.suffix.lower() == ".pdf" and not path.exists():
            raise UsageError(f"{visible(str(path))} is not there", "check the spelling, and which folder you are in")
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is neither a file nor a folder", "name a case folder, or a report")
    except (OSError, ValueError) as error:
        raise StorageError(f"{visible(str(path))} cannot be read: {error}", "check who may read it") from error
    return False


def examine_carried(
    terminal: Terminal, path: Path, given: Sequence[str], trust: Trust, claims: Sequence[ClaimedHead]
) -> Judgement:
    """The five answers of a report, or of the signed record of one, and of the files that were given with it.

    Raises FormatError for a file that is neither.
    """
    data = _read(path)
    if not data.startswith((_PDF, b"{")):
        raise FormatError(
            f"{visible(str(path))} is neither a report nor the signed record of one",
            "name the report first, then the files: custody verify REPORT.pdf FILE…",
        )
    _note_reports(terminal, given)
    world = looking_world(terminal)
    names = {key.key_id: key.name for key in bootstrap.key_store().all_keys()}
    with progress_line("compared") as line:
        files = hash_files([*given], bootstrap.intake(), world, line.read)
    own = hashlib.sha256(data).hexdigest()
    try:
        if not data.startswith(_PDF):
            record = parse_record(data)
            return audit_record(
                record, world, trust, own_names=names, given=files, claims=claims, file_digest=own
            ).judgement
        return audit_document(
            bootstrap.document_reader().read(data),
            _draw,
            bootstrap.tool_versions(),
            world,
            trust,
            own_names=names,
            given=files,
            claims=claims,
            file_digest=own,
        ).judgement
    except FormatError as error:
        hint = error.hint or "name a case folder, or a report as custody wrote it (PDF)"
        raise FormatError(f"{visible(str(path))}: {error.message}", hint) from error


def _note_reports(terminal: Terminal, given: Sequence[str]) -> None:
    """Say where a file to be compared seems to be a report: no item has its bytes, so it would look changed."""
    for name in given:
        with suppress(OSError, ValueError, CustodyError):
            path = Path(name)
            if path.suffix.lower() == ".pdf" and path.is_file() and RECORD_FILE.encode() in _read(path):
                terminal.aside(f"Note: {visible(name)} seems to be a report too. Each is verified by itself.")


def _draw(report: Report, attachments: Mapping[str, bytes]) -> bytes:
    return bootstrap.report_writer().draw(report, attachments)


def _read(path: Path) -> bytes:
    """The whole file: its signature is over all of it. Raises StorageError, FormatError for one that is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_RECORD + 1)
    except OSError as error:
        raise StorageError(f"{visible(str(path))} cannot be read: {error.strerror}", "check its name") from error
    if len(data) > MAX_RECORD:
        raise FormatError(
            f"{visible(str(path))} has more than {MAX_RECORD // 2**20} MiB, which no report has", "check its name"
        )
    return data
