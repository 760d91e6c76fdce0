"""`python -m mediaserver`, and where the executable begins."""

import sys

from mediaserver.cli import main

if __name__ == "__main__":
    sys.exit(main())
