"""Takes in the objects that came with ledgers: only what a record that is here, or is being taken in, names."""

import hashlib
from collections.abc import Callable, Sequence

from custody.ports import CaseFiles
from custody.services import tokens
from custody.services.tokens import Named


class Carried:
    """What came beside ledgers and was not kept yet."""

    def __init__(self, files: CaseFiles, objects: Sequence[bytes]) -> None:
        self._files = files
        self._waiting = {hashlib.sha256(data).hexdigest(): data for data in objects}

    def keep(self, wanted: Named) -> None:
        """Keep those that these records name, durably. Raises StorageError."""
        fitting = [name for name in self._waiting.keys() & wanted if tokens.fits(self._waiting[name], wanted[name])]
        for name in sorted(fitting):
            self._files.evidence.add(self._waiting.pop(name))
        if fitting:
            self._files.evidence.sync()

    def finish(self, warn: Callable[[str], None]) -> None:
        """Keep what any record here names; `warn` hears of the rest, and of what is missing. Raises StorageError."""
        wanted = tokens.named_in(self._files)
        self.keep(wanted)
        if self._waiting:
            warn(
                f"{len(self._waiting)} of the files that came beside these records are of no timestamp in them, and "
                "were not kept."
            )
        missing = len(wanted) - sum(1 for _ in tokens.held(self._files.evidence, wanted))
        if missing:
            warn(
                f"{missing} stored files of timestamps are not here, or are not what was recorded, so those timestamps "
                "cannot be checked: ask whoever sent the records to send them again (custody share)."
            )
