"""What the album page shows, read in few queries and put into plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Owned, User, Want
from accounts.queries import album_plays
from catalog.covers.queries import ShownCover, covers_of
from catalog.models import Album, AlbumArtist, ExternalId, Release
from catalog.queries.albums import PressingLine, PressingList, shown_rating, standing
from catalog.services.refreshing import PRESSINGS, may_be_asked
from catalog.words import countries_in_words, format_words
from pricing import queries as prices
from pricing.labels import place_name
from pricing.pages import counting
from pricing.pages import pressings as listing
from pricing.pages.history import history_of
from pricing.pages.shapes import ArtistLink, Mine, PressingRow, Pressings
from pricing.stickers import with_stickers
from vinyl.jobs.access import may_see
from vinyl.jobs.models import Job
from vinyl.prepared import Prepared
from vinyl.templatetags.vinyl_tags import format_number
from vinyl.upstreams.terms import terms_for

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


_ALBUM = Prepared(lambda album: Album.objects.filter(pk=album), album=int)


def album_or_404(album_id: int) -> Album:
    """The album, 404 when there is none. Merged ones are the caller's to follow."""
    found = _ALBUM.first(album=album_id)
    if found is None:
        raise Http404
    return found


def _pressings_of(album: int) -> QuerySet[Release, Any]:
    return Release.objects.filter(album_id=album).order_by().values("pk")


# Of whole albums also what was merged into them; the pressing of each, None for any.
_WANTS = Prepared(
    lambda person, albums, album: (
        Want.objects.filter(
            Q(album_id__in=standing(albums)) | Q(release_id__in=_pressings_of(album)),
            user_id=person,
        )
        .order_by()
        .values_list("release_id", flat=True)
    ),
    person=int,
    albums=list,
    album=int,
)
# Each copy of the album or of one of its pressings: which pressing it is, and whether it stands on
# the shelf as one of the album.
_COPIES = Prepared(
    lambda person, albums, album: (
        Owned.objects.filter(
            Q(album_id__in=standing(albums)) | Q(release_id__in=_pressings_of(album)),
            user_id=person,
        )
        .order_by()
        .values_list(
            "release_id",
            ExpressionWrapper(Q(album_id__in=standing(albums)), BooleanField()),
        )
    ),
    person=int,
    albums=list,
    album=int,
)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a person has to do with an album, and with which of its pressings: the `wanted`, and how
    many `copies` there are of each."""

    mine: Mine = Mine()
    wanted: frozenset[int] = frozenset()
    copies: Mapping[int | None, int] = field(default_factory=dict)


def marks_of(person: User | None, album: Album) -> Marks:
    """The person's marks; three queries, none for nobody."""
    if person is None:
        return Marks()
    wants = _WANTS.all(person=person.pk, albums=[album.pk], album=album.pk)
    copies = _COPIES.all(person=person.pk, albums=[album.pk], album=album.pk)
    mine = Mine(
        plays=album_plays(person, [album.pk]).get(album.pk, 0),
        wanted=any(release is None for release in wants),
        release_wants=sum(release is not None for release in wants),
        copies=sum(of_album for _release, of_album in copies),
    )
    wanted = frozenset(release for release in wants if release is not None)
    return Marks(mine, wanted, Counter(release for release, _of_album in copies))


def album_context(
    request: HttpRequest, album: Album, asked: listing.Asked, found: PressingList
) -> dict[str, Any]:
    """Everything on an album's page but what it costs, with its pressings as the address asks for
    them; asks no upstream and queues nothing."""
    viewer = prices.viewer_for(request)
    cover = cover_of(album)
    artists = artists_of(album)
    marks = marks_of(person_of(request), album)
    return {
        "album": album,
        "artists": artists,
        "cover": cover.url if cover else "",
        "cover_source": cover,
        "place": _place(album, artists),
        "facts": album_facts(album, found),
        "mine": marks.mine,
        "login_url": sign_in_url(request),
        "history": history_of(request, viewer, album_id=album.pk),
        "country_name": place_name(viewer.territory),
        **pressings_context(album, found, asked, viewer, marks),
        **_sync_context(request, album, found.vinyl),
    }


def cover_of(album: Album) -> ShownCover | None:
    """The stored picture of an album, large, where there is one that may be shown. One query."""
    return covers_of([album.pk], "large").get(album.pk)


_CREDITS = Prepared(
    lambda album: (
        AlbumArtist.objects.filter(album_id=album)
        .order_by("position")
        .values_list("artist_id", "credited_as", "artist__name", "join", "artist__is_placeholder")[
            :ALBUM_ARTISTS
        ]
    ),
    album=int,
)
# Of one artist, by year.
_ALBUMS = Prepared(
    lambda artist: (
        Album.objects.filter(
            credits__artist_id=artist, kind="album", year__isnull=False, merged_into=None
        )
        .order_by("year", "pk")
        .values_list("pk", flat=True)
    ),
    artist=int,
)


def artists_of(album: Album) -> tuple[ArtistLink, ...]:
    return tuple(
        ArtistLink(artist_id, credited_as or name, _joined(join))
        for artist_id, credited_as, name, join, nobody in _CREDITS.all(album=album.pk)
        if not nobody
    )


