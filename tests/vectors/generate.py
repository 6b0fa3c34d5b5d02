"""Makes every kept case and file anew: `python -m tests.vectors.generate [FOLDER]`. Judges nothing.

The same faults give the same rows and bytes in every run; only what SQLite itself writes around the rows differs from
version to version. What lies in `cases` and `files` is replaced, and `keys` and `fuzz` stay.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from custody import errors
from custody.errors import CustodyError
from custody.formats.encoding import format_base64
from tests.vectors import cases_of_files, cases_of_people, cases_of_records, cases_of_time, cases_unusable
from tests.vectors.case_fault import FAULTS, CaseFault, Trusting
from tests.vectors.file_fault import Format
from tests.vectors.files_of_keys import PUBLIC_KEY
from tests.vectors.files_of_others import CHECKPOINT, FACTS, NOTE, PARTS_LIST
from tests.vectors.files_of_records import ENVELOPE, STATEMENT
from tests.vectors.making import Making, deliver, made

HERE = Path(__file__).parent
MODULES = (cases_of_files, cases_of_people, cases_of_records, cases_of_time, cases_unusable)  # each fills FAULTS
FORMATS: dict[str, Format] = {
    "checkpoint": CHECKPOINT,
    "envelope": ENVELOPE,
    "facts": FACTS,
    "note": NOTE,
    "parts-list": PARTS_LIST,
    "public-key": PUBLIC_KEY,
    "statement": STATEMENT,
}
VERDICTS = {"NO": ("failed", 1), "OPEN": ("indeterminate", 8), "YES": ("passed", 0)}  # the worst answer counts
QUESTIONS = ("integrity", "signers", "time", "custody", "completeness")
EXIT_OF_ERROR = {
    kind.code: kind.exit_code
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, CustodyError)
}


def write_json(path: Path, value: object) -> None:
    """A file that people read too."""
    path.write_bytes(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).encode() + b"\n")


def expectation(fault: CaseFault, making: Making) -> dict[str, Any]:
    """What is to be expected of a case, and how it is to be asked."""
    verdict: str | None = None
    exit_code = EXIT_OF_ERROR.get(fault.error or "")
    if fault.error is None:
        answers = fault.answers.split()
        verdict, exit_code = next(one for word, one in VERDICTS.items() if word in answers)
    remembered = None
    if fault.remembered is not None:
        size, root = fault.remembered(making)
        ledger = making.recorder.ledger
        remembered = {"ledger": ledger.id, "case": ledger.case, "size": size, "root": root.hex()}
    return {
        "fault": fault.fault,
        "code": sorted(fault.codes) or None,
        "also": sorted(fault.also),
        "verdict": verdict,
        "questions": dict(zip(QUESTIONS, fault.answers.split(), strict=True)) if fault.answers else None,
        "exit": exit_code,
        "error": fault.error,
        "asked": {
            "lead": fault.lead,
            "quick": fault.quick,
            "remembered": remembered,
            **({} if fault.trust is None else {"trust": trusted(fault.trust)}),
            **({"against": making.against} if making.against else {}),
        },
    }


def trusted(trust: Trusting) -> dict[str, Any]:
    """Whom the reader trusts, and when they read."""
    return {
        "authorities": [
            {
                "name": one.seed.lower().replace(" ", "-"),
                "qualified": trust.qualified,
                "roots": [format_base64(one.root)],
            }
            for one in trust.authorities
        ],
        "blocks": {str(height): header.hex() for height, header in trust.blocks.items()},
        "cosigners": dict(trust.cosigners),
        "now": trust.now,
    }


def generate_case(name: str, folder: Path) -> None:
    """Make one case in a new folder."""
    fault = FAULTS[name]
    with made() as making:
        fault.make(making)
        deliver(making, folder / "case")
        write_json(folder / "expect.json", expectation(fault, making))


def generate_files(name: str, folder: Path) -> None:
    """Make the files of one format in a new folder, and the list of what is to be expected of each."""
    folder.mkdir(parents=True)
    for one in FORMATS[name].files:
        (folder / one.name).write_bytes(one.data)
    expected = {one.name: {"fault": one.what, "error": one.error} for one in FORMATS[name].files}
    write_json(folder / "expect.json", expected)


def main(arguments: list[str]) -> None:
    """Make them all."""
    folder = Path(arguments[0]) if arguments else HERE
    for kind in ("cases", "files"):
        shutil.rmtree(folder / kind, ignore_errors=True)
    for name in FAULTS:
        generate_case(name, folder / "cases" / name)
    for name in FORMATS:
        generate_files(name, folder / "files" / name)


if __name__ == "__main__":
    main(sys.argv[1:])
