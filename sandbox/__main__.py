"""``python -m sandbox --port 8900 --smtp-port 8925``"""

from __future__ import annotations

import sys

from sandbox.cli import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m sandbox"))
