"""Lets a person stop a long `collect` with Ctrl-C, and says what it is at."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from custody.cli.terminal import ProgressLine, Terminal
from custody.domain.visible import visible
from custody.domain.wording import short_size
from custody.services.recording import Collection
from custody.services.recording.collecting import LeaveOut


@contextmanager
def stop_on_interrupt(terminal: Terminal) -> Iterator["Stopped"]:
    """Ctrl-C asks to stop after the current file or batch; a second one leaves out what is being read."""
    stopped = Stopped()

    def handle(_number: int, _frame: object) -> None:
        if stopped.asked:
            raise LeaveOut
        stopped.asked = True
        if stopped.large:
            terminal.note(f"\nFinishing {visible(stopped.large)}, then stopping. Ctrl-C again: leave it out.")
        else:
            terminal.note("\nStopping after the current batch; everything so far stays recorded.")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


class Stopped:
    """Whether the person asked to stop; `large` is the name of the large file that is being read."""

    def __init__(self) -> None:
        self.asked = False
        self.large = ""

    def __call__(self) -> bool:
        return self.asked


def tell(line: ProgressLine, stopped: Stopped, so_far: Collection) -> None:
    large = so_far.large
    stopped.large = "" if large is None else os.fsdecode(os.path.basename(large.path))  # noqa: PTH119  bytes
    line.working_on("" if large is None else f"{stopped.large}, {short_size(large.size)} …")
    line.set(so_far.files_taken, so_far.bytes_taken)
