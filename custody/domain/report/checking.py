"""Commands that check the files of a report without this software, on three systems. Runs nothing.

A name that a shell or a program could take for something else is never put into a command.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from custody.domain.fields import is_hash
from custody.domain.report.model import Report, ReportItem

SUMS: Final = "SHA256SUMS"  # what the list of all values is called, as sha256sum's own manual calls it
EXAMPLES: Final = 3  # items whose commands are printed for each system; the rule does for the others
FILE: Final = "FILE"  # stands for a name that cannot be typed safely

# Nothing that a shell of any of the three systems expands, quotes or takes for an option.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,100}")


@dataclass(frozen=True, slots=True)
class System:
    """One way: for whom, the commands, and what is then to be seen."""

    name: str
    commands: tuple[str, ...]
    expect: str


def file_name(item: ReportItem) -> str:
    """The name to be typed for an item's file, FILE where what the report calls it could do harm."""
    return item.command_name if _PLAIN.fullmatch(item.command_name) else FILE


def comparable(report: Report) -> list[ReportItem]:
    """The items whose value is printed, and therefore can be compared."""
    return [item for item in report.items if item.digest is not None and is_hash(item.digest)]


def sums(report: Report) -> str:
    """The list that `sha256sum -c` reads: digest, two spaces, name, a line each; without names that do harm."""
    lines = (f"{item.digest}  {file_name(item)}\n" for item in comparable(report) if file_name(item) != FILE)
    return "".join(lines)


def file_checks(items: Sequence[ReportItem]) -> tuple[System, ...]:
    """The commands for these items, on each system."""
    named = [(file_name(item), item.digest or "") for item in items]
    return (
        System(
            "Windows, Command Prompt",
            tuple(f"certutil -hashfile {name} SHA256" for name, _ in named),
            "The line of 64 signs must be the value of the item.",
        ),
        System(
            "Windows, PowerShell",
            tuple(f"(Get-FileHash {name} -Algorithm SHA256).Hash -eq '{digest}'" for name, digest in named),
            "It must say True.",
        ),
        System(
            "macOS, Terminal",
            tuple(f"shasum -a 256 {name}" for name, _ in named),
            "It must begin with the value of the item.",
        ),
        System(
            "Linux",
            tuple(f"sha256sum {name}" for name, _ in named),
            "It must begin with the value of the item.",
        ),
    )


def all_at_once() -> tuple[System, ...]:
    """The commands for all files in one folder, with the list of all values beside them."""
    return (
        System("Windows, PowerShell", ("Get-FileHash * -Algorithm SHA256 | Format-List Hash, Path",), ""),
        System("macOS, Terminal", (f"shasum -a 256 -c {SUMS}",), ""),
        System("Linux", (f"sha256sum -c {SUMS}",), ""),
    )


def folder_checks(item: ReportItem) -> Iterator[str]:
    """For a folder: its list, then, inside the folder, every part. The list lies beside the folder."""
    name = file_name(item)
    yield f"sha256sum {name}"
    yield f"cd FOLDER && sha256sum -c ../{name}"


def is_folder(item: ReportItem) -> bool:
    """Whether an item's value is that of a list of parts."""
    return bool(item.parts or item.parts_listed) or item.what.startswith("a folder")
