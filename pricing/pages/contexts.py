"""What the album page shows, read in few queries and put into plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Owned, User, Want
from accounts.queries import album_plays
from catalog.covers.queries import ShownCover, covers_of
from catalog.models import Album, ExternalId, Release
from catalog.queries.albums import PressingList, of_albums, pressings, shown_rating
from pricing import queries as prices
from pricing.labels import country_name
from pricing.pages import pressings as listing
from pricing.pages.history import history_of
from pricing.pages.shapes import ArtistLink, Mine, PressingRow, Pressings
from pricing.stickers import with_stickers
from vinyl.jobs.access import may_see
from vinyl.jobs.models import Job
from vinyl.templatetags.vinyl_tags import format_number, nearest_day
from vinyl.upstreams.terms import terms_for

SYNC_KIND = "catalog.sync_album_releases"
ALBUM_ARTISTS = 8
# Prices that a list of pressings needs before its lowest gets the sticker.
LOWEST_OF = 4


def person_of(request: HttpRequest) -> User | None:
    """Who is signed in, or None."""
    return request.user if isinstance(request.user, User) else None


def sign_in_url(request: HttpRequest) -> str:
    """The sign-in page that leads back here."""
    return f"{reverse('account_login')}?next={request.path}"


# --- album ------------------------------------------------------------------------------


def album_or_404(album_id: int) -> Album:
    """The album, 404 when there is none. Merged ones are the caller's to follow."""
    return get_object_or_404(Album, pk=album_id)


def mine_of(person: User | None, album: Album) -> Mine:
    """Plays, wants and copies of an album; three queries, none for nobody."""
    if person is None:
        return Mine()
    wanted = Want.objects.filter(user=person).aggregate(
        this=Count("pk", filter=of_albums([album.pk])),
        pressings=Count("pk", filter=Q(release__album=album)),
    )
    return Mine(
        plays=album_plays(person, [album.pk]).get(album.pk, 0),
        wanted=wanted["this"] > 0,
        release_wants=wanted["pressings"],
        copies=Owned.objects.filter(of_albums([album.pk]), user=person).count(),
    )


def album_context(request: HttpRequest, album: Album) -> dict[str, Any]:
    """Everything on an album's page; asks no upstream and queues nothing."""
    person = person_of(request)
    viewer = prices.viewer_for(request)
    cover = cover_of(album)
    asked = listing.Asked.from_query(request.GET.dict())
    found = pressings(album.pk, asked.filters)
    artists = artists_of(album)
    return {
        "album": album,
        "artists": artists,
        "cover": cover.url if cover else "",
        "cover_source": cover,
        "shapes": {},
        "place": _place(album, artists),
        "facts": album_facts(album, found),
        "mine": mine_of(person, album),
        "login_url": sign_in_url(request),
        "history": history_of(request, viewer, album_id=album.pk),
        "country_name": country_name(viewer.country),
        "discogs_master": discogs_number(ExternalId.Kind.ALBUM, album.pk),
        **pressings_context(request, album, found, asked, viewer),
        **_sync_context(request, album, found.total),
    }


def cover_of(album: Album) -> ShownCover | None:
    """The stored picture of an album, large, where there is one that may be shown. One query."""
    return covers_of([album.pk], "large").get(album.pk)


def artists_of(album: Album) -> tuple[ArtistLink, ...]:
    credits = album.credits.select_related("artist").order_by("position")[:ALBUM_ARTISTS]
    return tuple(
        ArtistLink(credit.artist_id, credit.credited_as or credit.artist.name, _joined(credit.join))
        for credit in credits
        if not credit.artist.is_placeholder
    )


def _joined(word: str) -> str:
    word = word.strip()
    return ", " if word in {"", ","} else f" {word} "


def _place(album: Album, artists: Sequence[ArtistLink]) -> str:
    """ "album 4 of 8": where it stands among the albums of its one artist, by year."""
    if len(artists) != 1 or album.kind != "album" or not album.year:
        return ""
    found = Album.objects.filter(
        credits__artist_id=artists[0].id, kind="album", year__isnull=False, merged_into=None
    )
    order = list(found.order_by("year", "pk").values_list("pk", flat=True))
    if album.pk not in order or len(order) < 2:
        return ""
    return _("album %(place)s of %(total)s") % {
        "place": order.index(album.pk) + 1,
        "total": len(order),
    }


def album_facts(album: Album, found: PressingList) -> list[tuple[str, str]]:
    """(name, value) pairs of what is known; what is not known is left out."""
    first = listing.first_year(album.year, found.facets)
    labels = found.facets.labels
    genres = list(dict.fromkeys([*album.styles[:3], *album.genres[:2]]))[:3]
    facts = [
        (_("Released"), str(first or "")),
        (_("Label"), labels[0][0] if labels else ""),
        (_("Genre"), ", ".join(genres)),
        (_("Pressings"), _held(album, found.total)),
        (_("Rating"), _rating(album)),
    ]
    return [(name, value) for name, value in facts if value]


def _held(album: Album, held: int) -> str:
    upstream = album.upstream_release_count
    if album.releases_synced_at is None and not held:
        return _("not brought yet")
    if upstream is None:
        return ngettext("%(held)s on vinyl", "%(held)s on vinyl", held) % {
            "held": format_number(held)
        }
    if held >= upstream:
        return _("%(held)s on vinyl, all held") % {"held": format_number(held)}
    return _("%(held)s of %(all)s on vinyl held") % {
        "held": format_number(held),
        "all": format_number(upstream),
    }


def _rating(album: Album) -> str:
    """The community's rating while Discogs' terms let it be shown."""
    found = shown_rating(album)
    if found is None:
        return ""
    mean = format_number(found.mean, 2)
    if not found.count:
        return mean
    return _("%(rating)s from %(count)s") % {"rating": mean, "count": format_number(found.count)}


