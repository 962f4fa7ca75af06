"""Artists, albums, pressings, labels and likenesses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.admin.corrected import CorrectedAdmin
from catalog.admin.quick import (
    FOUND_AT_MOST,
    ReadOnlyAdmin,
    by_beginning,
    by_number,
    by_numbers,
    by_service_id,
)
from catalog.corrections import NUMBERS
from catalog.matching import normalise_name, normalise_number, normalise_title
from catalog.models import (
    Album,
    AlbumArtist,
    Artist,
    ArtistName,
    Correction,
    Label,
    MergeRecord,
    Release,
    ReleaseIdentifier,
    ReleaseLabel,
    SimilarArtist,
)
from catalog.queries.reviews import id_links
from catalog.services.correcting import correct_numbers, credits_of
from catalog.services.merging import CannotMerge, better_known, merge_albums, merge_artists

MOST_MERGED_AT_ONCE = 20
# Of so many albums that begin with what was typed the pressings are listed.
ALBUMS_OF_A_TITLE = 20
# Of so many artists whose name begins so the albums are listed, and the pressings of so many.
ARTISTS_OF_A_NAME, ALBUMS_OF_AN_ARTIST = 20, 60
# The least letters of a name that are looked for inside.
PIECE = 3


def artists_named(term: str) -> Iterator[int]:
    """Artists of this name, then those that are known by it, then those whose name begins so."""
    key = normalise_name(term)
    for rows, field in (
        (Artist.objects.filter(normalised=key), "pk"),
        (ArtistName.objects.filter(normalised=key), "artist_id"),
    ):
        yield from rows.values_list(field, flat=True)[:FOUND_AT_MOST]
    yield from by_beginning(MergeRecord.Kind.ARTIST, term)


def albums_of_artist(term: str, most: int) -> list[int]:
    """Albums of artists who are called so, or whose name begins so."""
    artists = list(islice(dict.fromkeys(artists_named(term)), ARTISTS_OF_A_NAME))
    credits = AlbumArtist.objects.filter(artist_id__in=artists).order_by()
    return list(credits.values_list("album_id", flat=True)[:most])


def releases_numbered(key: str) -> Iterator[int]:
    """Pressings with this catalogue number, barcode or matrix, then those with one that begins
    so."""
    if not any(sign.isdigit() for sign in key):
        return
    # The comparison with "" is that of the partial indexes.
    labels = ReleaseLabel.objects.exclude(catno_normalised="").order_by()
    printed = ReleaseIdentifier.objects.exclude(normalised="").order_by()
    for rows in (
        labels.filter(catno_normalised=key),
        printed.filter(normalised=key),
        labels.filter(catno_normalised__startswith=key),
        printed.filter(normalised__startswith=key),
    ):
        yield from rows.values_list("release_id", flat=True)[:FOUND_AT_MOST]


class MergingAdmin(CorrectedAdmin):
    """Rows of which several may turn out to be one."""

    actions = ("merge_chosen",)

    @admin.action(description=_("Merge into the best known of them"), permissions=["change"])
    def merge_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        ids = list(chosen.filter(merged_into__isnull=True).values_list("pk", flat=True)[:50])
        if not 2 <= len(ids) <= MOST_MERGED_AT_ONCE:
            words = _("Choose two to %(most)d rows that stand by themselves.")
            self.message_user(request, words % {"most": MOST_MERGED_AT_ONCE}, messages.ERROR)
            return
        stands = ids[0]
        for other in ids[1:]:
            stands, _goes = better_known(self.kind, stands, other)
        goes = [pk for pk in ids if pk != stands]
        user: Any = request.user
        try:
            if self.kind == MergeRecord.Kind.ARTIST:
                merge_artists(goes, Artist.objects.get(pk=stands), why="by a curator", by=user)
            else:
                merge_albums(goes, Album.objects.get(pk=stands), why="by a curator", by=user)
        except CannotMerge as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        said = ngettext(
            "%(n)d row was merged into %(name)s. It can be undone among the merges.",
            "%(n)d rows were merged into %(name)s. It can be undone among the merges.",
            len(goes),
        )
        name = str(self.model._default_manager.get(pk=stands))
        self.message_user(request, said % {"n": len(goes), "name": name}, messages.SUCCESS)

    @admin.display(description=_("number"))
    def number(self, row: Any) -> int:
        """What rows of different names are searched by together; bare, to be copied."""
        return int(row.pk)

    @admin.display(description=_("merged into"))
    def stands_in(self, row: Any) -> int | str:
        """The number of the row that this one went into, without reading that row."""
        return row.merged_into_id or ""

    @admin.display(description=_("ids"))
    def ids(self, row: Any) -> SafeString | str:
        """Ids of other services, with links to their pages."""
        return format_html_join(
            ", ",
            "{} {}",
            (
                (
                    one.source,
                    format_html('<a href="{}">{}</a>', one.url, one.value)
                    if one.url
                    else one.value,
                )
                for one in id_links(self.kind, row.pk)
            ),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are made by the syncs and imports, under a lock on their name."""
        return False


