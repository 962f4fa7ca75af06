"""Lay out the vectors of what records are like, now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from recommendations.content import building
from recommendations.content.space import NoSpace
from vinyl.embedded.command import DatabaseCommand, Progress


class Command(DatabaseCommand):
    help = (
        "Lay out the vectors of what albums and artists are like (tags, decades, labels, sound). "
        "The space in use stays until the new one is complete; a build that was killed goes on."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            space = building.begin()
            reached = building.step(space)
            progress = Progress(self, total=reached.total, what="albums")
            while not reached.ended:
                progress.show(reached.albums)
                reached = building.step(space)
        except (building.AlreadyBuilding, NoSpace) as error:
            raise CommandError(str(error)) from error
        progress.close()
        self.stdout.write(
            f"{space.albums} albums ({space.with_sound} with sound) and {space.artists} artists."
        )
