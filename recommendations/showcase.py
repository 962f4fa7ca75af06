"""What the landing page shows of the real catalogue: one album with its score, what it costs, and
how many pressings another has. Nothing is made up: what is not known is left out.

Read once in ten minutes for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.models import Album, AlbumArtist, Release
from catalog.queries import PressingList, pressings
from pricing.grades import at_least
from pricing.models import AlbumBestPrice
from pricing.pages.pressings import originals_of
from pricing.queries import ProviderBlock, Viewer, price_tags, provider_blocks
from recommendations.building import pool_for
from recommendations.queries import listener_of_seeds, try_cards
from vinyl.look import Card
from vinyl.money import Money

SECONDS = 600


@dataclass(frozen=True, slots=True)
class Showcase:
    """Each part may be missing: `card` and `price` of an album that is priced now, the `block` of
    its offers, and the pressings of the best known album that has all of them."""

    card: Card | None = None
    price: Money | None = None
    block: ProviderBlock | None = None
    counted: str = ""
    pressings: tuple[tuple[str, int], ...] = ()
    all_pressings: int = 0


def showcase() -> Showcase:
    """What to show in the page's language."""
    key = f"showcase:{get_language()}"
    found: Showcase | None = cache.get(key)
    if found is None:
        found = _made()
        cache.set(key, found, SECONDS)
    return found


def _made() -> Showcase:
    viewer = Viewer(language=get_language() or "en")
    priced = _priced(viewer)
    counted = _complete()
    held = pressings(counted.pk) if counted is not None else None
    tag = price_tags([priced.pk], viewer)[priced.pk] if priced is not None else None
    return Showcase(
        card=None if priced is None else _card(priced, viewer),
        price=tag.money if tag is not None and tag.delivered else None,
        block=None if priced is None else _block(priced, viewer),
        counted="" if counted is None else counted.title,
        pressings=() if counted is None or held is None else _kinds(counted, held),
        all_pressings=0 if held is None else held.vinyl,
    )


def _priced(viewer: Viewer) -> Album | None:
    """The best known album with a delivered price that stands now."""
    rows = AlbumBestPrice.objects.filter(
        territory__in=viewer.territories,
        least_grade__in=at_least(viewer.least_grade),
        shipping_known=True,
        valid_until__gt=timezone.now(),
        album__merged_into__isnull=True,
    )
    best = rows.select_related("album").order_by("-album__popularity", "album_id").first()
    return None if best is None else best.album


def _card(album: Album, viewer: Viewer) -> Card | None:
    """The album as somebody sees it who named its artist."""
    artist = AlbumArtist.objects.filter(album=album, position=0, artist__is_placeholder=False)
    artist_id = artist.values_list("artist_id", flat=True).first()
    if artist_id is None:
        return None
    every = pool_for(listener_of_seeds([artist_id])).albums
    mine = [one for one in every if one.album_id == album.pk]
    return next(iter(try_cards(mine, viewer)), None)


def _block(album: Album, viewer: Viewer) -> ProviderBlock | None:
    """The offers of one source: those of several stand in blocks of their own."""
    blocks = provider_blocks(album.pk, viewer)
    return next((one for one in blocks if any(offer.money for offer in one.offers)), None)


def _complete() -> Album | None:
    """The best known album of which every pressing is here."""
    read = Album.objects.filter(
        releases_synced_at__isnull=False, upstream_release_count__gt=0, merged_into__isnull=True
    )
    return read.order_by("-popularity", "pk").first()


def _kinds(album: Album, held: PressingList) -> tuple[tuple[str, int], ...]:
    """Of those on vinyl."""
    first = originals_of(album.year, held.every)
    rows = [row for row in held.rows if row.medium == Release.Medium.VINYL]
    unofficial = sum(row.is_unofficial for row in rows)
    originals = sum(first.has(row) and not row.is_unofficial for row in rows)
    kinds = (
        (_("Originals"), originals),
        (_("Reissues"), held.vinyl - originals - unofficial),
        (_("Unofficial"), unofficial),
    )
    return tuple(kind for kind in kinds if kind[1])
