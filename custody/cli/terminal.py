"""The terminal: the one place that prints and asks. Foreign text is made visible before it is shown."""

import io
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO, TypeVar

import typer

from custody.domain.visible import escape, visible
from custody.errors import CustodyError, UsageError

Value = TypeVar("Value", bound=str)

WIDTH = 100  # columns for running text; wider is hard to read
INTERRUPTED = 130  # what shells give for a process that SIGINT ended
_OWN = re.compile(r"(\x1b\[(?:0|32|33|31;1)m)")
_DRIVES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # a terminal, or the order of letters
_COLOURS = {"YES": "32", "NO": "31;1", "OPEN": "33"}


class Terminal:
    """How one command talks. With `json` there is one object on stdout and nothing else there."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @property
    def can_ask(self) -> bool:
        """Whether a person sits there: only then is anything asked."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, text: str = "") -> None:
        """A line of words about what was done. On stderr when stdout is kept for JSON.

        Controls but our own colours and line ends are written out, also where a path was put in as it was typed.
        """
        parts = _OWN.split(text)
        parts[::2] = [_DRIVES.sub(lambda found: escape(found[0]), part) for part in parts[::2]]
        text = "".join(parts)
        print(text, file=sys.stderr if self.as_json else sys.stdout)

    def sentence(self, text: str) -> None:
        """A line that may be long: broken between words for a person at a terminal, whole for a program."""
        self.say(self._wrapped(text, sys.stderr if self.as_json else sys.stdout))

    def paragraph(self, text: str, *, indent: str = "", first: str | None = None) -> None:
        """Running text, wrapped to the terminal; `first` begins its first line instead of `indent`."""
        import textwrap

        lines = textwrap.wrap(
            text,
            width=min(self.width, WIDTH),
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines or [indent]:
            self.say(line)

    def note(self, text: str) -> None:
        """Words beside the result, always on stderr."""
        print(text, file=sys.stderr)

    def aside(self, text: str) -> None:
        """A sentence beside the result, always on stderr, broken as `sentence` does."""
        self.note(self._wrapped(text, sys.stderr))

    def pairs(self, pairs: Sequence[tuple[str, str]], *, indent: str = "") -> None:
        """Label and text, aligned; the text is foreign and made visible."""
        width = max((len(label) for label, _ in pairs), default=0)
        for label, text in pairs:
            first = f"{indent}{label:<{width}}  "
            self.paragraph(visible(text), indent=" " * len(first), first=first)

    def columns(self, rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> None:
        """Aligned columns; every cell is foreign and made visible, the last may be cut to fit the line."""
        cells = [[visible(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = [
                cell.rjust(width) if index in right else cell.ljust(width)
                for index, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            line = "  ".join(padded).rstrip()
            self.say(line if not sys.stdout.isatty() or len(line) <= self.width else f"{line[: self.width - 1]}…")

    def result(self, value: object) -> None:
        """The one object of `--json`."""
        import msgspec

        print(json.dumps(msgspec.to_builtins(value), ensure_ascii=True, indent=None, sort_keys=True))

    def verdict_word(self, word: str) -> str:
        """YES, NO or OPEN, coloured where the terminal shows colours; the word alone says everything."""
        if self.as_json or not sys.stdout.isatty() or "NO_COLOR" in _environment():
            return word
        return f"\x1b[{_COLOURS[word]}m{word}\x1b[0m"

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        import shutil

        return shutil.get_terminal_size((WIDTH, 24)).columns

    def ask(self, question: str, *, default: str | None = None) -> str:
        """One line typed by the person. Raises UsageError when they end the input."""
        shown = f"{question} [{visible(default)}] " if default else f"{question} "
        try:
            print(shown, end="", file=sys.stderr, flush=True)
            with nothing_changed(self):
                typed = input().strip()
        except EOFError as error:
            raise UsageError("nothing was typed", "run it again and answer, or give the answer as an option") from error
        return typed or (default or "")

    def ask_text(self, question: str) -> str:
        """One line that is not empty: asked again until something is typed. Raises UsageError at the input's end."""
        while not (typed := self.ask(question)):
            self.note("Please type something, or press Ctrl-C to stop.")
        return typed

    def confirm(self, question: str) -> bool:
        """Yes or no, typed out: Enter is neither."""
        while True:
            typed = self.ask(f"{question} (y or n)").casefold()
            if typed in ("y", "yes", "n", "no"):
                return typed.startswith("y")

    def choose(self, question: str, choices: Sequence[tuple[Value, str]], *, default: Value | None) -> Value:
        """One of the numbered choices (value, words); Enter takes the default."""
        self.note(question)
        for number, (value, words) in enumerate(choices, 1):
            mark = "   <- Enter" if value == default else ""
            self.note(f"  {number}  {visible(words)}{mark}")
        values = [value for value, _ in choices]
        while True:
            typed = self.ask("Number:")
            if not typed and default is not None and default in values:
                return default
            if typed.isdecimal() and 1 <= int(typed) <= len(choices):
                return values[int(typed) - 1]
            self.note(f"Type a number from 1 to {len(choices)}.")

    def ask_secret(self, question: str) -> str:
        """A passphrase, not shown while it is typed."""
        import getpass

        try:
            with nothing_changed(self):
                return getpass.getpass(f"{question} (nothing shows while you type) ", stream=sys.stderr)
        except EOFError as error:
            raise UsageError("no passphrase was typed", "run it again and type it") from error

    def error(self, error: CustodyError) -> None:
        """What happened, to what, what to do next."""
        if self.as_json:
            self.result(
                {
                    "error": {
                        "code": error.code,
                        "exit": error.exit_code,
                        "hint": error.hint,
                        "message": error.message,
                    }
                }
            )
        self.note(self._wrapped(f"custody: error: {_lines(error.message)}", sys.stderr))
        if error.hint:
            self.note(self._wrapped(f"custody: hint: {_lines(error.hint)}", sys.stderr))

    def warn(self, message: str, hint: str) -> None:
        """What is not refused and should not stay so, and what to do: on stderr, also beside JSON."""
        self.note(self._wrapped(f"custody: warning: {_lines(message)}", sys.stderr))
        self.note(self._wrapped(f"custody: hint: {_lines(hint)}", sys.stderr))

    def _wrapped(self, text: str, stream: TextIO) -> str:
        """Broken between words for a person at a terminal; whole for whoever reads it with a program."""
        if not stream.isatty():
            return text
        import textwrap

        return textwrap.fill(
            text, min(self.width, WIDTH), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )


@contextmanager
def nothing_changed(terminal: Terminal) -> Iterator[None]:
    """Ctrl-C in the block ends the command and says that nothing was changed: for questions, and what only reads."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        terminal.note("\nStopped. Nothing was changed.")
        raise typer.Exit(INTERRUPTED) from interrupt


@contextmanager
def progress_line(words: str) -> Iterator["ProgressLine"]:
    """A line on stderr that counts while something long runs; silent where nobody watches."""
    line = ProgressLine(words)
    try:
        yield line
    finally:
        line.end()


class ProgressLine:
    """Files, bytes and throughput so far. Shown only at a terminal, and only after half a second."""

    def __init__(self, words: str) -> None:
        import time

        self._words = words
        self._clock = time.monotonic
        self._started = self._last = self._clock()
        self._shown = False
        self._watched = sys.stderr.isatty()
        self._now = ""
        self.count = 0
        self.size = 0

    def records(self, count: int) -> None:
        """So many more were done."""
        self.count += count
        self._show()

    def read(self, size: int) -> None:
        """So many more bytes were read."""
        self.size += size
        self._show()

    def set(self, count: int, size: int) -> None:
        """So many are done in all."""
        self.count, self.size = count, size
        self._show()

    def working_on(self, words: str) -> None:
        """What takes long now, "" for nothing in particular."""
        if self._watched and words != self._now:
            self._now = words
            self._shown = True
            print(f"\r\x1b[K{visible(words)}", end="", file=sys.stderr, flush=True)

    def _show(self) -> None:
        if not self._watched or self._now:
            return
        now = self._clock()
        if now - self._last < 0.2 or now - self._started < 0.5:
            return
        self._last = now
        self._shown = True
        seconds = now - self._started
        rate = f", {self.size / 1e6:,.0f} MB at {self.size / 1e6 / seconds:,.0f} MB/s" if self.size else ""
        print(f"\r\x1b[K{self._words} {self.count:,} ({self.count / seconds:,.0f}/s){rate}", end="", file=sys.stderr)
        sys.stderr.flush()

    def end(self) -> None:
        """Clear the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def spell_out_unprintable() -> None:
    """Write what the terminal's encoding lacks as an escape: a name must not end a command whose work is done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _lines(text: str) -> str:
    """Foreign parts of a message made visible, our own line breaks kept."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _environment() -> Mapping[str, str]:
    import os

    return os.environ
