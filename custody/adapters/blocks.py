"""Keeps Bitcoin block headers in one small file of the verifier's. Judges no work: who keeps one has checked it."""

import stat
from pathlib import Path

from custody import disk
from custody.errors import FormatError, HeaderMismatch, StorageError, UsageError
from custody.formats import canonical
from custody.formats.blockheader import HEADER_SIZE, MAX_HEIGHT, parse_header
from custody.formats.encoding import parse_decimal, parse_hex

MAX_FILE = 2_097_152  # bytes; read as a whole each time
MAX_HEADERS = 10_000  # in a file of at most MAX_FILE; one for each day of 27 years


class BlockHeadersFile:
    """The headers in `trust/blocks.json` (ports.BlockHeaders): canonical JSON, height to hexadecimal header.

    Of two processes that keep one at the same moment, the later one wins; what is lost is fetched again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, height: int) -> bytes | None:
        """The header kept for this height, or None. Raises FormatError, StorageError."""
        return self._read().get(height)

    def keep(self, height: int, header: bytes) -> None:
        """Keep a header for this height, durably. A kept one is never replaced by another.

        Raises HeaderMismatch, FormatError, UsageError, StorageError.
        """
        if not 0 <= height <= MAX_HEIGHT:
            raise UsageError(f"no Bitcoin block has the height {height}")
        found = parse_header(header).shown_hash
        headers = self._read()
        before = headers.get(height)
        if before == header:
            return
        if before is not None:
            raise HeaderMismatch(
                f"block {found} is given for height {height}, and block {parse_header(before).shown_hash} is kept for "
                f"it in {self._path}",
                "ask your own node which one is right; if the kept one is wrong, take it out of that file",
            )
        if len(headers) >= MAX_HEADERS:
            raise StorageError(f"{self._path} holds {MAX_HEADERS} headers already", "move it away; a new one is begun")
        headers[height] = header
        self._write(canonical.encode({str(one): data.hex() for one, data in headers.items()}))

    def _read(self) -> dict[int, bytes]:
        try:
            if not stat.S_ISREG(self._path.stat().st_mode):  # a pipe would be waited for
                raise StorageError(f"{self._path} is not a plain file", "move it away")
            with self._path.open("rb") as file:
                data = file.read(MAX_FILE + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be read: {error.strerror}", "check the disk and whose the file is"
            ) from error
        try:
            return _parse(data)
        except FormatError as error:
            raise FormatError(
                f"{self._path} holds what custody did not write there: {error.message}",
                "put back a copy from before it was damaged; or move it away, and headers are fetched again",
            ) from error

    def _write(self, data: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            disk.replace(self._path, data)
            disk.sync(self._path.parent)
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be written: {error.strerror}", "check the disk and whose the folder is"
            ) from error


def _parse(data: bytes) -> dict[int, bytes]:
    """The headers by height. Raises FormatError for any other content or spelling."""
    if len(data) > MAX_FILE:
        raise FormatError(f"more than {MAX_FILE} bytes")
    content = canonical.parse(data)
    if not isinstance(content, dict) or len(content) > MAX_HEADERS:
        raise FormatError(f"not an object of at most {MAX_HEADERS} members")
    headers = {}
    for height, text in content.items():
        if not isinstance(text, str):
            raise FormatError("a header that is no text")
        header = parse_hex(text, HEADER_SIZE)
        parse_header(header)
        headers[parse_decimal(height)] = header
    if max(headers, default=0) > MAX_HEIGHT:
        raise FormatError(f"a Bitcoin block beyond {MAX_HEIGHT}")
    return headers
