"""`manage.py recommend --user E`: make a person's list and print it."""

from __future__ import annotations

from argparse import ArgumentParser
from html import unescape
from typing import Any

from django.utils.html import strip_tags

from accounts.management.people import HELP, the_person
from recommendations import queries, services
from vinyl.embedded.command import DatabaseCommand


class Command(DatabaseCommand):
    help = "Make a person's recommendations from what is stored, and print them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="WHO", help=HELP)

    def handle(self, *args: Any, **options: Any) -> None:
        user = the_person(options["user"])
        made = services.make_set(user)
        found = queries.cards(user)
        for place, card in enumerate(found.cards, start=1):
            total = card.score.total if card.score else 0
            year = f" ({card.year})" if card.year else ""
            self.stdout.write(
                f"{place:2}. {total:5.1f}  {card.artist_line} - {card.title}{year}. "
                f"{unescape(strip_tags(card.reason))}"
            )
        if not found.cards:
            self.stdout.write("Nothing to go on yet: bring listening or name artists first.")
        told = "unchanged" if made.unchanged else "new"
        albums = f"{made.albums} album{'' if made.albums == 1 else 's'}"
        self.stdout.write(f"{albums} ({told}), {len(found.cards)} shown.")
