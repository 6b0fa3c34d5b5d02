"""Runs the real command line as a person or a script would: another process, its own home, no terminal unless asked."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import typer

from custody.cli.app import app
from tests.cli import warm

PASSPHRASE = "correct horse battery staple"
TIMEOUT = 120  # seconds; two loaded cores and coverage make single commands slow
PROGRAM = (sys.executable, "-m", "custody")

# What an unprivileged person lacks and root has. Dropped from the bounding set, exec cannot give it back
# (capabilities(7)), and uid 0 is then refused by file modes like anybody else.
_ABOVE_MODES = "-dac_override,-dac_read_search,-fowner"


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout. Fails when there is anything else."""
        assert self.out.endswith("}\n"), self
        assert self.out.count("\n") == 1, self
        value = json.loads(self.out)
        assert isinstance(value, dict), self
        return value

    @property
    def error(self) -> Any:
        """The error that `--json` printed."""
        assert set(self.json) == {"error"}, self
        return self.json["error"]


@dataclass(frozen=True)
class Custody:
    """The command line in a folder of its own: `home` is CUSTODY_HOME, `cwd` where commands are typed."""

    cwd: Path
    home: Path
    passphrase: str | None = PASSPHRASE
    more: Mapping[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()

    def __call__(self, *arguments: str | Path | bytes, stdin: str | None = None) -> Done:
        """Run a command to its end, without a terminal."""
        given = b"" if stdin is None else stdin.encode("utf-8", "surrogateescape")
        environment = self.environment()
        ended = None if self.prefix else warm.run(arguments, self.cwd, environment, given, TIMEOUT)
        if ended is None:
            done = subprocess.run(
                [*self.prefix, *PROGRAM, *arguments],
                cwd=self.cwd,
                env=environment,
                input=given,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
            ended = done.returncode, done.stdout, done.stderr
        code, out, err = ended
        result = Done(code, out.decode("utf-8"), err.decode("utf-8"))
        assert "Traceback" not in result.err, result.err
        return result

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            [*self.prefix, *PROGRAM, *arguments],
            cwd=self.cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def at_terminal(self, *arguments: str | Path, columns: int = 100) -> Any:
        """Start a command at a terminal: a pexpect.spawn that echoes nothing but what the program shows."""
        pexpect = pytest.importorskip("pexpect")
        with warnings.catch_warnings():
            # Python 3.12 and newer warn of any fork in a process with threads; here the child only execs.
            warnings.simplefilter("ignore", DeprecationWarning)
            words = [*self.prefix, *PROGRAM, *map(str, arguments)]
            return pexpect.spawn(
                words[0],
                words[1:],
                cwd=str(self.cwd),
                env={**self.environment(), "TERM": "dumb"},
                encoding="utf-8",
                timeout=TIMEOUT,
                dimensions=(50, columns),
                echo=False,
            )

    def environment(self) -> dict[str, str]:
        """Nothing of the person's own settings, a known time zone and width."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
        kept.pop("COLUMNS", None)
        kept.pop("NO_COLOR", None)
        kept.pop("PYTHONUNBUFFERED", None)
        kept |= {"CUSTODY_HOME": str(self.home), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        if self.passphrase is not None:
            kept["CUSTODY_PASSPHRASE"] = self.passphrase
        return {**kept, **self.more}

    def using(self, **changes: Any) -> "Custody":
        """The same with some things otherwise."""
        return replace(self, **changes)


def ended(terminal: Any) -> tuple[int, str]:
    """Exit code and the rest of what a pexpect.spawn showed, with plain line ends."""
    import pexpect

    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus, terminal.before.replace("\r\n", "\n")


def tree(*folders: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below the folders: mode and bytes by path. Folders count too, with no bytes."""
    found: dict[str, tuple[int, bytes]] = {}
    for folder in folders:
        for path in sorted([folder, *folder.rglob("*")]) if folder.exists() else []:
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[str(path)] = (path.lstat().st_mode, content)
    return found


def open_files(process: int) -> set[str]:
    """The files that a process has open now, by path (Linux)."""
    found = set()
    for one in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            found.add(str(one.readlink()))
    return found


def without_root(custody: Custody) -> Custody:
    """The same, bound by file modes even when the tests run as root; skips where that cannot be had."""
    if sys.platform == "win32":
        pytest.skip("file modes mean little on Windows")
    if os.geteuid() != 0:
        return custody
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("as root, file modes refuse nothing, and setpriv (Debian: util-linux) is not installed")
    prefix = (setpriv, "--bounding-set", _ABOVE_MODES, "--inh-caps", _ABOVE_MODES, "--")
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("as root, file modes refuse nothing, and this container does not let privileges be dropped")
    return custody.using(prefix=prefix)


def command_paths() -> list[tuple[str, ...]]:
    """Every command, subcommand and group, the program itself first."""
    return _paths(typer.main.get_group(app), ())


def _paths(group: typer.core.TyperGroup, prefix: tuple[str, ...]) -> list[tuple[str, ...]]:
    found = [prefix]
    for name, sub in group.commands.items():
        found += _paths(sub, (*prefix, name)) if isinstance(sub, typer.core.TyperGroup) else [(*prefix, name)]
    return found