@admin.register(Artist)
class ArtistAdmin(MergingAdmin):
    kind = MergeRecord.Kind.ARTIST
    list_display = (
        "name", "number", "disambiguation", "country", "popularity", "source", "stands_in",
    )  # fmt: skip
    search_help_text = _(
        "Number, id of a service, or the beginning of the name; several numbers with commas or"
        " blanks between them bring rows together that are to be merged"
    )
    fields = (
        "name", "disambiguation", "country", "genres", "is_placeholder", "popularity", "ids",
        "normalised", "source", "generated", "merged_into", "albums_synced_at",
        "similar_synced_at", "created_at", "updated_at",
    )  # fmt: skip
    # Genres have commas in their names ("Folk, World, & Country"), which a text field would split.
    readonly_fields = (
        "genres", "ids", "normalised", "source", "generated", "merged_into", "albums_synced_at",
        "similar_synced_at", "created_at", "updated_at",
    )  # fmt: skip

    def find(self, term: str) -> Iterable[int]:
        yield from by_number(Artist, "pk", term)
        yield from by_numbers(Artist, term)
        yield from by_service_id(self.kind, term)
        yield from artists_named(term)

    def save_model(self, request: HttpRequest, obj: Artist, form: Any, change: bool) -> None:
        obj.normalised = normalise_name(obj.name)[:500]
        super().save_model(request, obj, form, change)


class CreditInline(admin.TabularInline):
    model = AlbumArtist
    raw_id_fields = ("artist",)
    extra = 0


@admin.register(Album)
class AlbumAdmin(MergingAdmin):
    kind = MergeRecord.Kind.ALBUM
    list_display = (
        "title", "number", "artist_line", "year", "album_kind", "demand", "upstream_release_count",
        "releases_synced_at", "stands_in",
    )  # fmt: skip
    search_help_text = _(
        "Number, id of a service, or the beginning of the title or of the artist's name; several"
        " numbers with commas or blanks between them bring rows together that are to be merged"
    )
    inlines: ClassVar = (CreditInline,)
    fields = (
        "title", "artist_line", "year", "kind", "genres", "styles", "ids", "main_discogs_id",
        "normalised", "popularity", "demand", "rating", "rating_count", "upstream_release_count",
        "releases_synced_at", "source", "generated", "merged_into", "created_at", "updated_at",
    )  # fmt: skip
    readonly_fields = (
        "genres", "styles", "ids", "main_discogs_id", "normalised", "demand", "rating",
        "rating_count", "upstream_release_count", "releases_synced_at", "source", "generated",
        "merged_into", "created_at", "updated_at",
    )  # fmt: skip

    @admin.display(description=_("kind"))
    def album_kind(self, album: Album) -> str:
        return album.kind

    def find(self, term: str) -> Iterable[int]:
        yield from by_number(Album, "pk", term)
        yield from by_numbers(Album, term)
        yield from by_service_id(self.kind, term)
        same = Album.objects.filter(normalised=normalise_title(term))
        yield from same.values_list("pk", flat=True)[:FOUND_AT_MOST]
        yield from by_beginning(self.kind, term)
        yield from albums_of_artist(term, FOUND_AT_MOST)

    def credits(self, row: Album) -> list[list[Any]]:
        return credits_of(row)

    def save_model(self, request: HttpRequest, obj: Album, form: Any, change: bool) -> None:
        obj.normalised = normalise_title(obj.title)[:1000]
        super().save_model(request, obj, form, change)


