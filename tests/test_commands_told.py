"""Every command of ours stands in the table that operators read."""

import re
from pathlib import Path

from django.core.management import get_commands

OURS = {"vinyl", "catalog", "accounts", "pricing", "recommendations"}
TABLE = Path(__file__).parents[1] / "docs" / "operations.md"


def test_the_table_of_commands_is_complete_and_names_nothing_else():
    lines = re.findall(r"(?m)^\| (`.*?) \|", TABLE.read_text("utf-8"))
    told = {name for line in lines for name in re.findall(r"`(\w+)", line)}
    assert told == {name for name, app in get_commands().items() if app in OURS}
