"""Rows for tests, each with as little as the database wants. Keyword arguments go to the model."""

from datetime import timedelta
from decimal import Decimal
from itertools import count

from django.utils import timezone

from accounts.models import Listening, Owned, Snapshot, User, Want
from catalog.matching import normalise_number
from catalog.models import (
    Album,
    AlbumArtist,
    Artist,
    MergeRecord,
    Release,
    ReleaseIdentifier,
    ReleaseLabel,
    SimilarArtist,
)
from pricing.models import AlbumBestPrice, Quote

_numbers = count(1)
PASSWORD = "a-quiet-groove-42"


def make_person(email="", **fields):
    """A person with a password, in Spain, paying in euros."""
    email = email or f"person{next(_numbers)}@vinilogy.test"
    return User.objects.create_user(email, PASSWORD, **fields)


def make_artist(name="Talking Heads", **fields):
    return Artist.objects.create(**{"name": name, "normalised": name.lower()} | fields)


def make_album(title="Remain in Light", artist=None, **fields):
    """An album with one credit; `artist` is an Artist or a name."""
    if artist is None or isinstance(artist, str):
        artist = make_artist(artist or "Talking Heads")
    values = {
        "title": title,
        "normalised": title.lower(),
        "artist_line": artist.name,
        "year": 1980,
        "kind": "album",
    }
    album = Album.objects.create(**values | fields)
    AlbumArtist.objects.create(album=album, artist=artist, credited_as=artist.name)
    return album


def make_release(album, **fields):
    """One pressing; a US original of the album's year unless told otherwise."""
    number = next(_numbers)
    values = {
        "discogs_id": 1000 + number,
        "title": album.title,
        "country": "US",
        "year": album.year,
        "released": str(album.year or ""),
        "label": "Sire",
        "catalogue_number": f"SRK {number}",
        "format": "LP, Album",
        "have": 100,
        "want": 50,
    }
    release = Release.objects.create(album=album, **values | fields)
    ReleaseLabel.objects.create(
        release_id=release.pk,
        name=release.label,
        catno=release.catalogue_number,
        catno_normalised=normalise_number(release.catalogue_number),
    )
    if release.barcode:
        ReleaseIdentifier.objects.create(
            release_id=release.pk,
            kind="Barcode",
            value=release.barcode,
            normalised=normalise_number(release.barcode),
        )
    return release


def merge_of(kind, from_id):
    """The merge that this row went away with."""
    return MergeRecord.objects.get(kind=kind, from_id=from_id, undone_at__isnull=True)


def make_want(person, album=None, release=None, **fields):
    return Want.objects.create(user=person, album=album, release=release, **fields)


def make_copy(person, album, release=None, **fields):
    """One copy on the person's shelf."""
    return Owned.objects.create(
        user=person, album=album, release=release, **{"added_at": timezone.now()} | fields
    )


def make_listening(person, artist, album=None, plays=86, period="all", source="lastfm"):
    """Plays of an artist, or of one of its albums, in one period of one source."""
    snapshot, _new = Snapshot.objects.get_or_create(
        user=person, source=source, defaults={"taken_at": timezone.now()}
    )
    return Listening.objects.create(
        snapshot=snapshot,
        kind="album" if album else "artist",
        period=period,
        artist_name=artist.name,
        title=album.title if album else "",
        plays=plays,
        artist=artist,
        album=album,
    )


def make_similar(artist, other, score="0.9"):
    return SimilarArtist.objects.create(
        artist=artist, other=other, score=Decimal(score), source="listenbrainz"
    )


def make_quote(album, release=None, amount="20.90", shipping="5.50", **fields):
    """An offer in euros, seen now and good for six hours."""
    amount = Decimal(amount)
    shipping = None if shipping is None else Decimal(shipping)
    now = timezone.now()
    values = {
        "source": "discogs",
        "key": f"offer-{next(_numbers)}",
        "kind": Quote.Kind.OFFER,
        "territory": "ES",
        "amount": amount,
        "currency": "EUR",
        "shipping": shipping,
        "shipping_currency": "" if shipping is None else "EUR",
        "amount_eur": amount,
        "total_eur": None if shipping is None else amount + shipping,
        "grade": "VG+",
        "seller": "plattenkiste_hh",
        "seller_country": "DE",
        "url": "https://www.discogs.com/sell/item/1",
        "observed_at": now,
        "valid_until": now + timedelta(hours=6),
    }
    return Quote.objects.create(album=album, release=release, **values | fields)


def make_best_price(quote, least_grade="VG+", terms_group="open"):
    """The row that says that this quote is its album's cheapest."""
    return AlbumBestPrice.objects.create(
        album=quote.album,
        territory=quote.territory,
        terms_group=terms_group,
        least_grade=least_grade,
        quote=quote,
        total_eur=quote.total_eur or quote.amount_eur,
        shipping_known=quote.total_eur is not None,
        valid_until=quote.valid_until,
        updated_at=quote.observed_at,
    )
