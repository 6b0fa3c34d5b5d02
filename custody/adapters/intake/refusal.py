"""Says in plain words why a file is not taken in, and what to do next. Names no file: the caller shows names safely."""

import errno

from custody.domain.events.collection import FailedOutcome
from custody.errors import IntakeError
from custody.ports import NotTaken


class Refusal(IntakeError):
    """A file that is not taken in."""

    def __init__(self, outcome: FailedOutcome, message: str, hint: str) -> None:
        super().__init__(message, outcome=outcome, hint=hint)
        self.answer = NotTaken(outcome=outcome, message=f"{message}; {hint}")


def not_found() -> Refusal:
    """Nothing bears the name."""
    return Refusal("not-found", "there is nothing of this name", "check the spelling, or whether it was moved")


def dangling_link() -> Refusal:
    """A link to nothing, or round in a circle."""
    return Refusal("dangling-link", "this is a link that leads nowhere", "name the file that is meant")


def not_a_file(what: str = "something that is not a file (a pipe, a socket or a device)") -> Refusal:
    """Nothing that holds bytes which stay the same. It was not opened."""
    return Refusal("not-a-file", f"this is {what}", "leave it out, or save what comes out of it and take that in")


def changed() -> Refusal:
    """Two readings that do not fit what the system said before and after."""
    return Refusal(
        "changed-while-read",
        "the file changed while it was read, twice",
        "close the program that writes it, or make a copy and take the copy in",
    )


def refused(error: OSError) -> Refusal:
    """What the system said when it would not open, list or read."""
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return not_found()
        case errno.EACCES | errno.EPERM:
            return Refusal(
                "not-allowed",
                "you are not allowed to read this",
                "ask whoever owns it, or have them copy it to where you may read",
            )
        case errno.ENXIO | errno.ENODEV | errno.EOPNOTSUPP | errno.EISDIR:
            return not_a_file()
        case errno.ELOOP:
            return dangling_link()
        case errno.ENAMETOOLONG:
            return Refusal(
                "read-error",
                "its path is longer than the system can open",
                "copy the folder that holds it to a place nearer to the top of the disk",
            )
        case errno.EIO | errno.ENODATA:
            return Refusal(
                "read-error",
                "the disk could not read it",
                "the disk may be failing: use it no more than needed, and have an image made of it",
            )
        case _:
            return Refusal(
                "read-error",
                f"it could not be read: {error.strerror or type(error).__name__}",
                "see that its disk is connected and works, then try again",
            )
