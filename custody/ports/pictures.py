"""Small pictures of evidence, for documents."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A JPEG without anything beside the picture, and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


class Pictures(Protocol):
    """Makes small pictures of files that strangers made."""

    def small(self, data: bytes, *, blurred: bool) -> SmallPicture | None:
        """A small picture of an image, the same for the same bytes; None for what cannot be read as one, or is too
        large to be. `blurred` leaves nothing of it to be recognised.
        """
        ...
