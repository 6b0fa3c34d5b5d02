"""What is recorded already, for `collect --resume`: a file counts as known by its whole path and its digest.

The path, not only the name: two files of one name in two folders are two findings.
"""

from custody.domain.entry import Entry
from custody.domain.events import Collected
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.services import reading
from custody.services.recording.appending import Recorder


class KnownFiles:
    """Recorded pairs of path and digest."""

    def __init__(self) -> None:
        self._known: set[tuple[bytes, str]] = set()

    @classmethod
    def of(cls, recorder: Recorder) -> "KnownFiles":
        """Everything collected so far whose path can be opened here."""
        known = cls()
        found = reading.entries(recorder.files, recorder.ledger.id)
        for entry, values in reading.with_values(recorder.files, (one for one in found if isinstance(one, Entry))):
            body = entry.statement.body
            if not isinstance(body, Collected):
                continue
            digest = body.digest if isinstance(body.digest, str) else values.get("/digest")
            if isinstance(digest, str) and "/path" in values:
                known._known.add((canonical.encode(values["/path"]), digest))
        return known

    def holds(self, path: Json, digest: str) -> bool:
        """Whether a file of this path and digest is recorded."""
        return (canonical.encode(path), digest) in self._known
