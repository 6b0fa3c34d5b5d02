"""What a kept file of one format is: what was done to it, and whether it is read. The files themselves lie beside."""

import json
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileFault:
    """A file: its name with the suffix, in a few words what it is, its bytes, and how it is met.

    `error` is None where reading it and writing what was read gives the same bytes; else it is the class of the error.
    """

    name: str
    what: str
    data: bytes
    error: str | None = "FormatError"


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how its bytes are read and written again, and its files."""

    read_back: Callable[[bytes], bytes]
    files: list[FileFault]


def compact(value: object) -> bytes:
    """JSON without spaces, members as they stand."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def once(data: bytes, old: bytes, new: bytes) -> bytes:
    """The bytes with one thing changed in its one place."""
    assert data.count(old) == 1, old
    return data.replace(old, new)
