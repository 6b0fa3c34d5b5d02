"""What is recorded already, for `collect --resume`: a file counts as known by its whole path and its digest.

The path, not only the name: two files of one name in two folders are two findings.
"""

from custody.domain.entry import Entry
from custody.domain.events import Collected
from custody.errors import VerificationError
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.services import reading
from custody.services.recording.appending import Recorder


class KnownFiles:
    """Recorded pairs of path and digest, and the records that say so: position, id, and whether the bytes are kept.

    They are read without being verified; the one that has a file passed over is verified first, or whoever can write
    the database could keep a file from being recorded.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._known: dict[tuple[bytes, str], list[tuple[int, bytes, bool]]] = {}

    @classmethod
    def of(cls, recorder: Recorder) -> "KnownFiles":
        """Everything collected so far whose path can be opened here."""
        known = cls(recorder)
        found = reading.entries(recorder.files, recorder.ledger.id)
        for entry, values in reading.with_values(recorder.files, (one for one in found if isinstance(one, Entry))):
            body = entry.statement.body
            if not isinstance(body, Collected):
                continue
            digest = body.digest if isinstance(body.digest, str) else values.get("/digest")
            if isinstance(digest, str) and "/path" in values:
                record = (entry.statement.position, bytes.fromhex(entry.id), body.kept)
                known._known.setdefault((canonical.encode(values["/path"]), digest), []).append(record)
        return known

    def holds(self, path: Json, digest: str, *, kept: bool) -> bool:
        """Whether a file of this path and digest is recorded, its bytes too if they are to be `kept`."""
        records = self._known.get((canonical.encode(path), digest), [])
        return any(self._is_signed(position, identity) for position, identity, has in records if has or not kept)

    def _is_signed(self, position: int, identity: bytes) -> bool:
        ledger = self._recorder.ledger
        with self._recorder.files.ledgers.reading() as reader:
            rows = list(reader.rows(ledger.id, position, position + 1))
        try:
            return any(reading.verified_row(row, ledger.id, ledger.key).id == identity.hex() for row in rows)
        except VerificationError:
            return False
