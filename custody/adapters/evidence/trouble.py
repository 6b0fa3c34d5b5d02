"""Says in plain words what is wrong with the store, and what to do about it. Decides nothing."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from custody.errors import StorageError

_AGAIN = "then run the command again with --resume"
_HINTS = {
    errno.ENOSPC: f"the disk with the case is full: make room or move the case to a larger disk, {_AGAIN}",
    errno.EDQUOT: f"your share of the disk is used up: make room or ask for more, {_AGAIN}",
    errno.EFBIG: f"the file is larger than this disk can hold in one piece: move the case to another disk, {_AGAIN}",
    errno.EROFS: f"the disk with the case is read-only: copy the case to one that can be written, {_AGAIN}",
    errno.EACCES: f"you may not write in the case folder: check whose it is and what it allows, {_AGAIN}",
    errno.EPERM: f"the system does not allow this in the case folder: check whose it is and what it allows, {_AGAIN}",
    errno.EIO: "the disk with the case may be failing: copy the case to another disk, then verify the copy",
}
_OTHERWISE = f"see that the disk with the case is connected and works, {_AGAIN}"


def trouble(error: OSError) -> StorageError:
    """What the system refused, as our error. Object names are digests and say nothing here, so none is given."""
    return StorageError(
        f"the evidence store does not work: {error.strerror or type(error).__name__}",
        _HINTS.get(error.errno or 0, _OTHERWISE),
    )


@contextmanager
def in_the_store() -> Iterator[None]:
    """Everything that the system refuses within is the store's own trouble. Raises StorageError."""
    try:
        yield
    except OSError as error:
        raise trouble(error) from error
