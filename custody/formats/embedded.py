"""Finds the files embedded in a PDF, by the shape of their objects. Reads no names, no pages, no cross-references.

A stranger's PDF is not given to a whole PDF library: a cross-reference stream of 150 bytes has pyHanko fill all memory.
An embedded file stream (ISO 32000-2 section 7.11.4) never lies inside another stream, so that its `/Type /EmbeddedFile`
is found without, in any revision. Takes linear time, and no more memory than MAX_TOTAL and the PDF.
"""

import re
import zlib

from custody.errors import FormatError

MAX_FILES = 16  # a report or card has one; whoever adds their own to a copy adds few
MAX_TOTAL = 256 * 2**20  # bytes of all files together: model and record of a report have some 6,000 an item
MAX_MARKS = 256  # places that look like an embedded file and need not be one
MAX_DICTIONARY = 4096  # bytes from `obj` to `stream`; ours have 200

_MARK = re.compile(rb"/EmbeddedFile(?![A-Za-z0-9#])")
_BEGIN = re.compile(rb">>[\0\t\n\f\r ]{0,64}stream(?:\r\n|\n)")
_LENGTH = re.compile(rb"/Length[\0\t\n\f\r ]{1,8}(\d{1,10})(?![\0\t\n\f\r ]{1,8}\d{1,5}[\0\t\n\f\r ]{1,8}R)")
_FILTER = re.compile(
    rb"/Filter[\0\t\n\f\r ]{0,8}(\[?)[\0\t\n\f\r ]{0,8}/([A-Za-z0-9]{1,40})[\0\t\n\f\r ]{0,8}([\]/>]?)"
)
_ENCRYPTED = re.compile(rb"/Encrypt[\0\t\n\f\r ]{0,8}(?:\d{1,10}[\0\t\n\f\r ]{1,8}\d{1,5}[\0\t\n\f\r ]{1,8}R|<<)")
_END = re.compile(rb"(?:\r\n|\n|\r)?endstream")


def is_pdf(data: bytes) -> bool:
    """Whether this begins as a PDF does; some writers put something before the header."""
    return b"%PDF-" in data[:1024]


def embedded_files(pdf: bytes) -> tuple[bytes, ...]:
    """The contents of the files embedded in a PDF, each once, in the order in which they lie in it.

    One that is compressed otherwise than with Deflate is passed over. Raises FormatError for a PDF that is encrypted,
    for a damaged file, for more than MAX_FILES and for more than MAX_TOTAL bytes.
    """
    if not is_pdf(pdf):
        raise FormatError("not a PDF")
    if _ENCRYPTED.search(pdf):
        raise FormatError("the PDF is encrypted", "open it with its password, save it without, and try again")
    files: dict[bytes, None] = {}
    left = MAX_TOTAL
    ends = _Ends(pdf)
    for count, mark in enumerate(_MARK.finditer(pdf)):
        if count == MAX_MARKS:
            raise FormatError(f"more than {MAX_MARKS} attached files")
        found = _BEGIN.search(pdf, mark.end(), mark.end() + MAX_DICTIONARY)
        if found is None:
            continue
        start = pdf.rfind(b"obj", max(0, mark.start() - MAX_DICTIONARY), mark.start())
        dictionary = pdf[max(start, 0) : found.start()]
        if start < 0 or b"endobj" in pdf[mark.end() : found.start()]:
            continue
        content = _content(pdf, found.end(), dictionary, left, ends)
        if content is None:
            continue
        left -= len(content)
        files[content] = None
        if len(files) > MAX_FILES:
            raise FormatError(f"more than {MAX_FILES} attached files")
    return tuple(files)


class _Ends:
    """Finds the next `endstream`; places ascend, so that no part of the file is searched for each of them again."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        self._found = 0

    def after(self, begin: int) -> int:
        """Where it stands; -1 if nowhere."""
        if 0 <= self._found < begin:
            self._found = self._pdf.find(b"endstream", begin)
        return self._found


def _content(pdf: bytes, begin: int, dictionary: bytes, most: int, ends: _Ends) -> bytes | None:
    """What the stream that begins there holds; None where it is compressed in another way."""
    end = _end(pdf, begin, dictionary, ends)
    if b"/Filter" not in dictionary:
        if end - begin > most:
            raise _too_much()
        return pdf[begin:end]
    how = _FILTER.search(dictionary)
    if how is None or how[2] != b"FlateDecode" or (how[1] and how[3] != b"]") or b"/Predictor" in dictionary:
        return None
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(memoryview(pdf)[begin:end], most + 1)
    except zlib.error as error:
        raise FormatError("an attached file is damaged") from error
    if len(content) > most:
        raise _too_much()
    if not inflate.eof:
        raise FormatError("an attached file is damaged")
    return content


def _end(pdf: bytes, begin: int, dictionary: bytes, ends: _Ends) -> int:
    """Where the stream ends: as its length says, if `endstream` stands there, else before the next one.

    A length that is written elsewhere is not looked up: of the line feed before `endstream` nobody knows whose it is.
    """
    length = _LENGTH.search(dictionary)
    if length is not None:
        end = begin + int(length[1])
        if end <= len(pdf) and _END.match(pdf, end):
            return end
    found = ends.after(begin)
    if found < 0:
        raise FormatError("an attached file is cut short")
    if pdf[max(begin, found - 2) : found] == b"\r\n":
        return found - 2
    return found - 1 if pdf[max(begin, found - 1) : found] in (b"\n", b"\r") else found


def _too_much() -> FormatError:
    return FormatError(f"the attached files have more than {MAX_TOTAL // 2**20} MiB")
