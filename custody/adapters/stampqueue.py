"""Remembers what the writer of a ledger still waits for from authorities: one small JSON file a ledger.

Nothing that evidence rests on: lost, an authority is asked for a stamp once more.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from custody import disk
from custody.errors import FormatError
from custody.ports import KeptList

MAX_FILE = 1_048_576  # bytes
MAX_UNCONFIRMED = 10_000  # records
MAX_LISTS = 64  # addresses of revocation lists; the oldest is dropped


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    owed: tuple[str, ...] = ()
    unconfirmed: tuple[int, ...] = ()
    lists: dict[str, KeptList] = {}


class StampQueueFolder:
    """The port StampQueue: `<ledger id>.json` in a folder of CUSTODY_HOME."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def owed(self, ledger: str) -> tuple[str, ...]:
        """The names of the authorities that owe a stamp. Raises FormatError."""
        return self._read(ledger).owed

    def unconfirmed(self, ledger: str) -> tuple[int, ...]:
        """The positions of records whose proofs are pending. Raises FormatError."""
        return self._read(ledger).unconfirmed

    def settle(
        self,
        ledger: str,
        *,
        done: Sequence[str] = (),
        owed: Sequence[str] = (),
        unconfirmed: Sequence[int] = (),
        confirmed: Sequence[int] = (),
    ) -> None:
        """Authorities that gave a stamp, that owe one, and records whose proofs are pending, or are no longer."""

        def settled(before: _Content) -> _Content:
            return msgspec.structs.replace(
                before,
                owed=tuple(sorted({*before.owed, *owed} - {*done})),
                unconfirmed=tuple(sorted({*before.unconfirmed, *unconfirmed} - {*confirmed}))[-MAX_UNCONFIRMED:],
            )

        self._change(ledger, settled)

    def revocation_list(self, ledger: str, url: str) -> KeptList | None:
        """The newest list from this address that is kept for the case of this ledger."""
        return self._read(ledger).lists.get(url)

    def keep_revocation_list(self, ledger: str, url: str, name: str, fetched: str) -> None:
        """Remember the object `name` as the list from this address."""

        def with_it(before: _Content) -> _Content:
            lists = sorted({**before.lists, url: KeptList(name, fetched)}.items(), key=lambda one: one[1].fetched)
            return msgspec.structs.replace(before, lists=dict(lists[-MAX_LISTS:]))

        self._change(ledger, with_it)

    def _change(self, ledger: str, change: Callable[[_Content], _Content]) -> None:
        before = self._read(ledger)
        after = change(before)
        if after == before:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(ledger)
        draft = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            draft.write_bytes(msgspec.json.encode(after))
            disk.sync(draft)
            draft.replace(path)
            disk.sync(self._folder)
        finally:
            draft.unlink(missing_ok=True)

    def _read(self, ledger: str) -> _Content:
        path = self._path(ledger)
        try:
            with path.open("rb") as file:
                return msgspec.json.decode(file.read(MAX_FILE + 1), type=_Content)
        except FileNotFoundError:
            return _Content()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise FormatError(
                f"{path} holds what custody did not write there",
                "move it away; then run custody timestamp, which asks every authority once more",
            ) from error

    def _path(self, ledger: str) -> Path:
        return self._folder / f"{ledger}.json"