# --- pressings --------------------------------------------------------------------------


def counts_shown_from() -> datetime | None:
    """How old the counts of those who have and want a pressing may be now; None: any age. Dumps
    hold no such counts: they come from the API."""
    max_age = terms_for("discogs").max_age
    return None if max_age is None else timezone.now() - max_age


def shows_counts(release: Release, oldest: datetime | None) -> bool:
    """Whether a pressing's counts are of that time or later. Those without a time are as old as
    the row."""
    return oldest is None or (release.stats_at or release.created_at) >= oldest


def pressings_context(
    request: HttpRequest,
    album: Album,
    found: PressingList,
    asked: listing.Asked,
    viewer: prices.Viewer,
) -> dict[str, Any]:
    """The rows of an album's pressings as the address asks for them."""
    person = person_of(request)
    copies: Counter[int | None] = Counter()
    wanted: set[int | None] = set()
    if person is not None and found.total:
        owned = Owned.objects.filter(user=person, release__album=album).order_by()
        copies.update(owned.values_list("release_id", flat=True))
        wants = Want.objects.filter(user=person, release__album=album).order_by()
        wanted.update(wants.values_list("release_id", flat=True))
    tags = _with_lowest(found, prices.release_prices(album.pk, viewer)) if found.total else {}

    oldest = counts_shown_from()

    def row_of(release: Release) -> PressingRow:
        tag, counts = tags.get(release.pk), shows_counts(release, oldest)
        return PressingRow(
            release_id=release.pk,
            year=release.year,
            country=release.country,
            label=release.label,
            catno=release.catalogue_number,
            format=release.format,
            have=release.have if counts else None,
            want=release.want if counts else None,
            unofficial=release.is_unofficial,
            generated=release.generated,
            grade=getattr(tag, "grade", "") or "",
            tag=tag,
            copies=copies[release.pk],
            wanted=release.pk in wanted,
        )

    kept = found.rows
    first = listing.first_year(album.year, found.facets)
    clear_text = ngettext("Show it", "Show all %(count)s", found.total) % {
        "count": format_number(found.total)
    }
    return {
        "pressings": Pressings(
            groups=listing.groups(kept, first=first, asked=asked, row_of=row_of),
            shown=len(kept),
            held=found.total,
            filters=listing.filter_fields(found.facets, asked),
            heads=listing.column_heads(asked),
            generated=any(release.generated for release in kept),
        ),
        "pressings_note": _completeness(album, found.total),
        "withheld_text": _withheld(found.withheld),
        "none_shown": found.withheld == found.total,
        "count_text": _("%(shown)s of %(held)s pressings")
        % {"shown": format_number(len(kept)), "held": format_number(found.total)},
        "clear_url": reverse("pricing:album", args=[album.pk]) + "#pressings",
        "clear_text": clear_text,
    }


def _withheld(count: int) -> str:
    """How many pressings are not shown, and why; "" for none."""
    if not count:
        return ""
    return ngettext(
        "%(count)s pressing is not shown: Discogs lets what it tells of a new one be shown for"
        " six hours.",
        "%(count)s pressings are not shown: Discogs lets what it tells of new ones be shown for"
        " six hours.",
        count,
    ) % {"count": format_number(count)}


def _with_lowest(
    found: PressingList, tags: dict[int, prices.PriceTag]
) -> dict[int, prices.PriceTag]:
    """Mark the lowest delivered price among the rows that are shown, where there are enough to
    call one low."""
    shown = [tags.get(release.pk) for release in found.rows]
    marked = [tag for tag in with_stickers(shown, least=LOWEST_OF) if tag is not None]
    return tags | {tag.release_id: tag for tag in marked if tag.release_id is not None}


def _completeness(album: Album, held: int) -> str:
    """How many of those at Discogs are here, with the day of the comparison."""
    if album.releases_synced_at is None:
        return _("Not yet compared with Discogs: there may be more.")
    # Dumps and shelves may know pressings that Discogs' own list leaves out.
    upstream = max(album.upstream_release_count or 0, held)
    return _("%(held)s of %(all)s at Discogs, as of %(day)s.") % {
        "held": format_number(held),
        "all": format_number(upstream),
        "day": nearest_day(album.releases_synced_at),
    }


def _sync_context(request: HttpRequest, album: Album, held: int) -> dict[str, Any]:
    """The running job that brings this album's pressings, and whether one may be asked for."""
    job = (
        # The key that every asker uses: one row of a unique index.
        Job.objects.filter(kind=SYNC_KIND, dedupe_key=f"album:{album.pk}", state__in=Job.ACTIVE)
        .order_by("-pk")
        .first()
    )
    visible = job is not None and may_see(job, request.user, request.session)
    upstream, looked = album.upstream_release_count, album.releases_synced_at
    complete = looked is not None and (upstream is None or held >= upstream)
    idle = person_of(request) is not None and job is None
    return {
        "job": job if visible else None,
        "syncing": job is not None,
        "may_sync": idle and not complete,
        "may_refresh": idle and looked is not None and complete and looked < _an_hour_ago(),
    }


def _an_hour_ago() -> datetime:
    """What was looked at later than this is not asked for again by a button."""
    return timezone.now() - timedelta(hours=1)


def discogs_number(kind: str, number: int) -> int | None:
    """Discogs' id of a thing, the lowest where it has several; its notice links there."""
    values = ExternalId.objects.filter(kind=kind, source="discogs", entity_id=number).values_list(
        "value", flat=True
    )
    return min((int(value) for value in values if value.isdecimal()), default=None)
