"""The library `opentimestamps`, within limits: loads it, reads with it and writes with it. Judges nothing.

The library trusts the lengths and numbers that it reads, so it reads here through a reader that counts.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from custody.errors import FormatError, UsageError

# Each operation takes at least one read, and keeps a result of up to 4,096 bytes: without a limit a proof of 64 KiB
# fills hundreds of megabytes. Real proofs take fewer than 500. The library refuses more than 256 steps in a row.
MAX_READS = 4_096
_VARUINT_BYTES = 8  # 56 bits


def library() -> Any:
    """The library's core package, loaded only for a proof: it takes a fifth of a second. Raises UsageError."""
    try:
        import opentimestamps.core.notary
        import opentimestamps.core.op
        import opentimestamps.core.serialize
        import opentimestamps.core.timestamp
    except ImportError as error:
        raise UsageError(
            "OpenTimestamps proofs need a library that is not installed here",
            "pip install custody-recorder[opentimestamps]",
        ) from error
    return opentimestamps.core


class Reader:
    """What the library reads through: every read is counted, and no number is longer than 56 bits.

    Its methods are those that the library calls. They raise FormatError, which names `what` this should be.
    """

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._at = 0
        self._reads = 0

    def read_bytes(self, length: int) -> bytes:
        """The next so many bytes."""
        self._reads += 1
        if self._reads > MAX_READS:
            raise FormatError(f"not {self._what}: more than {MAX_READS} parts")
        taken = self._data[self._at : self._at + length]
        if len(taken) != length:
            raise FormatError(f"not {self._what}: it breaks off")
        self._at += length
        return taken

    def read_varuint(self) -> int:
        """An unsigned LEB128 number."""
        value = 0
        for place in range(_VARUINT_BYTES):
            byte = self.read_bytes(1)[0]
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return value
        raise FormatError(f"not {self._what}: a number that is too long")

    def read_varbytes(self, max_len: int, min_len: int = 0) -> bytes:
        """Bytes after their number."""
        length = self.read_varuint()
        if not min_len <= length <= max_len:
            raise FormatError(f"not {self._what}: a part of {length} bytes, where {min_len} to {max_len} belong")
        return self.read_bytes(length)

    def assert_magic(self, expected: bytes) -> None:
        """Take these bytes and no others."""
        if self.read_bytes(len(expected)) != expected:
            raise FormatError(f"not {self._what}: it does not begin as one")

    def assert_eof(self) -> None:
        """Refuse that anything follows."""
        if self._at != len(self._data):
            raise FormatError(f"not {self._what}: something follows its end")


@contextmanager
def _without_a_word() -> Iterator[None]:
    """The library says of one operation, which old proofs have, that it may be removed some day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


def read(data: bytes, deserialize: Callable[[Reader], Any], what: str) -> Any:
    """What the library makes of all of `data`, which should be `what`.

    Raises FormatError, and UsageError without the library.
    """
    errors = library().serialize
    reader = Reader(data, what)
    try:
        with _without_a_word():
            found = deserialize(reader)
    except errors.UnsupportedMajorVersion as error:
        raise FormatError(f"not {what} of version 1") from error
    except (errors.RecursionLimitError, RecursionError) as error:
        raise FormatError(f"not {what}: too many steps in a row") from error
    except errors.DeserializationError as error:  # its words repeat foreign bytes, thousands of them
        raise FormatError(f"not {what}: a step or attestation that is not allowed") from error
    except ValueError as error:  # hashlib, where RIPEMD-160 is switched off
        raise FormatError(f"not {what} that can be followed here: a hash that this computer lacks") from error
    reader.assert_eof()
    return found


def merge(stamp: Any, other: Any) -> None:
    """Add what `other`, a timestamp of the same message, has to `stamp`: every step is computed again."""
    with _without_a_word():
        stamp.merge(other)


def write(file: Any) -> bytes:
    """What the library writes. Raises FormatError for what is nested too deep."""
    writer = library().serialize.BytesSerializationContext()
    try:
        file.serialize(writer)
    except RecursionError as error:
        raise FormatError("an OpenTimestamps proof with too many steps in a row") from error
    written: bytes = writer.getbytes()
    return written