@admin.register(Release)
class ReleaseAdmin(CorrectedAdmin):
    kind = Correction.Kind.RELEASE
    list_display = (
        "title", "country", "year", "label", "catalogue_number", "format", "is_unofficial",
        "discogs_id",
    )  # fmt: skip
    search_help_text = _(
        "Number, Discogs' number, the beginning of a catalogue number, barcode or matrix, of the"
        " album's title or of the artist's name"
    )
    raw_id_fields = ("album",)
    fields = (
        "album", "title", "country", "released", "year", "label", "catalogue_number", "barcode",
        "medium", "discs", "format", "is_unofficial", "genres", "styles", "discogs_id", "have",
        "want", "stats_at", "source", "generated", "content_hash", "fetched_at", "created_at",
        "updated_at",
    )  # fmt: skip
    readonly_fields = (
        "genres", "styles", "discogs_id", "have", "want", "stats_at", "source", "generated",
        "content_hash", "fetched_at", "created_at", "updated_at",
    )  # fmt: skip

    def find(self, term: str) -> Iterable[int]:
        yield from by_number(Release, "pk", term)
        yield from by_number(Release, "discogs_id", term)
        yield from releases_numbered(normalise_number(term))
        albums = by_beginning(MergeRecord.Kind.ALBUM, term)[:ALBUMS_OF_A_TITLE]
        of_albums = Release.objects.filter(album_id__in=albums)
        yield from of_albums.values_list("pk", flat=True)[:FOUND_AT_MOST]
        of_artist = Release.objects.filter(album_id__in=albums_of_artist(term, ALBUMS_OF_AN_ARTIST))
        yield from of_artist.values_list("pk", flat=True)[:FOUND_AT_MOST]

    def save_model(self, request: HttpRequest, obj: Release, form: Any, change: bool) -> None:
        """The numbers go where they are found; the form's row must not write them first, or what
        they were would be forgotten."""
        corrected = {name: getattr(obj, name) for name in NUMBERS}
        for name in NUMBERS:
            setattr(obj, name, form.initial.get(name, ""))
        super().save_model(request, obj, form, change)
        kept = correct_numbers(obj.pk, **corrected)
        for name in NUMBERS:
            setattr(obj, name, getattr(kept, name))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Label)
class LabelAdmin(CorrectedAdmin):
    kind = Correction.Kind.LABEL
    list_display = ("name", "disambiguation", "discogs_id", "parent_discogs_id", "source")
    search_help_text = _("Number, Discogs' number, or a piece of the name")
    fields = ("name", "disambiguation", "normalised", "discogs_id", "parent_discogs_id", "source")
    readonly_fields = ("normalised", "discogs_id", "source")

    def find(self, term: str) -> Iterable[int]:
        yield from by_number(Label, "pk", term)
        yield from by_number(Label, "discogs_id", term)
        key = normalise_name(term)
        named = Label.objects.filter(normalised=key)
        yield from named.values_list("pk", flat=True)[:FOUND_AT_MOST]
        # A shorter one is in no index of pieces.
        if len(key) >= PIECE:
            pieces = Label.objects.filter(normalised__contains=key).order_by()
            yield from pieces.values_list("pk", flat=True)[:FOUND_AT_MOST]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Label, form: Any, change: bool) -> None:
        obj.normalised = normalise_name(obj.name)[:500]
        super().save_model(request, obj, form, change)


@admin.register(SimilarArtist)
class SimilarArtistAdmin(ReadOnlyAdmin):
    list_display = ("artist", "other", "score", "source", "seen_at")
    list_select_related = ("artist", "other")
    search_help_text = _("The artist's number or whole name")

    def find(self, term: str) -> Iterable[int]:
        artists = by_number(Artist, "pk", term)
        named = Artist.objects.filter(normalised=normalise_name(term))
        artists += named.values_list("pk", flat=True)[:FOUND_AT_MOST]
        edges = SimilarArtist.objects.filter(artist_id__in=artists)
        yield from edges.values_list("pk", flat=True)[:FOUND_AT_MOST]
