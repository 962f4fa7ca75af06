"""What eBay's invented sellers offer. An album's number is the seed of its listings, among which
are all the things that a search for a record really finds: CDs, cassettes, empty sleeves, lots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sandbox.pressings import Pressing
from sandbox.rates import convert
from sandbox.room import seeded
from sandbox.world import Album, World, words

FIRST_ITEM = 330_000_000_000
PER_ALBUM = 100
VINYL, CDS, CASSETTES = "176985", "176984", "176983"
PARENT = "11233"
EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
COUNTRIES = {
    "DE": 24, "ES": 12, "FR": 12, "IT": 9, "NL": 7, "AT": 3, "BE": 3, "PT": 2, "PL": 3, "IE": 2,
    "GR": 1,
    "SE": 2, "GB": 15, "US": 16, "JP": 4, "CH": 1,
}  # fmt: skip
CURRENCIES = {"GB": "GBP", "US": "USD", "PL": "PLN", "CH": "CHF", "JP": "USD"}
KINDS = {"lp": 70, "cd": 11, "cassette": 3, "sleeve": 4, "lot": 5, "box": 3, "poster": 2}
NICKS = (
    "vinyl_attic", "oldie_markt", "discoteca_azul", "platten_paul", "sillon_du_sud", "giradischi",
    "waxbasement",
    "retro_rondo", "needle_drop_nl", "el_rincon_lp", "ruby_tuesday_rec", "record_barn",
    "flohmarkt_fritz",
    "la_cave_a_disques", "surcos", "tokyo_press", "thirtythree_third", "musik_box_wien",
    "lps_lisboa", "pop_kiste",
)  # fmt: skip
POSTAGE = (0, 500, 799, 990, 1250, 1690, 2450)
GRADES = {"NM": 1.2, "EX": 1.05, "VG+": 1.0, "VG": 0.65, "G+": 0.4, "": 0.9}


@dataclass(frozen=True)
class Item:
    number: int
    album: Album
    pressing: Pressing | None
    kind: str
    title: str
    category: str
    country: str
    postcode: str
    seller: str
    business: bool
    feedback: int
    rating: str
    cents: int
    currency: str
    buying: tuple[str, ...]
    new: bool
    ship_cents: int | None  # None: the seller's table says nothing
    calculated: bool
    worldwide: bool
    days_left: float | None
    gone: bool
    words: frozenset[str]
    sold_out: bool
    blocks: tuple[str, ...] = ()  # countries that its seller does not send to

    @property
    def item_id(self) -> str:
        return f"v1|{self.number}|0"

    @property
    def gtin(self) -> str:
        return self.pressing.barcode if self.pressing and self.number % 3 else ""


class Stock:
    """``changes``: what happened to items while the sandbox ran, by number as text:
    ``{"gone": true}``, ``{"cents": …}``, ``{"sold_out": true}``, ``{"blocks": ["ES"]}``."""

    def __init__(self, world: World, changes: Callable[[], dict[str, dict[str, Any]]]) -> None:
        self.world, self._changes = world, changes

    def of(self, number: int) -> tuple[Item, ...]:
        """What was ever listed of this album, as it stands now."""
        changes = self._changes()
        return tuple(
            replace(item, **changes[str(item.number)]) if str(item.number) in changes else item
            for item in self._made(number)
        )

    @lru_cache(maxsize=4096)  # noqa: B019 - one stock lives as long as the process
    def _made(self, number: int) -> tuple[Item, ...]:
        album = self.world.albums[number]
        count = min(36, 1 + album.fame // 28) if album.known else album.fame // 20
        return tuple(self._item(album, index) for index in range(count))

    def _item(self, album: Album, index: int) -> Item:
        rng = seeded("ebay", album.number, index)
        pressings = [p for p in self.world.versions(album) if p.vinyl and not p.unofficial]
        kind = rng.choices(tuple(KINDS), tuple(KINDS.values()))[0] if pressings else "cd"
        pressing = rng.choice(pressings) if pressings and kind in ("lp", "box") else None
        country = rng.choices(tuple(COUNTRIES), tuple(COUNTRIES.values()))[0]
        grade = rng.choice(tuple(GRADES))
        title = _title(album, pressing, kind, grade, country)
        base = pressing.base_cents if pressing else 900
        factor = {
            "cd": 0.6,
            "cassette": 0.8,
            "sleeve": 0.5,
            "lot": 4.0,
            "box": 3.0,
            "poster": 1.0,
        }.get(kind, 1.0)
        buying = rng.choices(
            (
                ("FIXED_PRICE",),
                ("FIXED_PRICE", "BEST_OFFER"),
                ("AUCTION",),
                ("FIXED_PRICE", "AUCTION"),
            ),
            weights=(52, 26, 17, 5),
        )[0]
        auction = "AUCTION" in buying
        currency = CURRENCIES.get(country, "EUR")
        euros = base * factor * GRADES[grade] * rng.lognormvariate(0, 0.3)
        return Item(
            number=FIRST_ITEM + album.number * PER_ALBUM + index, album=album, pressing=pressing,
            kind=kind,
            title=title, category={"cd": CDS, "cassette": CASSETTES}.get(kind, VINYL),
            country=country,
            postcode=f"{rng.randint(10, 99)}***",
            seller=rng.choice(NICKS) + str(rng.randint(1, 99)),
            business=rng.random() < 0.3, feedback=rng.randint(3, 30_000),
            rating=f"{rng.uniform(96.5, 100):.1f}",
            cents=max(100, round(convert(euros, "EUR", currency))), currency=currency,
            buying=buying,
            new=kind in ("lp", "box") and rng.random() < 0.15,
            ship_cents=None if rng.random() < 0.16 else rng.choice(POSTAGE),
            calculated=rng.random() < 0.3, worldwide=country in EU or rng.random() < 0.7,
            days_left=rng.uniform(0.2, 6.9) if auction else None, gone=rng.random() < 0.03,
            words=words(title), sold_out=(FIRST_ITEM + album.number * PER_ALBUM + index) % 31 == 9,
        )  # fmt: skip

    def item(self, number: int) -> Item | None:
        album, index = divmod(number - FIRST_ITEM, PER_ALBUM)
        if not 0 <= album < len(self.world.albums):
            return None
        items = self.of(album)
        return items[index] if index < len(items) else None


def _title(album: Album, pressing: Pressing | None, kind: str, grade: str, country: str) -> str:
    name = album.credit.upper() if album.number % 3 else album.credit
    joint = " - " if album.number % 2 else " "
    start = f"{name}{joint}{album.title}"
    year = pressing.year if pressing else album.year or ""
    place = pressing.country if pressing else country
    endings = {
        "lp": f"LP Vinyl {place} {year} {grade}",
        "box": f"Box Set {year} Vinyl LP limited",
        "cd": f"CD Album {year}",
        "cassette": "Cassette Tape MC",
        "sleeve": "EMPTY SLEEVE / COVER ONLY - NO VINYL",
        "lot": "+ 5 more LP Vinyl Lot Konvolut",
        "poster": "promo poster LP release",
    }
    return f"{start} {endings[kind]}".strip()[:80]
