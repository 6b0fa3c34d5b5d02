"""Loads libraries while something else is waited for. Loads none of our own modules, and reports no trouble.

What takes half a second to load is loaded while a passphrase is typed, or turned into a key: that needs no Python.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Final

DOCUMENTS: Final = ("pikepdf.pdfa", "pyhanko.pdf_utils.incremental_writer", "pyhanko.sign.signers", "uharfbuzz")
"""What drawing, checking and signing a document takes."""


@contextmanager
def loaded_ahead(libraries: Sequence[str]) -> Iterator[None]:
    """Load these beside the block, and have them loaded after it, however it ends.

    One that cannot be loaded is passed over: whoever needs it will say so.
    """
    thread = threading.Thread(target=_load, args=(libraries,), name="loading", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # Two threads that load modules of ours, which import each other, would wait for one another.
        thread.join()


def _load(libraries: Sequence[str]) -> None:
    for library in libraries:
        with suppress(Exception):
            import_module(library)
