"""The attached files of a report by their names, as its own tables and lists lead to them. Reads no page.

ISO 32000-2 sections 7.7.4 and 7.11.4. Where formats/embedded finds what lies in any PDF and knows no name, this reads a
PDF as our own writer makes it, and sees exactly what a reader's program shows as its attachments.
"""

import zlib

from custody.errors import FormatError
from custody.formats.embedded import MAX_FILES, MAX_TOTAL
from custody.formats.pdfobjects import Name, Reference, Value
from custody.formats.pdfrevisions import Document, Object

MAX_NAME = 255  # bytes; ours have twenty


def named_attachments(document: Document, revision: int) -> dict[str, bytes]:
    """The files attached to the document as it was after that revision, by name.

    Raises FormatError for a name twice, a damaged file, more than MAX_FILES, or more than MAX_TOTAL bytes.
    """
    root = document.dictionary(Reference(document.root), revision)
    names = root.get(b"Names")
    listed = document.dictionary(names, revision).get(b"EmbeddedFiles") if names is not None else None
    if listed is None:
        return {}
    tree = document.dictionary(listed, revision)
    if tree.keys() - {b"Names", b"Limits"}:  # a tree of several levels begins at hundreds of names
        raise FormatError("the list of attached files is not as a report has it")
    entries = document.array(tree.get(b"Names"), revision)
    if len(entries) > 2 * MAX_FILES or len(entries) % 2:
        raise FormatError(f"more than {MAX_FILES} attached files, or a list of them that is damaged")
    files: dict[str, bytes] = {}
    left = MAX_TOTAL
    for key, value in zip(entries[::2], entries[1::2], strict=True):
        specification = document.dictionary(value, revision)
        name = _name(specification)
        if name in files or not isinstance(key, bytes) or _text(key) != name:
            raise FormatError("two attached files have one name, or one file has two names")
        files[name] = _content(document, _stream(document, specification, revision), left)
        left -= len(files[name])
    return files


def _name(specification: dict[bytes, Value]) -> str:
    """Of /F and /UF each program shows the one that it likes; they must say the same."""
    found = {_text(value) for key in (b"F", b"UF") if isinstance(value := specification.get(key), bytes)}
    if len(found) != 1:
        raise FormatError("an attached file without a name, or with two")
    return found.pop()


def _text(value: bytes) -> str:
    """A text string (section 7.9.2.2), in UTF-16 or UTF-8 with their marks, or in ASCII."""
    if isinstance(value, Name) or len(value) > MAX_NAME:
        raise FormatError("an attached file with a name that is none")
    try:
        return text_string(value)
    except FormatError as error:
        raise FormatError("an attached file with a name that cannot be read") from error


def text_string(value: bytes) -> str:
    """A text string (ISO 32000-2 section 7.9.2.2) in UTF-16 or UTF-8 with their marks, or in ASCII.

    Raises FormatError.
    """
    try:
        if value.startswith(b"\xfe\xff"):
            return value[2:].decode("utf-16-be")
        return value[3:].decode() if value.startswith(b"\xef\xbb\xbf") else value.decode("ascii")
    except UnicodeDecodeError as error:
        raise FormatError("a text in another coding than this document uses") from error


def _stream(document: Document, specification: dict[bytes, Value], revision: int) -> Object:
    files = document.dictionary(specification.get(b"EF"), revision)
    numbers = {value.number for value in files.values() if isinstance(value, Reference)}
    if len(numbers) != 1 or files.keys() - {b"F", b"UF"}:
        raise FormatError("an attached file that is two files")
    found = document.find(numbers.pop(), revision)
    if found is None or found.stream is None:
        raise FormatError("an attached file that is not there")
    return found


def _content(document: Document, found: Object, most: int) -> bytes:
    content = stream_content(document, found, most)
    if content is None:
        raise FormatError(f"the attached files have more than {MAX_TOTAL // 2**20} MiB")
    return content


def stream_content(document: Document, found: Object, most: int) -> bytes | None:
    """What a stream holds; None for more than `most` bytes. Raises FormatError for one that is damaged."""
    assert found.stream is not None
    assert isinstance(found.value, dict)  # else it had no stream
    begin, end = found.stream
    how = found.value.get(b"Filter")
    if found.value.keys() & {b"DecodeParms", b"F", b"FFilter", b"Crypt"}:
        raise FormatError("an attached file that is stored in a way that no report uses")
    if how is None:
        return document.pdf[begin:end] if end - begin <= most else None
    if not isinstance(how, Name) or how != b"FlateDecode":
        raise FormatError("an attached file that is stored in a way that no report uses")
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(memoryview(document.pdf)[begin:end], most + 1)
    except zlib.error as error:
        raise FormatError("an attached file is damaged") from error
    if len(content) > most:
        return None
    if not inflate.eof or inflate.unused_data:
        raise FormatError("an attached file is damaged")
    return content
