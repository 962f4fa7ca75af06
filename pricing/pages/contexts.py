"""What the album and artist pages show, read in few queries and put into plain values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Listening, Owned, User, Want
from accounts.queries import UNFINISHED, album_plays, owned_albums, wanted_albums
from catalog.models import Album, Artist, ExternalId, Release, SimilarArtist
from catalog.queries.albums import (
    PressingList,
    artist_albums,
    of_albums,
    pressings,
    shown_rating,
)
from pricing import queries as prices
from pricing.labels import country_name
from pricing.pages import pressings as listing
from pricing.pages.shapes import (
    AlbumGroup,
    AlbumRef,
    ArtistAlbum,
    ArtistLink,
    Mine,
    PressingRow,
    Pressings,
)
from pricing.stickers import with_stickers
from vinyl.jobs.access import may_see
from vinyl.jobs.models import Job
from vinyl.templatetags.vinyl_tags import format_number, nearest_day
from vinyl.upstreams.terms import withheld

SYNC_KIND = "catalog.sync_album_releases"
ALBUM_ARTISTS = 8
SIMILAR = 24
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
    asked = listing.Asked.from_query(request.GET.dict())
    found = pressings(album.pk, asked.filters)
    artists = _artists_of(album)
    return {
        "album": album,
        "artists": artists,
        "place": _place(album, artists),
        "facts": album_facts(album, found),
        "mine": mine_of(person, album),
        "login_url": sign_in_url(request),
        "best": prices.price_tags([album.pk], viewer).get(album.pk),
        "country_name": country_name(viewer.country),
        "discogs_master": discogs_number(ExternalId.Kind.ALBUM, album.pk),
        **pressings_context(request, album, found, asked, viewer),
        **_sync_context(request, album, found.total),
    }


def _artists_of(album: Album) -> tuple[ArtistLink, ...]:
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


def shows_counts(release: Release) -> bool:
    """Whether how many have and want it may be shown now. Dumps hold no such counts: they come
    from the API, and those without a time are as old as the row."""
    return not withheld("discogs", release.stats_at or release.created_at, timezone.now())


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

    def row_of(release: Release) -> PressingRow:
        tag = tags.get(release.pk)
        return PressingRow(
            release_id=release.pk,
            year=release.year,
            country=release.country,
            label=release.label,
            number=release.catalogue_number,
            format=release.format,
            have=release.have if shows_counts(release) else None,
            want=release.want if shows_counts(release) else None,
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
            hidden=(("sort", asked.sort),) if asked.sort != "year" else (),
        ),
        "pressings_note": _completeness(album, found.total),
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


def _completeness(album: Album, held: int) -> str:
    """Whether all pressings are here, as a sentence with its day."""
    if album.releases_synced_at is None:
        return _("Not yet compared with Discogs: there may be more.")
    day = nearest_day(album.releases_synced_at)
    upstream = album.upstream_release_count
    if upstream is not None and held < upstream:
        return _("Discogs lists %(all)s; %(held)s are here, looked %(day)s.") % {
            "all": format_number(upstream),
            "held": format_number(held),
            "day": day,
        }
    return _("Complete against Discogs, looked %(day)s.") % {"day": day}


def _sync_context(request: HttpRequest, album: Album, held: int) -> dict[str, Any]:
    """The running job that brings this album's pressings, and whether one may be asked for."""
    job = (
        # The key that every asker uses: one row of a unique index.
        Job.objects.filter(kind=SYNC_KIND, dedupe_key=f"album:{album.pk}", state__in=Job.ACTIVE)
        .order_by("-pk")
        .first()
    )
    visible = job is not None and may_see(job, request.user, request.session)
    upstream = album.upstream_release_count
    complete = album.releases_synced_at is not None and (upstream is None or held >= upstream)
    return {
        "job": job if visible else None,
        "syncing": job is not None,
        "may_sync": person_of(request) is not None and job is None and not complete,
    }


# --- artist -----------------------------------------------------------------------------


def artist_context(request: HttpRequest, artist: Artist) -> dict[str, Any]:
    """Everything on an artist's page."""
    person = person_of(request)
    albums = artist_albums(artist.pk)
    ids = [album.pk for album in albums]
    owned: set[int] = set()
    wanted: set[int] = set()
    plays: dict[int, int] = {}
    if person is not None:
        owned = owned_albums(person).intersection(ids)
        wanted = wanted_albums(person).intersection(ids)
        plays = album_plays(person, ids)
    return {
        "artist": artist,
        "genres": ", ".join(artist.genres[:4]),
        "search_url": reverse("catalog:search"),
        "groups": _by_kind(albums, owned, wanted, plays),
        "album_count": len(albums),
        "owned_count": len(owned),
        "wanted_count": len(wanted),
        "plays": artist_plays(person, artist) if person is not None else 0,
        "similar": similar_links(artist),
        "discogs_artist": discogs_number(ExternalId.Kind.ARTIST, artist.pk),
        "login_url": sign_in_url(request),
    }


def artist_plays(person: User, artist: Artist) -> int:
    """Plays of an artist, the largest of the sources and periods, as accounts.queries counts."""
    rows = (
        Listening.objects.filter(snapshot__user=person, kind=Listening.Kind.ARTIST, artist=artist)
        .exclude(snapshot__source__endswith=UNFINISHED)
        .order_by()
        .values("snapshot_id", "period")
        .annotate(heard=Sum("plays"))
    )
    return max((row["heard"] or 0 for row in rows), default=0)


def kind_names() -> dict[str, str]:
    """The kinds of albums in the order of the page, named in the page's language."""
    return {
        "album": _("Albums"),
        "ep": _("EPs"),
        "live": _("Live"),
        "compilation": _("Compilations"),
        "soundtrack": _("Soundtracks"),
        "single": _("Singles"),
        "": _("Other records"),
    }


def _by_kind(
    albums: Sequence[Album], owned: set[int], wanted: set[int], plays: dict[int, int]
) -> tuple[AlbumGroup, ...]:
    names = kind_names()
    found: dict[str, list[ArtistAlbum]] = defaultdict(list)
    for album in albums:
        ref = AlbumRef(album.pk, album.title, album.artist_line, album.year, album.kind)
        kind = album.kind.lower() if album.kind.lower() in names else ""
        found[kind].append(
            ArtistAlbum(ref, album.pk in owned, album.pk in wanted, plays.get(album.pk, 0))
        )
    return tuple(
        AlbumGroup(name, tuple(found[kind])) for kind, name in names.items() if found[kind]
    )


def discogs_number(kind: str, number: int) -> int | None:
    """Discogs' id of a thing, the lowest where it has several; its notice links there."""
    values = ExternalId.objects.filter(kind=kind, source="discogs", entity_id=number).values_list(
        "value", flat=True
    )
    return min((int(value) for value in values if value.isdecimal()), default=None)


def similar_links(artist: Artist) -> tuple[ArtistLink, ...]:
    """Artists like this one, the nearest first, each once. One query."""
    edges = (
        SimilarArtist.objects.filter(artist=artist, other__is_placeholder=False)
        .select_related("other")
        .order_by("-score", "other__name")
    )
    names = {edge.other_id: edge.other.name for edge in edges[: SIMILAR * 2]}
    return tuple(ArtistLink(key, name) for key, name in list(names.items())[:SIMILAR])
