"""The documentation and the program say the same: commands, variables, codes, and what a terminal shows."""

import ast
import importlib
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TypeVar

import pytest
import typer

import custody
from custody.cli.app import app
from custody.cli.terminal import INTERRUPTED
from custody.cli.verifying import EXIT
from custody.demo.artifacts import make_artifacts
from custody.domain import findings
from custody.domain.events import Body
from custody.domain.findings import CODES
from custody.domain.verdict import Verdict
from custody.errors import CustodyError

REPOSITORY = Path(__file__).resolve().parent.parent
COMMANDS = (REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")
ARCHITECTURE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
FORMAT = (REPOSITORY / "docs" / "format.md").read_text(encoding="utf-8")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PACKAGE = Path(custody.__file__).parent


def table(text: str, heading: str) -> list[list[str]]:
    """The cells of the table whose first row is `heading`."""
    lines = iter(text.splitlines())
    assert any(line == heading for line in lines), f"no table {heading}"
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def plain(cell: str) -> str:
    return cell.strip().strip("`")


def commands(group: typer.core.TyperGroup, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something: of groups those alone that act without a command behind them."""
    for name, sub in group.commands.items():
        if isinstance(sub, typer.core.TyperGroup):
            if sub.invoke_without_command:
                yield (*prefix, name)
            yield from commands(sub, (*prefix, name))
        else:
            yield (*prefix, name)


def options(group: typer.core.TyperGroup) -> set[str]:
    """Every option of every command."""
    found = {name for parameter in group.params for name in parameter.opts}
    for sub in group.commands.values():
        if isinstance(sub, typer.core.TyperGroup):
            found |= options(sub)
        else:
            found |= {name for parameter in sub.params for name in parameter.opts}
    return {name for name in found if name.startswith("-")} | {"--help"}


Root = TypeVar("Root")


def subclasses(root: type[Root]) -> Iterator[type[Root]]:
    """A class and all that derive from it, wherever in the package they are defined."""
    for module in pkgutil.walk_packages(custody.__path__, "custody."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting = [root]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += one.__subclasses__()


def sources() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))


def test_the_commands_are_those_of_the_program() -> None:
    documented = [plain(row[0]) for row in table(COMMANDS, "| command | does |")]
    named = {tuple(re.findall(r"^custody((?: [a-z][a-z-]*)*)", one)[0].split()) for one in documented}
    assert named == {(), *commands(typer.main.get_group(app))}
    assert len(documented) == len(named)


def test_the_options_that_are_named_exist() -> None:
    known = options(typer.main.get_group(app))
    for text in (COMMANDS, README):
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - known == set()


def test_the_environment_variables_are_those_that_the_program_reads() -> None:
    read = set(re.findall(r'environ(?:\.get\(|\[)"(CUSTODY_[A-Z_]+)"', sources()))
    assert set(re.findall(r"CUSTODY_[A-Z_]+", COMMANDS)) == read
    assert set(re.findall(r"CUSTODY_[A-Z_]+", sources())) - set(vars(findings)) == read
    assert read


def test_the_exit_codes_are_those_that_the_program_gives() -> None:
    documented = [int(row[0]) for row in table(COMMANDS, "| exit | meaning |")]
    given = {0, INTERRUPTED, *EXIT.values(), *(one.exit_code for one in subclasses(CustodyError))}
    assert documented == sorted(given)


def test_the_error_codes_are_those_of_the_error_classes() -> None:
    documented = [(plain(row[0]), int(row[1])) for row in table(COMMANDS, "| code | exit | meaning |")]
    assert len(documented) == len(set(documented))
    assert set(documented) == {(one.code, one.exit_code) for one in subclasses(CustodyError)}


def test_the_findings_are_those_that_verify_makes() -> None:
    word = {Verdict.FAILED: "NO", Verdict.INDETERMINATE: "OPEN", Verdict.PASSED: "–"}
    documented = [(plain(row[0]), row[1], row[2]) for row in table(COMMANDS, "| code | answer | becomes | meaning |")]
    assert len(documented) == len(set(documented))
    assert set(documented) == {(code.name, code.question.value, word[code.verdict]) for code in CODES}


def test_the_kinds_of_statement_are_those_that_the_format_describes() -> None:
    documented = re.findall(r"^### `([a-z-]+/v\d+)`", FORMAT, re.MULTILINE)
    kinds = {name for one in subclasses(Body) if "/" in (name := one.type_name())}
    assert set(documented) == kinds
    assert len(documented) == len(set(documented))


def test_the_libraries_are_those_that_are_declared_and_imported() -> None:
    named = [row[0].lower() for row in table(ARCHITECTURE, "| library | why | instead of |")]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        one for name, libraries in project["optional-dependencies"].items() if name != "test" for one in libraries
    ]
    declared = [*project["dependencies"], *extras]
    # One may bring others that are used too: `sqlmodel (SQLAlchemy, pydantic)`.
    assert sorted(re.split(r"[^\w-]", row)[0] for row in named) == sorted(
        re.split(r"[^\w-]", one)[0] for one in declared
    )
    statements = [node for path in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(path.read_bytes()))]
    modules = {node.module for node in statements if isinstance(node, ast.ImportFrom) and node.module}
    modules |= {alias.name for node in statements if isinstance(node, ast.Import) for alias in node.names}
    imported = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"custody"}
    brought_by = packages_distributions()
    libraries = {name.lower() for module in imported for name in brought_by.get(module, [module])}
    assert libraries <= {word for row in named for word in re.findall(r"[\w-]+", row)}


def test_the_readme_quotes_both_commands() -> None:
    lines = [line.strip() for line in README.splitlines()]
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/custody demo" in lines
    assert "tests/run" in lines
    assert os.access(REPOSITORY / "tests" / "run", os.X_OK)


def test_the_links_in_the_documentation_lead_somewhere() -> None:
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def normalised(text: str) -> str:
    """Digests, times and sizes replaced: they are of the day and the files."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "<digest>", text)
    text = re.sub(r"of your key \(.*\)", "of your key (<home>)", text)
    text = re.sub(r"(eight words of your key:)( [a-z]+){8}", r"\1 <words>", text)
    text = re.sub(r"\b[0-9a-f]{12,16}…", "<start>…", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d\b", "<date>", text)
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "<time>", text)
    return re.sub(r" +\d+(\.\d+)? (bytes?|kB|MB)\b", " <size>", text)


def sessions() -> list[str]:
    return re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not sessions(), reason="README.md shows no session")
@pytest.mark.parametrize("session", sessions())
def test_the_session_in_the_readme_is_real(session: str, tmp_path: Path) -> None:
    """The same commands, on finds like those that the demonstration makes up, give the same words."""
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    made = make_artifacts(drawn, datetime(2026, 11, 24, 3, 2, tzinfo=UTC))
    photograph = next(one.path for one in made if one.path.suffix == ".jpg")
    photograph.rename(tmp_path / "photo.jpg")
    (drawn / "Chat with Dana").rename(tmp_path / "Chat with Dana")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
    environment.pop("COLUMNS", None)
    environment |= {
        "CUSTODY_HOME": str(tmp_path / "home"),
        "CUSTODY_PASSPHRASE": "a passphrase for the readme",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    here = tmp_path
    shown = ""
    for line in session.splitlines():
        if not line.startswith("$ "):
            continue
        shown += f"{line}\n"
        words = shlex.split(line[2:])
        if words[0] == "cd":
            here = here / words[1]
            continue
        assert words[0] == "custody", line
        shown += subprocess.run(
            [sys.executable, "-m", "custody", *words[1:]],
            cwd=here,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        ).stdout
    assert normalised(shown) == normalised(session)


def test_every_picture_of_the_guides_is_there_and_small() -> None:
    shown = [
        guide.parent / name
        for guide in sorted((REPOSITORY / "docs").glob("*.md"))
        for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", guide.read_text(encoding="utf-8"))
    ]
    assert len(shown) >= 3
    assert [path.name for path in shown if not 0 < path.stat().st_size <= 150_000] == []
