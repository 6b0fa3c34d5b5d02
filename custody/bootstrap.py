"""Chooses the implementations. The only module that names both a use case's need and the adapter that fills it."""

import hashlib
import os
import secrets
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path

import msgspec

from custody.adapters.answers import AnswersFile
from custody.adapters.casefolder import (
    CaseFolder,
    NewCaseFolder,
    find_case,
    make_case,
    read_addresses,
    read_case,
    write_addresses,
)
from custody.adapters.outfile import check_new, discard, write_new
from custody.domain.report.model import Tool
from custody.ports import (
    BlockHeaders,
    CardWriter,
    CaseFiles,
    CheckOrder,
    CosignedHeads,
    DocumentReader,
    DocumentSigner,
    EvidenceStore,
    FormWriter,
    Heads,
    Intake,
    KeyStore,
    Pictures,
    ReportWriter,
    SheetWriter,
    StampQueue,
    TakeOrder,
    TrustStore,
    Web,
    World,
)

__all__ = [
    "NewCaseFolder",
    "answers",
    "block_headers",
    "card_writer",
    "case_files",
    "check_new",
    "check_objects",
    "check_rows",
    "cosigned_heads",
    "discard",
    "document_reader",
    "document_signer",
    "documents_ahead",
    "evidence",
    "find_case",
    "form_writer",
    "home",
    "intake",
    "key_store",
    "make_case",
    "min_passphrase",
    "pictures",
    "read_addresses",
    "read_case",
    "report_writer",
    "sheet_writer",
    "stamp_queue",
    "synchronised_by",
    "take",
    "tool_versions",
    "trust_store",
    "web",
    "world",
    "write_addresses",
    "write_new",
]


def home() -> Path:
    """The folder of the person's keys, trust and remembered heads: CUSTODY_HOME, else the platform's place for it."""
    if named := os.environ.get("CUSTODY_HOME"):
        return Path(named).absolute()
    from platformdirs import user_data_path

    return user_data_path("custody", appauthor=False)


def key_store(of: Path | None = None) -> KeyStore:
    """The person's keys; `of` names another home than theirs, here and below."""
    from custody.adapters.keys import FileKeyStore

    return FileKeyStore((of or home()) / "keys")


def min_passphrase() -> int:
    """How many characters a new key's passphrase must have."""
    from custody.adapters.keys.keyfile import MIN_PASSPHRASE

    return MIN_PASSPHRASE


def heads(of: Path | None = None) -> Heads:
    """The heads that this computer remembers."""
    from custody.adapters.database.heads import SqliteHeads

    return SqliteHeads((of or home()) / "heads.db")


def block_headers() -> BlockHeaders:
    """The headers of Bitcoin blocks that the person goes by."""
    from custody.adapters.blocks import BlockHeadersFile

    return BlockHeadersFile(home() / "trust" / "blocks.json")


def stamp_queue(of: Path | None = None) -> StampQueue:
    """What authorities still owe the person's ledgers; `of` names another home than theirs."""
    from custody.adapters.database.stamps import SqliteStampQueue

    return SqliteStampQueue((of or home()) / "stamps.db")


def cosigned_heads(of: Path | None = None) -> CosignedHeads:
    """What the person's keys cosigned."""
    from custody.adapters.database.cosigned import SqliteCosignedHeads

    return SqliteCosignedHeads((of or home()) / "cosigned.db")


def answers() -> AnswersFile:
    """What the person answered last."""
    return AnswersFile(home() / "answers.json")


def world(of: Path | None = None) -> World:
    """Clock, machine, randomness and helpers of this computer."""
    from custody.adapters.machine import SystemClock, ThisMachine
    from custody.adapters.workers import ProcessWorkers

    return World(
        clock=SystemClock(),
        machine=ThisMachine(),
        entropy=secrets.token_bytes,
        heads=heads(of),
        workers=ProcessWorkers(),
        take=take,
        check_objects=check_objects,
        warn=_warn,
        check_rows=check_rows,
        check_new=check_new,
        write_new=write_new,
        discard=discard,
    )


def case_files(case: CaseFolder) -> CaseFiles:
    """The parts of the case in this folder."""
    from custody.adapters.database.ledger import SqliteLedgers
    from custody.adapters.evidence import EvidenceFolder
    from custody.adapters.intake import FileIntake

    return CaseFiles(
        folder=case.folder,
        ledgers=SqliteLedgers(case.ledger, case.openings),
        evidence=EvidenceFolder(case.evidence),
        intake=FileIntake(),
    )


def intake() -> Intake:
    """Finds files and folders that a person names."""
    from custody.adapters.intake import FileIntake

    return FileIntake()


def documents_ahead() -> AbstractContextManager[None]:
    """Loads what documents take beside the block, which waits for something."""
    from custody.adapters.ahead import DOCUMENTS, loaded_ahead

    return loaded_ahead(DOCUMENTS)


def document_reader() -> DocumentReader:
    """Reads and checks signed PDFs."""
    from custody.adapters.pdfread import PdfReader

    return PdfReader()


def evidence(folder: Path) -> EvidenceStore:
    """A store of plain objects outside the case: beside an offer, or a working copy. The folder is made if need be."""
    from custody.adapters.evidence import EvidenceFolder

    folder.mkdir(parents=True, exist_ok=True)
    return EvidenceFolder(folder.absolute())


