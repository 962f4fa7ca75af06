"""`python -m vinyl.embedded run` and `stop`."""

import sys

from vinyl.embedded.cli import main

sys.exit(main())
