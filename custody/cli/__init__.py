"""The command line: parse, one service call, show. The only place that prints."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    from custody.cli.app import run

    return run(sys.argv[1:] if arguments is None else list(arguments))
