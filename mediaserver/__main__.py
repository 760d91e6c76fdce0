"""`python -m mediaserver`, and where the executable begins: the command line, or the inside of a child process."""

import sys

from mediaserver.base import child, terminal

if __name__ == "__main__":
    if sys.argv[1:2] == [child.COMMAND]:
        sys.exit(child.main(sys.argv[2:]))
    terminal.stand_in()
    try:
        from mediaserver.cli import main  # a child needs nothing of what the command line brings along

        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("mediaserver: stopped.")
