"""Which artist of Discogs and of MusicBrainz ours is: known, linked there by hand, or found by name
where exactly one is called so. Of several homonyms none is guessed."""

from __future__ import annotations

from django.db import transaction

from catalog.matching import artist_similarity, normalise_name
from catalog.models import Artist, ArtistName, ExternalId
from catalog.services.correcting import put_back
from catalog.services.identity import discogs_id_of, remember_ids
from vinyl.upstreams import discogs, musicbrainz
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotFound

# From here on a search hit counts as the same name.
CONFIDENT = 0.7
KIND = ExternalId.Kind.ARTIST


def mbid_of(artist: Artist) -> str:
    """The first MusicBrainz id that is known, or "". One query, no call."""
    known = ExternalId.objects.filter(kind=KIND, source="musicbrainz", entity_id=artist.pk)
    return known.order_by("pk").values_list("value", flat=True).first() or ""


def find_discogs_id(artist: Artist, *, lane: Lane) -> int | None:
    """The artist's Discogs id. No call where it is known, one where MusicBrainz links it, one more
    for a search. Raises UpstreamError."""
    known = discogs_id_of(KIND, artist.pk)
    if known is not None:
        return known
    found = _linked(artist, lane) or _searched(artist, lane)
    if found is not None:
        remember_ids(KIND, artist.pk, {"discogs": str(found)})
    return found


def find_mbid(artist: Artist, *, lane: Lane) -> str:
    """The artist's MusicBrainz id, or "". No call where it is known, one where it links Discogs' id
    to one of its own, one more for a search by name. Raises UpstreamError."""
    known = mbid_of(artist)
    if known:
        return known
    client = musicbrainz.Client(lane=lane)
    discogs_id = discogs_id_of(KIND, artist.pk)
    found = client.artist_for_discogs(discogs_id) if discogs_id is not None else None
    mbid = found.mbid if found is not None else _named(client, artist)
    if mbid:
        remember_ids(KIND, artist.pk, {"musicbrainz": mbid})
    return mbid


def _linked(artist: Artist, lane: Lane) -> int | None:
    mbid = mbid_of(artist)
    if not mbid:
        return None
    try:
        found = musicbrainz.Client(lane=lane).artist(mbid)
    except NotFound:
        return None
    _learn(artist, found)
    return found.discogs_ids[0] if found.discogs_ids else None


def _learn(artist: Artist, found: musicbrainz.Artist) -> None:
    """The present id, the country, and the names it is found by as well."""
    remember_ids(KIND, artist.pk, {"musicbrainz": found.mbid})
    if found.country and not artist.country:
        with transaction.atomic():
            bare = Artist.objects.filter(pk=artist.pk, country="")
            if bare.update(country=found.country[:2]):
                put_back(KIND, [artist.pk])
    ArtistName.objects.bulk_create(
        [
            ArtistName(artist=artist, name=name[:500], normalised=normalise_name(name)[:500])
            for name in dict.fromkeys(found.aliases)
            if name.strip() and name != artist.name
        ],
        ignore_conflicts=True,
    )


def _searched(artist: Artist, lane: Lane) -> int | None:
    hits = discogs.Client(lane=lane).search(type="artist", q=artist.name, per_page=25)
    alike = [hit for hit in hits if artist_similarity(artist.name, hit.title).score > CONFIDENT]
    exact = [hit for hit in alike if artist_similarity(artist.name, hit.title).score == 1]
    chosen = exact or alike
    return chosen[0].id if len(chosen) == 1 else None


def _named(client: musicbrainz.Client, artist: Artist) -> str:
    """By name only where ours is no namesake itself: "Scuba (4)" is told apart by Discogs alone."""
    if artist.disambiguation:
        return ""
    key = normalise_name(artist.name)
    same = [hit for hit in client.search_artists(artist.name) if normalise_name(hit.name) == key]
    return same[0].mbid if len(same) == 1 else ""
