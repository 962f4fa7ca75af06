"""What the artist page shows: albums by kind and year, their prices, what is the person's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.queries import album_plays, artist_plays, owned_among, wanted_among
from catalog.covers.queries import covers_of
from catalog.models import Artist, ExternalId
from catalog.queries.albums import AlbumLine, artist_albums
from catalog.queries.likeness import likeness
from catalog.services.refreshing import may_be_asked
from pricing.pages.contexts import discogs_number, person_of, sign_in_url
from pricing.pages.shapes import AlbumGroup, AlbumRef, ArtistAlbum, ArtistLink
from pricing.queries import best_tags
from pricing.tags import PriceTag
from pricing.viewer import viewer_for
from vinyl.jobs.access import may_see
from vinyl.jobs.models import Job
from vinyl.prepared import Prepared
from vinyl.templatetags.vinyl_tags import nearest_day

REFRESH_KINDS = ("catalog.refresh_artist", "catalog.sync_artist_albums")
SIMILAR = 24


def artist_context(request: HttpRequest, artist: Artist) -> dict[str, Any]:
    """Everything on an artist's page."""
    person = person_of(request)
    albums = artist_albums(artist.pk)
    ids = [album.pk for album in albums]
    owned: set[int] = set()
    wanted: set[int] = set()
    plays: dict[int, int] = {}
    if person is not None:
        owned = owned_among(person, ids)
        wanted = wanted_among(person, ids)
        plays = album_plays(person, ids)
    pictures = {key: one.url for key, one in covers_of(ids).items()}
    tags = best_tags(ids, viewer_for(request))
    return {
        "artist": artist,
        "genres": ", ".join(artist.genres[:4]),
        "told_apart": told_apart(artist),
        "search_url": reverse("catalog:search"),
        "groups": _by_kind(albums, owned, wanted, plays, pictures, tags),
        "album_count": len(albums),
        "owned_count": len(owned),
        "wanted_count": len(wanted),
        "plays": artist_plays(person, artist.pk) if person is not None else 0,
        "similar": similar_links(artist),
        "discogs_artist": discogs_number(ExternalId.Kind.ARTIST, artist.pk),
        "login_url": sign_in_url(request),
        **_refresh_context(request, artist),
    }


def told_apart(artist: Artist) -> str:
    """What tells an artist from others of the name: Discogs numbers them, others use words."""
    number = artist.disambiguation
    if not number.isdecimal():
        return number
    return _("Number %(number)s of this name at Discogs") % {"number": number}


_WORKING = Prepared(
    lambda key: Job.objects.filter(
        kind__in=REFRESH_KINDS, dedupe_key=key, state__in=Job.ACTIVE
    ).order_by("-pk")[:1],
    key=str,
)


def _refresh_context(request: HttpRequest, artist: Artist) -> dict[str, Any]:
    """When the albums were last read, and the work that reads them at this moment."""
    job = _WORKING.first(key=f"artist:{artist.pk}")
    looked = artist.albums_synced_at
    return {
        "looked": nearest_day(looked) if looked else "",
        "job": job if job is not None and may_see(job, request.user, request.session) else None,
        "syncing": job is not None,
        "may_refresh": person_of(request) is not None and may_be_asked(looked),
    }


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
    albums: Sequence[AlbumLine],
    owned: set[int],
    wanted: set[int],
    plays: dict[int, int],
    pictures: dict[int, str],
    tags: dict[int, PriceTag],
) -> tuple[AlbumGroup, ...]:
    names = kind_names()
    found: dict[str, list[ArtistAlbum]] = defaultdict(list)
    for album in albums:
        ref = AlbumRef(
            album.pk, album.title, album.artist_line, album.year, album.kind,
            pictures.get(album.pk, ""),
        )  # fmt: skip
        kind = album.kind.lower() if album.kind.lower() in names else ""
        found[kind].append(
            ArtistAlbum(
                ref,
                album.pk in owned,
                album.pk in wanted,
                plays.get(album.pk, 0),
                tags.get(album.pk),
            )  # fmt: skip
        )
    return tuple(
        AlbumGroup(name, tuple(found[kind])) for kind, name in names.items() if found[kind]
    )


def similar_links(artist: Artist) -> tuple[ArtistLink, ...]:
    """Artists like this one, the nearest first, each once. One query."""
    edges = likeness().filter(artist=artist).order_by("-score", "other__name")
    names = dict(edges.values_list("other_id", "other__name")[: SIMILAR * 2])
    return tuple(ArtistLink(key, name) for key, name in list(names.items())[:SIMILAR])
