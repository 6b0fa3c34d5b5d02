"""Tells whether a folder is kept in step with a provider or other devices, by its name or by what the program leaves.

Dropbox and its like copy whole files behind the back of whoever writes them. Nothing here is certain: a folder can be
named so and be none, and what leaves no trace (Desktop and Documents in iCloud) is not seen. So it only warns.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path

MAX_LISTED = 10_000  # names of one folder that are looked through for marks

# Names of folders, without regard to case; what may follow is an account or a team: "OneDrive - Help Desk".
_NAMES: tuple[tuple[str, str], ...] = (
    (r"dropbox( \(.+\))?", "Dropbox"),
    (r"onedrive([ -].+)?", "OneDrive"),
    (r"i ?cloud ?drive( \(archive\))?", "iCloud Drive"),
    (r"google ?drive([ -].+)?|my drive|\.shortcut-targets-by-id", "Google Drive"),
    (r"nextcloud\d*", "Nextcloud"),
    (r"owncloud\d*", "ownCloud"),
    (r"syncthing", "Syncthing"),
    (r"mega(sync)?( downloads| sync)?", "MEGA"),
    (r"box sync|box-box", "Box"),
    (r"p ?cloud ?(drive|sync)?", "pCloud"),
    (r"proton ?drive(-.+)?", "Proton Drive"),
    (r"seafile", "Seafile"),
)
# Names that mean something else elsewhere: only right below the person's home.
_AT_HOME: tuple[tuple[str, str], ...] = ((r"box", "Box"), (r"sync", "Syncthing or Sync.com"))
# macOS keeps what its File Provider synchronises in these two.
_LIBRARY: tuple[tuple[tuple[str, str], str], ...] = (
    (("library", "mobile documents"), "iCloud Drive"),
    (("library", "cloudstorage"), "a cloud service"),
)
# What their programs leave in the folder that they keep in step.
_MARKS: tuple[tuple[str, str], ...] = (
    (r"\.stfolder", "Syncthing"),
    (r"\.dropbox\.cache", "Dropbox"),
    (r"\.owncloudsync\.log", "ownCloud or Nextcloud"),
    (r"\.nextcloudsync\.log", "Nextcloud"),
    (r"\._?sync_[0-9a-f]+\.db", "ownCloud or Nextcloud"),
    (r"\.tmp\.drive(download|upload)", "Google Drive"),
    (r"\.849c9593-d756-4e56-8d6e-42412f2a707b", "OneDrive"),
    (r"\.megaignore", "MEGA"),
    (r"\.seafile-data", "Seafile"),
)
_ONEDRIVE = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")  # set by Windows to the folders of the accounts


def synchronised_by(folder: Path, environment: Mapping[str, str], home: Path) -> str | None:
    """What keeps this folder in step, as far as that can be seen; links are followed. It need not exist yet."""
    path, home = _resolved(folder), _resolved(home)
    found = _by_name(path.parts, home.parts)
    if found is None:
        found = next(_by_environment(path, environment), None)
    return found or next(filter(None, map(_by_mark, (path, *path.parents))), None)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link that leads in a circle
        return path.absolute()


def _by_name(parts: Sequence[str], home: Sequence[str]) -> str | None:
    folded = [part.casefold() for part in parts]
    named = [_named(_NAMES, part) for part in folded]
    if (found := next(filter(None, named), None)) is not None:
        return found
    for pair, service in _LIBRARY:
        if pair in pairwise(folded):
            return service
    below_home = len(parts) > len(home) and parts[: len(home)] == home
    return _named(_AT_HOME, folded[len(home)]) if below_home else None


def _by_environment(path: Path, environment: Mapping[str, str]) -> Iterator[str]:
    for name in _ONEDRIVE:
        if (folder := environment.get(name)) and path.is_relative_to(_resolved(Path(folder))):
            yield "OneDrive"


def _by_mark(folder: Path) -> str | None:
    with suppress(OSError), os.scandir(folder) as names:  # not there yet, or not to be read
        for entry in islice(names, MAX_LISTED):
            if entry.name.startswith(".") and (found := _named(_MARKS, entry.name.casefold())) is not None:
                return found
    return None


def _named(table: Sequence[tuple[str, str]], name: str) -> str | None:
    return next((service for pattern, service in table if re.fullmatch(pattern, name)), None)
