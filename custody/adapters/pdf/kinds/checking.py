"""How to check without this software: the files, the folders, this document, the record inside. Judges nothing."""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    Block,
    Blocks,
    Column,
    Commands,
    Heading,
    Paragraph,
    Points,
    Span,
    Table,
    Together,
)
from custody.adapters.pdf.kinds.common import CHECKING, ITEMS, SUMS, Linked
from custody.domain.report import checking as ways
from custody.domain.report.model import Report
from custody.domain.report.naming import SEALED

MAX_SUMS: Final = 200  # values up to which the list is printed as an annex: nobody copies more from paper
FOLDERS: Final = 2  # folders whose commands are printed; the rule does for the others

_SIGNATURE: Final = (
    "pdfsig report.pdf",
    "pdfsig -dump report.pdf",
    "openssl pkcs7 -inform DER -in report.pdf.sig0 -print_certs | openssl x509 -pubkey -noout | "
    "openssl pkey -pubin -outform DER | openssl dgst -sha256",
)


def checking(report: Report) -> Blocks:
    """The section, with the commands for these very files."""
    yield Heading(1, "How to check without this software", CHECKING)
    yield Paragraph(
        "These commands only read. Copy the files to your own computer first, and open a window for commands in their "
        "folder. A command that goes on in the next line is typed as one."
    )
    yield from _files(report)
    yield from _folders(report)
    yield from _document(report)


def _files(report: Report) -> Iterator[Block]:
    yield Heading(2, "The files")
    items = ways.comparable(report)
    if not items:
        yield Paragraph("No value of a file is printed in this report, so there is nothing to compare.")
        return
    files = [item for item in items if not ways.is_folder(item)] or items
    examples = files[: ways.EXAMPLES]
    link = Linked(report)
    if len(items) > len(examples):
        names = link.items(item.number for item in examples)
        yield Paragraph(
            (
                "Here for ",
                *names,
                ". For every other item put the name of its file and its value in their place: ",
                Span("all values", "body", f"#{ITEMS}"),
                ".",
            )
        )
    if any(ways.file_name(item) == ways.FILE for item in items):
        yield Paragraph("Where a command says FILE, type the name that the file has with you.")
    yield Table(
        (Column("Item", 0.12), Column("File", 0.32), Column("SHA-256", 0.56, "fixed")),
        ((link.item(item.number), ways.file_name(item), item.digest or SEALED) for item in examples),
        "The files of the commands below, with their values",
    )
    for system in ways.file_checks(examples):
        yield Together((Heading(3, system.name), Commands(system.commands), Paragraph(system.expect, "small")))
    if len(items) > 1:
        yield from _all(report)


def _all(report: Report) -> Iterator[Block]:
    attached = any(one.name == ways.SUMS for one in report.attached)
    if not attached and len(report.items) > MAX_SUMS:
        return
    yield Heading(3, "All files at once")
    if attached:
        yield Paragraph(f"The list of all values, {ways.SUMS}, is inside this PDF. Take it out beside the files:")
        yield Commands((f"pdfdetach -savefile {ways.SUMS} report.pdf",))
    else:
        yield Paragraph(
            (
                "Save the lines of the ",
                Span("last annex", "body", f"#{SUMS}"),
                f" as a text file called {ways.SUMS} beside the files.",
            )
        )
    for system in ways.all_at_once():
        yield Together((Paragraph(system.name, "strong"), Commands(system.commands)))


def _folders(report: Report) -> Iterator[Block]:
    folders = [item for item in ways.comparable(report) if ways.is_folder(item)]
    if not folders:
        return
    yield Heading(2, "Folders of many parts")
    yield Paragraph(
        "The value of a folder is that of its list of parts, a text file beside the folder. The first command must "
        "begin with the value of the item, the second, inside the folder, must say OK for every part. On macOS type "
        "shasum -a 256 for sha256sum; on Windows compare each part with the annex, as above."
    )
    for item in folders[:FOLDERS]:
        yield Commands(tuple(ways.folder_checks(item)))


def _document(report: Report) -> Iterator[Block]:
    yield Heading(2, "This document")
    yield Paragraph(
        "Any PDF reader that shows signatures can check it. With poppler and OpenSSL (Linux and macOS; called "
        "report.pdf here):"
    )
    yield Commands(_SIGNATURE)
    yield Points(
        (
            "The first command must say “Signature is Valid”, and for the last signature or stamp that it lists “Total "
            "document signed”. That it has trouble with the certificate is expected: no authority issued it.",
            ("The last must give the signer's fingerprint: ", Span(report.made_by, "fixed")),
        )
    )
    yield Heading(2, "The record inside")
    yield Paragraph(
        "The signed records that this report was made from are inside the PDF, with all that is needed to check them. "
        "The format is public: docs/format.md of custody. Take the files out with the first command; if you have "
        "custody, the second checks everything at once, and the files with it."
    )
    yield Commands(("pdfdetach -saveall report.pdf", "custody verify report.pdf FILES"))


def sums_annex(report: Report) -> Blocks:
    """The list of all values in the form that `sha256sum -c` reads, where it is not attached and not too long."""
    attached = any(one.name == ways.SUMS for one in report.attached)
    lines = ways.sums(report).splitlines()
    if attached or not 1 < len(report.items) <= MAX_SUMS or not lines:
        return
    yield Heading(1, f"Annex: {ways.SUMS}", SUMS)
    yield Paragraph("All values in the form that sha256sum reads, a line for each file: value, two spaces, name.")
    yield Commands(tuple(lines))
