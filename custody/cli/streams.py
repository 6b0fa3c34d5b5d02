"""Standard input, output and error that a command may print to whatever they are: closed, full, or a pipe.

What was recorded must not end as a traceback because its number could not be printed: what stdout refuses is told on
stderr, and the command goes on.
"""

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

TOLD_AGAIN = 16 * 1024  # characters that may wait in buffers when a write fails
_TEXT: Any = {"encoding": "utf-8", "errors": "backslashreplace"}


class Output:
    """A text stream for printing. Its failure is kept in `failed`; what it did not take is told to `instead`."""

    def __init__(self, stream: TextIO, instead: "Output | None" = None) -> None:
        self._stream = stream
        self._instead = instead
        self._last: deque[str] = deque()
        self._waiting = 0
        self.failed: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or tell it elsewhere. Raises BrokenPipeError: nobody reads any more, and that is no failure."""
        if not isinstance(text, str):  # typer tries, to find out what kind of stream this is
            raise TypeError("text is printed, not bytes")
        if self.failed is not None:
            if self._instead is not None:
                self._instead.write(text)
            return len(text)
        self._last.append(text)
        self._waiting += len(text)
        while self._waiting - len(self._last[0]) > TOLD_AGAIN:
            self._waiting -= len(self._last.popleft())
        with self._failing():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or tell elsewhere what waited."""
        if self.failed is None:
            with self._failing():
                self._stream.flush()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if isinstance(error, BrokenPipeError) and self._instead is not None:
                raise
            self.failed = error
            if self._instead is not None:
                for text in self._last:
                    self._instead.write(text)
            with suppress(OSError, ValueError):  # or Python would try again, and complain, while it exits
                drop(self._stream.fileno())


def drop(descriptor: int) -> None:
    """Have whatever is still written there go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextmanager
def safe_streams() -> Iterator[Output]:
    """Standard streams to which can be printed; gives stdout."""
    before = sys.stdin, sys.stdout, sys.stderr
    # A number that is free would go to the next file that is opened, and what is printed into a database.
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)
    try:
        sys.stdin = sys.stdin or open(0, closefd=False, encoding="utf-8")  # noqa: SIM115
        errors = Output(sys.stderr or open(2, "w", closefd=False, **_TEXT))  # noqa: SIM115
        output = Output(sys.stdout or open(1, "w", closefd=False, **_TEXT), errors)  # noqa: SIM115
        sys.stdout, sys.stderr = output, errors
        yield output
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
