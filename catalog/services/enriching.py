"""What MusicBrainz knows of an artist's albums: their kinds, ids, and which masters they are.

Its core data are in the public domain. Release groups come a hundred at a time, with their links
to Discogs; a link was set by a person and counts where it is clear: one master, one group.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from catalog.matching import normalise_title
from catalog.models import Album, AlbumArtist, Artist, ExternalId
from catalog.queries.names import by_external_id
from catalog.services.artist_ids import find_mbid
from catalog.services.correcting import put_back
from catalog.services.identity import discogs_id_of, followed, merge_into, remember_ids
from catalog.services.making import ArtistAsk, artists_of, get_or_create_album
from vinyl.upstreams import musicbrainz
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotFound

KIND = ExternalId.Kind.ALBUM
# Works of one title by one artist are one only when they are about as old.
YEARS_APART = 2
LINKED = "one release group of MusicBrainz is both"


@dataclass(frozen=True)
class Enriched:
    """What came of it: release groups read, albums that they are, studio albums, new albums."""

    groups: int = 0
    albums: int = 0
    studio: int = 0
    new: int = 0

    def __add__(self, other: Enriched) -> Enriched:
        return Enriched(
            self.groups + other.groups, self.albums + other.albums,
            self.studio + other.studio, self.new + other.new,
        )  # fmt: skip


def is_studio(group: musicbrainz.ReleaseGroup) -> bool:
    """An album without a secondary type (live, compilation, ...) by one artist."""
    return group.kind == "Album" and not group.secondary_kinds and len(group.artists) == 1


def kind_of_work(group: musicbrainz.ReleaseGroup) -> str:
    """album, ep, single; or what sort of album: live, compilation, soundtrack ..."""
    return (group.secondary_kinds[0] if group.secondary_kinds else group.kind).lower()[:20]


def enrich_artist(artist: Artist, *, lane: Lane = Lane.BACKGROUND) -> Enriched:
    """Give an artist's albums what MusicBrainz knows of them. Safe to run again.

    Albums are met by id, by a clear link to their master, and by title where only one is as old.
    A group that links a master which is not here becomes an album; so does every one of an artist
    whom Discogs does not know. Others are on no record that Discogs has, and are left out.
    Raises UpstreamError, and what was written stays.
    """
    if artist.is_placeholder:
        return Enriched()
    mbid = find_mbid(artist, lane=lane)
    groups: list[musicbrainz.ReleaseGroup] = []
    if mbid:
        try:
            groups = list(musicbrainz.Client(lane=lane).all_artist_release_groups(mbid))
        except NotFound:
            pass  # an id that is out of date; a better one may come with the next reading
    found = Meeting.of(artist, groups).store() if groups else Enriched()
    Artist.objects.filter(pk=artist.pk).update(enriched_at=timezone.now())
    return found


@dataclass
class Meeting:
    """An artist's release groups beside the albums that are here."""

    artist: Artist
    groups: list[musicbrainz.ReleaseGroup]
    by_mbid: dict[str, int]
    by_master: dict[str, int]
    by_title: dict[str, list[Album]]
    links: Counter[int]
    titles: Counter[str]
    on_discogs: bool
    taken: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, artist: Artist, groups: Iterable[musicbrainz.ReleaseGroup]) -> Meeting:
        unique = list({group.mbid: group for group in groups}.values())
        albums: dict[str, list[Album]] = defaultdict(list)
        own = Album.objects.filter(credits__artist=artist, merged_into__isnull=True)
        for album in own.distinct().order_by("pk"):
            albums[album.normalised].append(album)
        links = Counter(master for group in unique for master in group.master_ids)
        return cls(
            artist=artist,
            groups=unique,
            by_mbid=by_external_id(KIND, "musicbrainz", (group.mbid for group in unique)),
            by_master=by_external_id(KIND, "discogs", links),
            by_title=albums,
            links=links,
            titles=Counter(normalise_title(group.title) for group in unique),
            on_discogs=discogs_id_of(ExternalId.Kind.ARTIST, artist.pk) is not None,
        )

    def store(self) -> Enriched:
        """Ids before titles: what an id has met is not met again by its title."""
        met: dict[str, Album] = {}
        for group in self.groups:
            album = self._by_ids(group)
            if album is not None:
                met[group.mbid] = album
                self.taken.add(album.pk)
        total = Enriched()
        for group in self.groups:
            album, new = met.get(group.mbid) or self._by_title(group), False
            if album is None:
                album = self._made(group)
                new = album is not None
            if album is not None:
                self.taken.add(album.pk)
                self._write(album, group)
            total += Enriched(1, album is not None, album is not None and is_studio(group), new)
        return total

    def _master(self, group: musicbrainz.ReleaseGroup) -> int | None:
        """The master that the group clearly is. Of several links the one that is known here:
        editions are taken for works at times."""
        clear = [master for master in group.master_ids if self.links[master] == 1]
        known = [master for master in clear if str(master) in self.by_master]
        chosen = known if len(group.master_ids) > 1 else clear
        return chosen[0] if len(chosen) == 1 else None

    def _by_ids(self, group: musicbrainz.ReleaseGroup) -> Album | None:
        master = self._master(group)
        ids = (self.by_mbid.get(group.mbid), self.by_master.get(str(master)) if master else None)
        albums = [followed(Album.objects.get(pk=pk)) for pk in ids if pk is not None]
        if len({album.pk for album in albums}) == 2:
            # Somebody's listening brought the one, Discogs the other.
            return merge_into([albums[0].pk], albums[1], why=LINKED)
        return albums[-1] if albums else None

    def _by_title(self, group: musicbrainz.ReleaseGroup) -> Album | None:
        key = normalise_title(group.title)
        free = [one for one in self.by_title.get(key, ()) if one.pk not in self.taken]
        near = [one for one in free if _as_old(one.year, group.year)]
        if len(near) > 1 or self.titles[key] > 1:
            near = [one for one in near if one.year is not None and one.year == group.year]
        return near[0] if len(near) == 1 else None

    def _made(self, group: musicbrainz.ReleaseGroup) -> Album | None:
        master = self._master(group)
        if master is None and self.on_discogs:
            return None
        album = get_or_create_album(
            artist=self.artist,
            title=group.title,
            mbid=group.mbid,
            master_id=master,
            year=group.year,
            source="musicbrainz",
        )
        if len(group.artists) > 1:
            _credit_all(album, group)
        return album

    def _write(self, album: Album, group: musicbrainz.ReleaseGroup) -> None:
        master = self._master(group)
        ids = {"musicbrainz": group.mbid}
        if master is not None:
            ids["discogs"] = str(master)
        remember_ids(KIND, album.pk, ids)
        told = {"kind": kind_of_work(group) or album.kind, "is_studio": is_studio(group)}
        if album.year is None and group.year is not None:
            told["year"] = group.year
        if any(getattr(album, name) != value for name, value in told.items()):
            with transaction.atomic():
                Album.objects.filter(pk=album.pk).update(**told, updated_at=timezone.now())
                put_back(KIND, [album.pk])


def _as_old(year: int | None, other: int | None) -> bool:
    return year is None or other is None or abs(year - other) <= YEARS_APART


def _credit_all(album: Album, group: musicbrainz.ReleaseGroup) -> None:
    """All who are credited, for an album that was made with the first one only."""
    with transaction.atomic():
        if AlbumArtist.objects.filter(album=album).count() != 1:
            return
        AlbumArtist.objects.filter(album=album).delete()
        asks = [ArtistAsk(who.name, mbid=who.mbid, source="musicbrainz") for who in group.artists]
        artists = artists_of(asks)
        AlbumArtist.objects.bulk_create(
            AlbumArtist(
                album=album,
                artist=artists[ask],
                position=position,
                credited_as=who.credited_as[:500],
                join=who.join.strip()[:40],
            )
            for position, (who, ask) in enumerate(zip(group.artists, asks, strict=True))
        )
        line = "".join(who.credited_as + who.join for who in group.artists)
        Album.objects.filter(pk=album.pk).update(artist_line=line.strip()[:1000])
        put_back(KIND, [album.pk])
