"""`python -m custody`, for places where the `custody` command is not on the path."""

import sys

from custody.cli import main

if __name__ == "__main__":
    sys.exit(main())
