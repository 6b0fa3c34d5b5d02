"""Random commands on one case, its copies and two computers, against a model of plain lists.

The real command line runs here, in this process: the only thing that is not as for a person is a key whose passphrase
is stretched as little as a key file may say, so that each command takes milliseconds.
"""

import io
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from custody.adapters.keys import keyfile
from custody.cli import main
from tests.oracles import merkle
from tests.properties.effort import examples
from tests.properties.model import Case, Computer, Item, Record, sha256
from tests.services import outsider

PASSPHRASE = "correct horse battery staple"
HOW = ("--method", "download", "--tool", "Firefox 128")
MAX_CASES = 3
MISSING = "gone"
TREE = "tree"
FILES = ("a", "b", f"{TREE}/a", f"{TREE}/a-b", f"{TREE}/a/b")  # the last excludes the third: a name is one or the other
CONTENTS = (b"", b"x", b"plain text\n", b"\xff\xd8\xff\xe0 picture")

names = st.sampled_from(["a", "b", MISSING, TREE])
computers = st.integers(0, 1)
numbers = st.integers(1, 9)


@dataclass(frozen=True)
class Done:
    """How a command ended, and the object that it printed."""

    exit: int
    result: Mapping[str, Any]


def run(home: Path, *arguments: str | Path) -> Done:
    """Run a command line in this process, on the computer with this home."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
    environment |= {"CUSTODY_HOME": str(home), "CUSTODY_PASSPHRASE": PASSPHRASE}
    out = io.StringIO()
    with patch.dict(os.environ, environment, clear=True), redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = main([*map(str, arguments), "--json"])
    result = json.loads(out.getvalue())
    assert isinstance(result, dict)
    return Done(code, result)


@cache
def _home() -> tempfile.TemporaryDirectory[str]:
    """A home with one key, made once."""
    folder = tempfile.TemporaryDirectory(prefix="custody-home-")
    with patch.multiple(keyfile, ITERATIONS=1, LANES=1, MEMORY_KIB=8 * keyfile.MAX_LANES):
        done = run(Path(folder.name), "key", "create", "--name", "Jo Doe", "--organisation", "Harbour Watch")
    assert done.exit == 0, done
    return folder


class Commands(RuleBasedStateMachine):
    """Every rule is a command, or something that happens to files meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="custody-commands-")
        self.root = Path(self._folder.name)
        self.found = self.root / "found"
        (self.found / TREE).mkdir(parents=True)
        self.files: dict[str, bytes] = {}
        self.computers = [Computer(self.root / f"home-{number}") for number in range(2)]
        for computer in self.computers:
            shutil.copytree(_home().name, computer.home)
        self.cases: list[Case] = []
        self.reports = 0

    def teardown(self) -> None:
        """What lies in every copy is a record by docs/format.md, to code that shares nothing with ours."""
        try:
            for case in self.cases:
                records = outsider.read(case.folder)
                assert [(one.body["type"], one.statement["item"]) for one in records] == [
                    (record.kind, record.item) for record in case.records
                ]
        finally:
            self._folder.cleanup()

    def _case(self, number: int) -> Case:
        return self.cases[number % len(self.cases)]

    def _run(self, computer: Computer, case: Case, *arguments: str | Path) -> Done | None:
        """Run a command in the case. None when it was refused, as it must be, because history was taken back."""
        done = run(computer.home, *arguments, "--case", case.folder)
        if computer.accepts(case):
            computer.see(case)
            return done
        assert (done.exit, done.result["error"]["code"]) == (1, "verification"), done
        return None

    # --- what happens to files -----------------------------------------------------------------------------------

    @initialize()
    def init(self) -> None:
        folder = self.root / "case-0"
        done = run(self.computers[0].home, "init", folder, "--reference", "GEN-2026-014", "--title", "Harbour Street")
        assert (done.exit, done.result["label"]) == (0, "JD"), done
        self.cases.append(Case(folder, [Record("case-opened/v1")]))
        self.computers[0].see(self.cases[0])
        for name, content in (("a", b"x"), ("b", b"x"), (f"{TREE}/a", b"x"), (f"{TREE}/a-b", b"plain text\n")):
            self.write(name, content)

    @rule(name=st.sampled_from(FILES), content=st.sampled_from(CONTENTS))
    def write(self, name: str, content: bytes) -> None:
        for other in [one for one in self.files if one.startswith(f"{name}/") or name.startswith(f"{one}/")]:
            self._remove(other)
        path = self.found / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        self.files[name] = content

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self._remove(data.draw(st.sampled_from(sorted(self.files))))

    def _remove(self, name: str) -> None:
        path = self.found / name
        path.unlink()
        del self.files[name]
        if path.parent not in (self.found, self.found / TREE):
            path.parent.rmdir()

    @precondition(lambda self: len(self.cases) < MAX_CASES)
    @rule(number=numbers)
    def copy_the_case(self, number: int) -> None:
        case = self._case(number)
        folder = self.root / f"case-{len(self.cases)}"
        shutil.copytree(case.folder, folder)
        self.cases.append(case.copied_to(folder))

    @precondition(lambda self: any(case.stored - case.damaged for case in self.cases))
    @rule(data=st.data(), gone=st.booleans())
    def damage_an_object(self, data: st.DataObject, gone: bool) -> None:
        case = data.draw(st.sampled_from([case for case in self.cases if case.stored - case.damaged]))
        name = data.draw(st.sampled_from(sorted(case.stored - case.damaged)))
        path = case.folder / "evidence" / name[:2] / name
        content = path.read_bytes()
        path.unlink()
        if not gone:
            path.write_bytes(bytes([content[0] ^ 1]) + content[1:] if content else b"\0")
        case.damaged.add(name)

    # --- commands that write -------------------------------------------------------------------------------------

    @rule(
        computer=computers,
        number=numbers,
        paths=st.lists(names, min_size=1, max_size=3),
        as_one=st.booleans(),
        hash_only=st.booleans(),
        resume=st.booleans(),
        more=st.sampled_from([(), ("--seal", "digest"), ("--extra-digest", "md5", "--extra-digest", "sha512")]),
    )
    def collect(
        self,
        computer: int,
        number: int,
        paths: list[str],
        as_one: bool,
        hash_only: bool,
        resume: bool,
        more: tuple[str, ...],
    ) -> None:
        self._collect(
            self.computers[computer],
            self._case(number),
            paths,
            as_one=as_one,
            keep=not hash_only,
            resume=resume,
            more=more,
        )

    @precondition(lambda self: self._damaged())
    @rule(computer=computers, data=st.data())
    def collect_again_what_was_damaged(self, computer: int, data: st.DataObject) -> None:
        """The store then has it whole again."""
        case, content = data.draw(st.sampled_from(self._damaged()))
        self.write("a", content)
        self._collect(self.computers[computer], case, ["a"])

    def _damaged(self) -> list[tuple[Case, bytes]]:
        return [(case, content) for case in self.cases for content in CONTENTS if sha256(content) in case.damaged]

    def _collect(
        self,
        computer: Computer,
        case: Case,
        paths: list[str],
        *,
        as_one: bool = False,
        keep: bool = True,
        resume: bool = False,
        more: tuple[str, ...] = (),
    ) -> None:
        flags = ["--as-one" if as_one else "--each", *["--hash-only"] * (not keep), *["--resume"] * resume, *more]
        done = self._run(computer, case, "collect", *(self.found / path for path in paths), *flags, *HOW)
        if done is None:
            return
        # What has only its digest recorded does not stand for bytes that are to be kept.
        known = {(item.path, item.digest) for item in case.items.values() if item.kept or not keep} if resume else set()
        items: list[Item] = []
        failed, already = 0, 0
        for path in paths:
            for form, name, content in self._materials(path, as_one=as_one):
                if content is None:
                    case.records.append(Record("attempted/v1"))
                    failed += 1
                    continue
                objects, digest, size = self._take(case, form, content, keep=keep)
                where = str(self.found / name)
                if (where, digest) in known:
                    already += 1
                    continue
                items.append(case.add_item(form=form, digest=digest, size=size, kept=keep, path=where, objects=objects))
        computer.see(case)
        assert done.exit == (4 if failed else 0), done
        told = [(one["number"], one["digest"], one["size"]) for one in done.result["items"]]
        assert told == [(item.number, item.digest, item.size) for item in items]
        assert (len(done.result["failed"]), len(done.result["already"])) == (failed, already)

    def _inside(self) -> dict[str, bytes]:
        """The files of the tree in the order of their paths' bytes."""
        inside = {name.removeprefix(f"{TREE}/"): content for name, content in self.files.items() if "/" in name}
        return dict(sorted(inside.items(), key=lambda pair: pair[0].encode()))

    def _materials(self, path: str, *, as_one: bool) -> Iterator[tuple[str, str, dict[str, bytes] | None]]:
        """Form, path, and content by path inside; no content where there is no file."""
        if path != TREE:
            yield "file", path, {"": self.files[path]} if path in self.files else None
        elif as_one:
            yield "folder", TREE, self._inside()
        else:
            for inside, content in self._inside().items():
                yield "file", f"{TREE}/{inside}", {"": content}

    def _take(self, case: Case, form: str, content: dict[str, bytes], *, keep: bool) -> tuple[set[str], str, int]:
        """Into the model's store: the objects that the item needs, its digest and its size."""
        objects = {case.keep(data) for data in content.values()} if keep else set()
        if form == "file":
            (data,) = content.values()
            return objects, sha256(data), len(data)
        listing = "".join(f"{sha256(data)}  {inside}\n" for inside, data in content.items())
        digest = case.keep(listing.encode())  # the list is kept also where the files are not
        return {*objects, digest}, digest, sum(map(len, content.values()))

    @rule(computer=computers, number=numbers, text=st.sampled_from(["+49 151 0000000", "naïve 😂", "x"]))
    def collect_text(self, computer: int, number: int, text: str) -> None:
        case = self._case(number)
        done = self._run(self.computers[computer], case, "collect", "--text", text)
        if done is None:
            return
        digest = case.keep(text.encode())
        item = case.add_item(
            form="text", digest=digest, size=len(text.encode()), kept=True, path=None, objects={digest}
        )
        self.computers[computer].see(case)
        assert done.exit == 0, done
        assert [(one["number"], one["digest"]) for one in done.result["items"]] == [(item.number, digest)]

    @rule(computer=computers, number=numbers, counter=numbers, bare=st.booleans(), text=st.sampled_from(["a", "b 😂"]))
    def note(self, computer: int, number: int, counter: int, bare: bool, text: str) -> None:
        """On an item by its number or its bare counter; perhaps there is none."""
        case = self._case(number)
        named = f"{counter}" if bare else f"JD-{counter}"
        done = self._run(self.computers[computer], case, "note", named, text)
        if done is None:
            return
        if f"JD-{counter}" not in case.items:
            assert (done.exit, done.result["error"]["code"]) == (2, "usage"), done
            return
        case.records.append(Record("noted/v1", f"JD-{counter}", text))
        self.computers[computer].see(case)
        assert (done.exit, done.result["item"], done.result["record"]) == (0, f"JD-{counter}", len(case.records) - 1)

    @rule(computer=computers, number=numbers, counter=st.none() | numbers)
    def report(self, computer: int, number: int, counter: int | None) -> None:
        """On one item or on all; also when files are wrong: it says so."""
        case = self._case(number)
        self.reports += 1
        output = self.root / f"report-{self.reports}.pdf"
        named = [] if counter is None else [f"JD-{counter}", "--withheld", "others"]
        done = self._run(self.computers[computer], case, "report", *named, "-o", output)
        if done is None or (counter is not None and f"JD-{counter}" not in case.items):
            assert not output.exists()
            assert done is None or (done.exit, done.result["error"]["code"]) == (2, "usage"), done
            return
        wrong = case.wrong_items()
        case.records.append(Record("reported/v1"))
        self.computers[computer].see(case)
        assert done.exit == 0, done
        assert (done.result["digest"], done.result["record"]) == (sha256(output.read_bytes()), len(case.records) - 1)
        assert len(done.result["items"]) == (len(case.items) if counter is None else 1)
        assert done.result["number"] == sum(one.kind == "reported/v1" for one in case.records)
        assert done.result["judgement"]["verdict"] == ("failed" if wrong else "indeterminate")

    # --- commands that read --------------------------------------------------------------------------------------

    @rule(computer=computers, number=numbers)
    def items(self, computer: int, number: int) -> None:
        case = self._case(number)
        done = self._run(self.computers[computer], case, "items")
        if done is None:
            return
        members = ("number", "form", "digest", "size", "kept")
        told = [tuple(one[member] for member in members) for one in done.result["items"]]
        assert told == [tuple(getattr(item, member) for member in members) for item in case.items.values()]

    @rule(computer=computers, number=numbers, counter=numbers)
    def show(self, computer: int, number: int, counter: int) -> None:
        case = self._case(number)
        done = self._run(self.computers[computer], case, "show", f"JD-{counter}")
        if done is None:
            return
        item = case.items.get(f"JD-{counter}")
        if item is None:
            assert (done.exit, done.result["error"]["code"]) == (2, "usage"), done
            return
        history = [(index, one.kind) for index, one in enumerate(case.records) if one.item == item.number]
        assert [(one["position"], one["type"]) for one in done.result["history"]] == history
        assert [one["text"] for one in done.result["notes"]] == case.notes_on(item.number)
        assert done.result["opened"].get("/path") == (None if item.path is None else {"text": item.path})

    @rule(computer=computers, number=numbers)
    def log(self, computer: int, number: int) -> None:
        case = self._case(number)
        done = self._run(self.computers[computer], case, "log")
        if done is None:
            return
        told = [(one["position"], one["type"], one["item"]) for one in done.result["records"]]
        assert told == [(index, one.kind, one.item) for index, one in enumerate(case.records)]

    @rule(computer=computers, number=numbers)
    def status(self, computer: int, number: int) -> None:
        case = self._case(number)
        done = self._run(self.computers[computer], case, "status")
        if done is None:
            return
        kinds = [one.kind for one in case.records]
        counts = (len(kinds), len(case.items), kinds.count("attempted/v1"), kinds.count("reported/v1"))
        result = done.result
        assert (result["records"], result["items"], result["failed_attempts"], result["reports"]) == counts

    @rule(computer=computers, number=numbers)
    def checkpoint(self, computer: int, number: int) -> None:
        case = self._case(number)
        done = self._run(self.computers[computer], case, "checkpoint")
        if done is None:
            return
        with closing(sqlite3.connect(f"file:{case.folder / 'ledger.db'}?mode=ro", uri=True)) as connection:
            envelopes = [row[0] for row in connection.execute("SELECT envelope FROM entries ORDER BY position")]
        assert (done.result["size"], done.result["root"]) == (len(case.records), merkle.tree_hash(envelopes).hex())

    @rule(computer=computers, number=numbers)
    def verify(self, computer: int, number: int) -> None:
        case, computer_ = self._case(number), self.computers[computer]
        done = run(computer_.home, "verify", case.folder)
        questions = done.result["questions"]
        failed = [
            (one["code"], one["about"])
            for answer in questions.values()
            for one in answer["findings"]
            if one["verdict"] == "failed"
        ]
        wrong = case.wrong_items()
        assert done.result["items"] == {"matching": case.matching(), "total": len(case.items)}
        assert {about.split("/")[0] for code, about in failed if code.startswith("item-")} == wrong
        history = [code for code, _ in failed if code.startswith("record-")]
        if computer_.accepts(case):
            computer_.see(case)
            assert history == []
            assert done.exit == (1 if wrong else 8)
        else:
            cut_off = len(case.records) < len(computer_.memory)
            assert history == ["record-cut-off" if cut_off else "record-rewritten"]
            assert (done.exit, questions["completeness"]["verdict"]) == (1, "failed")

    @invariant()
    def what_is_kept_is_whole(self) -> None:
        for case in self.cases:
            for name in case.stored - case.damaged:
                assert sha256((case.folder / "evidence" / name[:2] / name).read_bytes()) == name

    @invariant()
    def nothing_is_left_beside_the_databases(self) -> None:
        for case in self.cases:
            assert {path.name for path in case.folder.iterdir()} <= {
                "case.toml",
                "ledger.db",
                "openings.db",
                "evidence",
            }


def test_any_commands_do_what_the_lists_say() -> None:
    run_state_machine_as_test(Commands, settings=examples(40, stateful_step_count=25))
