"""`python -m broadcaster` is the command `broadcaster`."""

import sys

try:
    from broadcaster.cli import main
except KeyboardInterrupt:
    # Importing takes a moment, and Ctrl-C in it deserves no traceback either.
    sys.exit(130)

if __name__ == "__main__":
    main()
