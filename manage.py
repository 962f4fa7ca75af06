#!/usr/bin/env python
"""Entry point of all commands; `manage.py help` lists them."""

import gc
import os
import sys

from django.core.management import execute_from_command_line

from vinyl.embedded.command import run_light, services_for
from vinyl.embedded.piped import ends_quietly
from vinyl.env import SettingsRefused

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    try:
        with ends_quietly(), services_for(sys.argv):
            if not run_light(sys.argv):
                execute_from_command_line(sys.argv)
    except SettingsRefused as error:
        sys.exit(f"The settings are refused: {error}")
    finally:
        # All ends with this process: looking for garbage in all that was loaded takes a tenth of a
        # second, which is longer than some commands.
        gc.freeze()