def _joined(word: str) -> str:
    word = word.strip()
    return ", " if word in {"", ","} else f" {word} "


def _place(album: Album, artists: Sequence[ArtistLink]) -> str:
    """ "album 4 of 8": where it stands among the albums of its one artist, by year."""
    if len(artists) != 1 or album.kind != "album" or not album.year:
        return ""
    order = _ALBUMS.all(artist=artists[0].id)
    if album.pk not in order or len(order) < 2:
        return ""
    return _("album %(place)s of %(total)s") % {
        "place": order.index(album.pk) + 1,
        "total": len(order),
    }


def album_facts(album: Album, found: PressingList) -> list[tuple[str, str]]:
    """(name, value) pairs of what is known; what is not known is left out."""
    first = listing.originals_of(album.year, found.every).year
    labels = found.facets.labels
    genres = list(dict.fromkeys([*album.styles[:3], *album.genres[:2]]))[:3]
    facts = [
        (_("Released"), str(first or "")),
        (_("Label"), labels[0][0] if labels else ""),
        (_("Genre"), ", ".join(genres)),
        (_("Pressings"), counting.held_words(album, found)),
        (_("Rating"), _rating(album)),
    ]
    return [(name, value) for name, value in facts if value]


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
    the row. Lists are read by the same rule (catalog.queries.pressings)."""
    return oldest is None or (release.stats_at or release.created_at) >= oldest


def pressings_context(
    album: Album,
    found: PressingList,
    asked: listing.Asked,
    viewer: prices.Viewer,
    marks: Marks,
) -> dict[str, Any]:
    """The rows of an album's pressings as the address asks for them."""
    tags = _with_lowest(found, prices.release_prices(album.pk, viewer)) if found.total else {}
    words = countries_in_words()

    def row_of(line: PressingLine) -> PressingRow:
        tag = tags.get(line.pk)
        return PressingRow(
            line.pk, line.year, words(line.country), line.label, line.catalogue_number,
            format_words(line.medium, line.format), line.have, line.want, line.is_unofficial,
            line.generated, getattr(tag, "grade", "") or "", tag, marks.copies.get(line.pk, 0),
            line.pk in marks.wanted,
        )  # fmt: skip

    kept = found.rows
    originals = listing.originals_of(album.year, found.every)
    clear_text = ngettext("Show it", "Show all %(count)s", found.total) % {
        "count": format_number(found.total)
    }
    return {
        "pressings": Pressings(
            groups=listing.groups(kept, originals=originals, asked=asked, row_of=row_of),
            shown=len(kept),
            held=found.total,
            filters=listing.filter_fields(found.facets, asked),
            heads=listing.column_heads(asked),
            generated=any(release.generated for release in kept),
        ),
        "pressings_note": counting.compared_words(album, found),
        "withheld_text": counting.withheld_words(found.withheld),
        "none_shown": found.withheld == found.total,
        "count_text": _("%(shown)s of %(held)s pressings")
        % {"shown": format_number(len(kept)), "held": format_number(found.total)},
        "clear_url": reverse("pricing:album", args=[album.pk]) + "#pressings",
        "clear_text": clear_text,
    }


def _with_lowest(
    found: PressingList, tags: dict[int, prices.PriceTag]
) -> dict[int, prices.PriceTag]:
    """Mark the lowest delivered price among the rows that are shown, where there are enough to
    call one low."""
    shown = [tags.get(release.pk) for release in found.rows]
    marked = [tag for tag in with_stickers(shown, least=LOWEST_OF) if tag is not None]
    return tags | {tag.release_id: tag for tag in marked if tag.release_id is not None}


# The key that every asker uses: one row of a unique index.
_WORKING = Prepared(
    lambda key: Job.objects.filter(kind=PRESSINGS, dedupe_key=key, state__in=Job.ACTIVE).order_by(
        "-pk"
    )[:1],
    key=str,
)


def _sync_context(request: HttpRequest, album: Album, held: int) -> dict[str, Any]:
    """The running job that brings this album's pressings, and whether one may be asked for."""
    job = _WORKING.first(key=f"album:{album.pk}")
    visible = job is not None and may_see(job, request.user, request.session)
    upstream, looked = album.upstream_release_count, album.releases_synced_at
    complete = looked is not None and (upstream is None or held >= upstream)
    idle = person_of(request) is not None and job is None
    return {
        "job": job if visible else None,
        "syncing": job is not None,
        "may_sync": idle and not complete and may_be_asked(looked),
        "may_refresh": idle and looked is not None and complete and may_be_asked(looked),
    }


_NUMBERS = Prepared(
    lambda kind, number: ExternalId.objects.filter(
        kind=kind, source="discogs", entity_id=number
    ).values_list("value", flat=True),
    kind=str,
    number=int,
)


def discogs_number(kind: str, number: int) -> int | None:
    """Discogs' id of a thing, the lowest where it has several; its notice links there."""
    values = _NUMBERS.all(kind=kind, number=number)
    return min((int(value) for value in values if value.isdecimal()), default=None)
