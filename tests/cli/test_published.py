"""Real photographs, documents and web archives of other people go in and come out right."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli import smallcase
from tests.cli.smallcase import Place

HOW = ("--method", "received", "--tool", "not known", "--json")

# What `file` and the formats' own documents call them. A .wacz is a zip file by its first bytes, and some of the .warc
# files are compressed record by record, as ISO 28500 allows.
TYPES = {
    ".asc": ("application/pgp-signature", "application/pgp-keys", "text/plain", "application/octet-stream"),
    ".csv": ("text/csv",),
    ".jpg": ("image/jpeg",),
    ".pdf": ("application/pdf",),
    ".warc": ("application/warc", "application/gzip"),
    ".gz": ("application/gzip",),
    ".wacz": ("application/zip",),
}


@pytest.fixture(scope="module")
def collected(
    vectors: Path, ready_opened: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Place, dict[str, Any], list[Path]]:
    """All the files, collected with one command: the place, what `--json` said, the files in the order of paths."""
    place = smallcase.copied(ready_opened, tmp_path_factory.mktemp("published") / "place")
    folders = [vectors / name for name in ("proofmode", "c2pa", "wacz")]
    assert all(folder.is_dir() for folder in folders)
    done = place.custody("collect", *folders, *HOW, "--each")
    assert (done.exit, done.err) == (0, "")
    files = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"), key=lambda path: str(path).encode())
        if path.is_file()
    ]
    return place, done.json, files


def test_every_file_is_an_item_with_the_digest_of_its_bytes(
    collected: tuple[Place, dict[str, Any], list[Path]],
) -> None:
    _, said, files = collected
    assert len([path for path in files if path.suffix == ".jpg" and path.parent.name == "proofmode"]) == 5
    assert [
        (one["number"], one["name"], one["digest"], one["size"], one["parts"], one["warnings"]) for one in said["items"]
    ] == [
        (
            f"JD-{number}",
            {"text": path.name},
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_size,
            None,
            [] if path.stat().st_size else ["the file is empty"],
        )
        for number, path in enumerate(files, 1)
    ]
    assert {name: said[name] for name in ("already", "failed", "skipped", "stopped")} == {
        "already": [],
        "failed": [],
        "skipped": [],
        "stamps": [],
        "stopped": False,
    }


def test_the_kept_bytes_are_those_of_the_files(collected: tuple[Place, dict[str, Any], list[Path]]) -> None:
    place, said, files = collected
    evidence = place.case / "evidence"
    for one, path in zip(said["items"], files, strict=True):
        kept = (evidence / one["digest"][:2] / one["digest"]).read_bytes()
        assert kept == path.read_bytes(), path
    names = Counter(path.name for path in evidence.rglob("*") if path.is_file())
    assert names == Counter({one["digest"]: 1 for one in said["items"]})


def test_the_media_types_are_sensible(collected: tuple[Place, dict[str, Any], list[Path]]) -> None:
    _, said, files = collected
    wrong = {
        path.name: one["media_type"]
        for one, path in zip(said["items"], files, strict=True)
        if path.suffix in TYPES and path.stat().st_size > 500 and one["media_type"] not in TYPES[path.suffix]
    }
    assert wrong == {}


def test_verified_every_file_matches(collected: tuple[Place, dict[str, Any], list[Path]]) -> None:
    place, _, files = collected
    judged = place.custody("verify", "--json")
    assert judged.exit == 8
    assert judged.json["items"] == {"matching": len(files), "total": len(files)}
    assert judged.json["questions"]["integrity"] == {
        "findings": [],
        "limit": judged.json["questions"]["integrity"]["limit"],
        "sentence": f"{len(files)} of {len(files)} items match.",
        "verdict": "passed",
    }


def test_the_photographs_as_one_exhibit_have_the_digest_of_their_parts_list(opened: Place, vectors: Path) -> None:
    folder = vectors / "proofmode"
    done = opened.custody("collect", folder, *HOW, "--as-one")
    assert done.exit == 0
    listing = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir(), key=lambda path: path.name.encode())
    ).encode()
    (one,) = done.json["items"]
    assert one["digest"] == hashlib.sha256(listing).hexdigest()
    assert one["size"] == sum(path.stat().st_size for path in folder.iterdir())
    facts_name = opened.custody("show", "1", "--json").json["statement"]["body"]["parts"]["facts"]
    facts = (opened.case / "evidence" / facts_name[:2] / facts_name).read_bytes()
    types = [json.loads(line)["media_type"] for line in facts.splitlines()]
    assert types.count("image/jpeg") == 5
