"""Write the README's table of settings from what `vinyl/settings.py` reads.

    python -m tools.settings_table

A test compares the two, so a new setting without its line in the README is noticed.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from vinyl import env, settings

README = Path(settings.BASE_DIR) / "README.md"
BEGIN = "<!-- settings: written by `python -m tools.settings_table` -->\n"
END = "<!-- end of the settings -->\n"


def row(variable: env.Variable) -> str:
    """One line of the table."""
    default = variable.default or "–"
    if "<" in default:  # or Markdown takes it for a link
        default = f"`{default}`"
    return f"| `{variable.name}` | {variable.kind} | {default} | {variable.doc} |"


def table(variables: Sequence[env.Variable]) -> str:
    """The whole table, as Markdown."""
    head = ["| setting | kind | default | what it does |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *map(row, variables)]) + "\n"


def with_table(readme: str) -> str:
    """The README with today's table. Raises ValueError where the two marks are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("README.md lacks the two marks around the settings table")
    return f"{before}{begin}\n{table(env.documented())}\n{end}{after}"


def main() -> int:
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
