"""The media type of a file, by its first bytes or else by its name, and which of the two said so. A hint, no finding.

The name is looked up in tables that are the same on every computer, never in the system's own list: two people who take
in the same file should record the same type.
"""

import os
from functools import cache
from typing import Literal

HEAD = 8192  # bytes; the longest signature that the library looks for ends within them

# Kinds that investigators meet and that the standard table lacks, or names by an obsolete type in some versions.
_EVERYDAY = {
    ".har": "application/json",
    ".ics": "text/calendar",  # RFC 5545
    ".js": "text/javascript",  # RFC 9239
    ".log": "text/plain",
    ".md": "text/markdown",  # RFC 7763
    ".ndjson": "application/x-ndjson",
    ".vcf": "text/vcard",  # RFC 6350
    ".warc": "application/warc",  # ISO 28500
    ".yaml": "application/yaml",  # RFC 9512
    ".yml": "application/yaml",
}


def media_type(head: bytes, name: bytes) -> tuple[str, Literal["content", "name", "nothing"]]:
    """`head` is the beginning of the file, HEAD bytes where it has so many; `name` its last name."""
    import filetype

    if head and (kind := filetype.guess(head[:HEAD])) is not None:
        return kind.mime, "content"
    suffix = os.path.splitext(os.fsdecode(name))[1].lower()
    if (by_name := _table().get(suffix)) is not None:
        return by_name, "name"
    return "application/octet-stream", "nothing"


@cache
def _table() -> dict[str, str]:
    from mimetypes import MimeTypes

    return MimeTypes(filenames=()).types_map[True] | _EVERYDAY