def synchronised_by(folder: Path) -> str | None:
    """What keeps this folder in step with other devices, such as Dropbox; None where nothing is seen to."""
    from custody.adapters.synchronised import synchronised_by as by

    return by(folder, os.environ, Path.home())


def report_writer() -> ReportWriter:
    """Draws reports as PDF/A."""
    from custody.adapters.pdf import PdfReport
    from custody.adapters.pdfa import make_pdfa

    return PdfReport(make_pdfa)


def card_writer() -> CardWriter:
    """Draws checkpoint cards as PDF."""
    from custody.adapters.pades import attach_notes
    from custody.adapters.pdf import PdfCard

    return PdfCard(attach_notes)


def form_writer() -> FormWriter:
    """Draws forms for wet ink as PDF."""
    from custody.adapters.pdf import PdfForm

    return PdfForm()


def sheet_writer() -> SheetWriter:
    """Draws recovery sheets of keys as PDF."""
    from custody.adapters.pdf import PdfRecoverySheet

    return PdfRecoverySheet()


def document_signer() -> DocumentSigner:
    """Signs PDFs."""
    from custody.adapters.pades import PadesSigner

    return PadesSigner()


def pictures() -> Pictures:
    """Makes small pictures of evidence."""
    from custody.adapters.pictures import PillowPictures

    return PillowPictures()


def tool_versions() -> tuple[Tool, ...]:
    """What takes part in making a document, and its version: other versions may draw other bytes.

    Of custody itself the digest of its code too: who draws a document again, and accuses its maker of the difference,
    must know that it is the same.
    """
    import platform
    import zlib
    from importlib.metadata import version

    from cryptography.hazmat.backends.openssl.backend import backend

    from custody import __version__
    from custody.adapters.pdf.typefaces import of_computer

    libraries = {
        "HarfBuzz (uharfbuzz)": "uharfbuzz",
        "pymupdf-fonts": "pymupdf-fonts",
        "segno": "segno",
        "pikepdf": "pikepdf",
        "pyHanko": "pyhanko",
        "cryptography": "cryptography",
        "Pillow": "pillow",
    }
    return (
        Tool(name="custody", version=__version__),
        Tool(name="custody's code", version=_code_digest()),
        *(Tool(name=name, version=version(library)) for name, library in libraries.items()),
        Tool(name="typefaces of the computer", version=of_computer()),
        Tool(name="zlib", version=zlib.ZLIB_RUNTIME_VERSION),
        Tool(name="OpenSSL", version=backend.openssl_version_text().removeprefix("OpenSSL ")),
        Tool(name="Python", version=platform.python_version()),
    )


def _code_digest() -> str:
    """The first 16 digits of SHA-256 over every module of the package, by its path."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted(package.rglob("*.py")):
        code = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{code}  {path.relative_to(package).as_posix()}\n".encode())
    return digest.hexdigest()[:16]


def trust_store(of: Path | None = None) -> TrustStore:
    """The authorities and cosigners that the person believes; `of` names another home than theirs."""
    from custody.adapters.trust import TrustFiles

    return TrustFiles((of or home()) / "trust")


def web() -> Web:
    """The way out onto the network."""
    from custody import __version__
    from custody.adapters.web import HttpWeb

    return HttpWeb(f"custody/{__version__}")


def _warn(text: str) -> None:
    """To stderr, unless whoever uses this as a library has told `logging` otherwise."""
    import logging

    logging.getLogger("custody").warning("%s", text)


def take(chunk: bytes) -> bytes:
    """The workers' task: a TakeOrder in, a list of Taken or NotTaken out, in order. A full store fails the file."""
    from custody.adapters.intake import take as take_one
    from custody.adapters.machine import SystemClock

    order = msgspec.msgpack.decode(chunk, type=TakeOrder)
    store = None if order.evidence is None else _store(order.evidence)
    now = SystemClock().now
    return msgspec.msgpack.encode([take_one(file, store=store, extra=order.extra, now=now) for file in order.files])


def check_objects(chunk: bytes) -> bytes:
    """The workers' task: a CheckOrder in, a list of ObjectCheck out, in order."""
    from custody.adapters.evidence import check_objects as check

    return msgspec.msgpack.encode(check(msgspec.msgpack.decode(chunk, type=CheckOrder)))


def check_rows(chunk: bytes) -> bytes:
    """The workers' task: an auditing.RowsOrder in, a list of RowResult out, in order."""
    from custody.adapters.database.ledger import SqliteLedgers
    from custody.services.auditing.checking import RowsOrder
    from custody.services.auditing.checking import check_rows as check

    order = msgspec.msgpack.decode(chunk, type=RowsOrder)
    with SqliteLedgers(*(Path(os.fsdecode(path)) for path in order.where)).reading() as reader:
        return check(reader, order)


@lru_cache(maxsize=1)
def _store(folder: bytes) -> EvidenceStore:
    """The evidence store in a worker, which is given many chunks of one command: it knows which folders are made."""
    from custody.adapters.evidence import EvidenceFolder

    return EvidenceFolder(Path(os.fsdecode(folder)))
