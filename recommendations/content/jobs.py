"""Jobs of the vectors: lay them out anew, measure sound; and their row of the status page."""

from __future__ import annotations

from django.conf import settings
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from catalog.models import Album
from recommendations.content import building, index, measuring, sound
from recommendations.content.space import NoSpace
from recommendations.models import ContentSpace
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, More, StepResult, job_kind
from vinyl.jobs.status.rows import GOOD, LATE, OFF, RUNS, Light, status_row
from vinyl.upstreams import deezer
from vinyl.upstreams.errors import NotFound

BUILD = "recommendations.build_content_vectors"
MEASURE = "recommendations.measure_sound"
ALBUMS_A_ROUND = 10
STATE = ContentSpace.State


@job_kind(BUILD, queue="analysis", label=gettext_noop("Vectors of what records are like"))
def build(ctx: JobContext) -> StepResult:
    """Once a day; asked every hour, so that a new site need not wait a day for its first, and an
    index that is missing not either. A catalogue that is too small, or a build elsewhere, is no
    fault."""
    try:
        if "space" not in ctx.checkpoint:
            if building.is_fresh():
                mended = index.mend()
                return Done({"mended": mended} if mended else {"unchanged": True})
            return More({"space": building.begin().pk})
        space = ContentSpace.objects.filter(
            pk=ctx.checkpoint["space"], state=STATE.BUILDING
        ).first()
        if space is None:
            return Done({"unchanged": True})
        reached = building.step(space)
    except building.AlreadyBuilding as error:
        return Done({"unchanged": True, "reason": str(error)})
    except NoSpace as error:
        building.give_up_on(ctx.checkpoint.get("space"))
        return Done({"unchanged": True, "reason": str(error)})
    ctx.progress(reached.albums, reached.total)
    if reached.ended:
        return Done({"albums": space.albums, "artists": space.artists})
    return More(ctx.checkpoint)


@job_kind(MEASURE, queue="analysis", label=gettext_noop("Sound of records"))
def measure(ctx: JobContext) -> StepResult:
    """A few albums a round, one a step; nothing where previews may not be measured."""
    if not settings.ALLOW_PREVIEW_ANALYSIS or not sound.is_available():
        return Done({"measured": 0, "reason": "not switched on here"})
    if "albums" not in ctx.checkpoint:
        due = [album.pk for album in measuring.without_sound(ALBUMS_A_ROUND)]
        return More({"albums": due, "at": 0, "measured": 0})
    albums, at = ctx.checkpoint["albums"], ctx.checkpoint["at"]
    if at >= len(albums):
        return Done({"albums": len(albums), "measured": ctx.checkpoint["measured"]})
    ctx.progress(at, len(albums))
    [*found] = Album.objects.filter(pk=albums[at])
    measured = 0
    if found:
        try:
            measured = measuring.measure_previews(deezer.Client(), found[0])
        except NotFound:
            measured = 0
        except sound.NoLibrosa as error:
            raise Fail("no_librosa", gettext_noop("Sound cannot be measured here.")) from error
    return More(ctx.checkpoint | {"at": at + 1, "measured": ctx.checkpoint["measured"] + measured})


@status_row("vectors")
def vectors() -> Light:
    """Which space is in use, whether its index stands, and whether one is being built or its
    builder fell silent."""
    rows = {row.state: row for row in ContentSpace.objects.defer("layout", "scales")}
    name, more = _("Vector index"), []
    if not sound.is_available():
        more.append(_("Sound is not measured here: the optional part is not installed."))
    building_now = rows.get(STATE.BUILDING)
    in_use = rows.get(STATE.IN_USE)
    if in_use is not None:
        figures = {
            "albums": in_use.albums,
            "artists": in_use.artists,
            "heard": in_use.with_sound,
            "ago": timesince(in_use.ended_at) if in_use.ended_at else "",
        }
        words = (
            _("%(albums)s albums, %(heard)s heard, %(artists)s artists, made %(ago)s ago") % figures
        )
    else:
        words = _("None yet")
    stands = GOOD if in_use else OFF
    if in_use is not None and index.missing():
        stands = LATE
        more.append(
            _(
                "The index itself is missing: lists are made by comparing all vectors, which takes "
                "longer. The next build makes it anew."
            )
        )
    if building_now is None:
        return Light(name, stands, words, tuple(more))
    more.append(_("Being built: %(albums)s albums so far") % {"albums": building_now.albums})
    silent = building.is_silent(building_now)
    return Light(name, LATE if silent else RUNS, words, tuple(more))
