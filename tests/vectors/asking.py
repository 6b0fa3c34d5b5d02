"""Puts a kept case's reader into place: whom this computer trusts, and files of an earlier state. Judges nothing."""

from pathlib import Path
from typing import Any

from custody import bootstrap
from custody.domain.trust import TrustedAuthority, TrustedCosigner
from custody.formats.cosignature import parse_cosigner
from custody.formats.encoding import parse_base64


def brought(asked: Any, folder: Path) -> list[str]:
    """The options that name what the reader has of earlier states, each kept in a file."""
    options = []
    for number, text in enumerate(asked.get("against", ())):
        path = folder / f"seen-{number}.txt"
        path.write_text(text, encoding="utf-8", newline="")
        options += ["--against", str(path)]
    return options


def keep_trust(trust: Any) -> None:
    """Whom the reader trusts is known to this computer."""
    store, blocks = bootstrap.trust_store(), bootstrap.block_headers()
    for one in trust["authorities"]:
        roots = tuple(parse_base64(root) for root in one["roots"])
        store.add_authority(TrustedAuthority(one["name"], roots, one["qualified"]))
    for name, key in trust["cosigners"].items():
        store.add_cosigner(TrustedCosigner(name, parse_cosigner(key)))
    for height, header in trust["blocks"].items():
        blocks.keep(int(height), bytes.fromhex(header))
