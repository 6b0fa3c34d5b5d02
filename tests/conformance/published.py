"""Lists the published vectors while tests are collected, when no fixture can be asked. Reads none of them."""

import os
from pathlib import Path


def files(folder: str, pattern: str) -> list[str]:
    """Paths within the vectors' folder, sorted, for parametrising.

    Without vectors it is one made-up path, so that the test exists and its `vectors` fixture skips or fails it.
    """
    root = Path(os.environ.get("CUSTODY_VECTORS") or "/nonexistent")
    found = sorted(str(path.relative_to(root).as_posix()) for path in (root / folder).rglob(pattern))
    return found or [f"{folder}/no-vectors"]
