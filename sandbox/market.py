"""Sellers and their stock. Nothing is stored: which copy stands at which place of whose stock is
arithmetic, so a seller with 16,000 items costs no more than one with 200, and a release's offers,
the sellers' inventories and the marketplace figures always agree."""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

from sandbox.pressings import UNOFFICIAL_EVERY, Pressing
from sandbox.rates import convert
from sandbox.room import seeded
from sandbox.world import FIRST_RELEASE, RELEASES_PER_ALBUM, Album, World, load_world

FIRST_LISTING = 3_500_000_000
LISTINGS_PER_SELLER = 100_000
FOR_SALE, SOLD, REMOVED = "For Sale", "Sold", "Removed"
Changes = dict[str, dict[str, Any]]
GRADES = {
    "Mint (M)": 1.45, "Near Mint (NM or M-)": 1.25, "Very Good Plus (VG+)": 1.0,
    "Very Good (VG)": 0.72, "Good Plus (G+)": 0.52, "Good (G)": 0.42, "Fair (F)": 0.34,
    "Poor (P)": 0.28,
}  # fmt: skip
SLEEVE_ONLY = ("Generic", "Not Graded", "No Cover")
EUROPE = frozenset(
    "Austria Belgium Czechia Denmark Finland France Germany Greece Ireland Italy Netherlands "
    "Poland Portugal Spain Sweden".split()
)
# place, currency, how many sellers
PLACES = (
    ("Spain", "EUR", 6), ("Germany", "EUR", 7), ("France", "EUR", 4), ("Netherlands", "EUR", 3),
    ("Italy", "EUR", 3), ("Portugal", "EUR", 1), ("Sweden", "SEK", 1), ("Austria", "EUR", 1),
    ("Belgium", "EUR", 1), ("United Kingdom", "GBP", 6), ("United States", "USD", 5),
    ("Japan", "JPY", 2),
)  # fmt: skip
NAMES = (
    "surco_abierto", "vinilos_del_rio", "la_aguja_fina", "cara_b_discos", "microsurco64",
    "plato_giratorio",
    "rillenreich", "plattenkiste_ost", "nadelwerk", "tonarm_tom", "wachs_und_welle",
    "dreiunddreissig",
    "schwarzes_gold_hh", "sillon_libre", "galette_noire", "face_b_lyon", "le_disquaire_du_port",
    "groefhuis", "naald_en_plaat", "de_platenzolder", "solco_perfetto", "puntina_blu",
    "vinile_e_vino",
    "agulha_azul", "skivbacken_76", "rille_wien", "groef_en_co", "needle_and_thread", "leeds_wax",
    "second_spin_sam", "brighton_grooves", "hebden_records", "crate_cousin", "motor_city_wax",
    "mesa_records", "dusty_fingers_nyc", "bay_area_bins", "sleeve_notes_pdx", "mizu_records",
    "yoru_no_oto",
)  # fmt: skip


@dataclass(frozen=True)
class Seller:
    number: int
    username: str
    country: str
    currency: str
    items: int
    rating: float
    feedback: int
    minimum_cents: int
    price_level: float
    says_shipping: bool
    step: int
    shift: int

    @property
    def user_id(self) -> int:
        return 6_000_000 + self.number * 137

    @property
    def shipping_text(self) -> str:
        if not self.says_shipping:
            return "Ask before buying, please: shipping depends on weight and country."
        home = self.shipping_cents(self.country) / 100
        return (
            f"1-3 LPs within {self.country}: {home:.2f} {self.currency}. "
            f"Europe: {self.shipping_cents('Elsewhere in Europe') / 100:.2f} {self.currency}. "
            f"World: {self.shipping_cents('World') / 100:.2f} {self.currency}. "
            "Combined shipping welcome."
        )

    def shipping_cents(self, destination: str) -> int:
        """For one LP, in this seller's currency."""
        if destination == self.country:
            euros = 4.5 + self.number % 4
        elif self.country in EUROPE and (destination in EUROPE or "Europe" in destination):
            euros = 9 + self.number % 6
        else:
            euros = 17 + self.number % 14
        return round(convert(euros * 100, "EUR", self.currency))


@dataclass(frozen=True)
class Offer:
    id: int
    seller: Seller
    album: Album
    release: Pressing
    cents: int  # smallest unit x 100 in the seller's currency
    condition: str
    sleeve: str
    comments: str
    minutes_ago: int
    allow_offers: bool
    status: str = FOR_SALE

    def price(self, currency: str, on: date) -> float:
        """What it costs in another currency, at that day's rates."""
        return convert(self.cents, self.seller.currency, currency, on) / 100


def _official(pressings: int) -> int:
    return pressings - pressings // UNOFFICIAL_EVERY


def _real_for_sale(world: World, number: int) -> list[int]:
    return [
        int(row["id"])
        for row in world.real_releases(number)
        if "Vinyl" in row["format"] and "Unofficial" not in row["descriptions"]
    ]


class Market:
    """``changes`` holds what happened to offers while the sandbox ran, by listing number as text:
    ``{"status": "For Sale" | "Sold" | "Removed", "cents": …}``; the rest is arithmetic."""

    def __init__(self, world: World, changes: Callable[[], Changes] = dict) -> None:
        self.world, self._changes = world, changes
        self._sold = {album.number: _official(album.pressings) for album in world.albums}
        self._real = {album.number: _real_for_sale(world, album.number) for album in world.albums}
        counts = [self._sold[a.number] + len(self._real[a.number]) for a in world.albums]
        self._ends = list(accumulate(counts))
        self.size = self._ends[-1]
        self.sellers = self._make_sellers()
        self.by_name = {seller.username: seller for seller in self.sellers}

    def _make_sellers(self) -> list[Seller]:
        rng = seeded("sellers")
        places = [(country, currency) for country, currency, count in PLACES for _ in range(count)]
        sellers = []
        for number, (name, (country, currency)) in enumerate(zip(NAMES, places, strict=True)):
            items = {9: 16_800, 29: 12_250, 33: 10_400}.get(number) or int(
                rng.lognormvariate(6.4, 0.7)
            )
            items = max(150, min(items, 9_500)) if items < 10_000 else items
            step = rng.randrange(3, self.size)
            while math.gcd(step, self.size) != 1:
                step += 1
            sellers.append(
                Seller(
                    number=number, username=name, country=country, currency=currency, items=items,
                    rating=round(rng.uniform(97.2, 100.0), 1), feedback=rng.randint(25, 9_000),
                    minimum_cents=rng.choice((0, 0, 0, 500, 1000, 1500)),
                    price_level=rng.uniform(0.82, 1.3), says_shipping=rng.random() < 0.65,
                    step=step, shift=rng.randrange(self.size),
                )
            )  # fmt: skip
        return sellers

    # places ----------------------------------------------------------------------------

    def _release_at(self, place: int) -> int:
        """The release id at a place of the whole vinyl catalogue."""
        number = bisect_right(self._ends, place)
        offset = place - (self._ends[number - 1] if number else 0)
        if offset < self._sold[number]:
            index = offset + offset // (UNOFFICIAL_EVERY - 1)
            return FIRST_RELEASE + number * RELEASES_PER_ALBUM + index
        return self._real[number][offset - self._sold[number]]

    @cached_property
    def _real_places(self) -> dict[int, int]:
        places = {}
        for album in self.world.albums:
            start = (self._ends[album.number - 1] if album.number else 0) + self._sold[album.number]
            for offset, release_id in enumerate(self._real[album.number]):
                places[release_id] = start + offset
        return places

    def _place_of(self, release: Pressing) -> int | None:
        if not release.generated:
            return self._real_places.get(release.id)
        album = self.world.albums[release.album]
        index = release.id - FIRST_RELEASE - album.number * RELEASES_PER_ALBUM
        if index >= album.pressings or release.unofficial:
            return None
        start = self._ends[album.number - 1] if album.number else 0
        return start + index - index // UNOFFICIAL_EVERY

    # offers ----------------------------------------------------------------------------

    def listing(self, listing_id: int) -> Offer | None:
        """For sale or sold; None for one that never was or was taken back."""
        number, place = divmod(listing_id - FIRST_LISTING, LISTINGS_PER_SELLER)
        if not 0 <= number < len(self.sellers) or place >= self.sellers[number].items:
            return None
        offer = self.offer(self.sellers[number], place)
        return None if offer.status == REMOVED else offer

    def offer(self, seller: Seller, place: int) -> Offer:
        """The copy at this place of the seller's stock, as it stands now."""
        offer = self._made(seller, place)
        change = self._changes().get(str(offer.id))
        return dataclasses.replace(offer, **change) if change else offer

    @lru_cache(maxsize=50_000)  # noqa: B019 - one market lives as long as the process
    def _made(self, seller: Seller, place: int) -> Offer:
        release_id = self._release_at((seller.step * place + seller.shift) % self.size)
        found = self.world.release(release_id)
        assert found is not None, release_id
        album, release = found
        rng = seeded("offer", seller.number, place)
        condition = rng.choices(tuple(GRADES), weights=(80, 270, 380, 210, 40, 12, 5, 3))[0]
        others = [*GRADES, *SLEEVE_ONLY]
        sleeve = condition if rng.random() < 0.5 else rng.choice(others[:5] + others[8:])
        euros = (
            release.base_cents
            * GRADES[condition]
            * seller.price_level
            * rng.lognormvariate(0, 0.16)
        )
        step = 5 if seller.currency != "JPY" else 1000
        cents = max(99, round(convert(euros, "EUR", seller.currency) / step) * step)
        notes = (
            "",
            "Plays well.",
            "Light sleeve wear.",
            "Tested, clean copy.",
            "Small corner bump.",
        )
        return Offer(
            id=FIRST_LISTING + seller.number * LISTINGS_PER_SELLER + place,
            seller=seller, album=album, release=release, cents=cents, condition=condition,
            sleeve=sleeve, comments=rng.choice(notes),
            minutes_ago=(seller.items - place) * 37 + rng.randrange(30),
            allow_offers=rng.random() < 0.4,
        )  # fmt: skip

    def offers(self, release: Pressing) -> list[Offer]:
        """All copies of a release for sale, in no order."""
        place = self._place_of(release)
        if place is None:
            return []
        found = []
        for seller in self.sellers:
            own = (place - seller.shift) * pow(seller.step, -1, self.size) % self.size
            if own < seller.items:
                found.append(self.offer(seller, own))
        return [offer for offer in found if offer.status == FOR_SALE]

    def place_of(self, offer: Offer) -> int:
        """Where it stands in its seller's stock."""
        return (offer.id - FIRST_LISTING) % LISTINGS_PER_SELLER

    def stock(self, seller: Seller, sort: str, descending: bool) -> list[int]:
        """Places of what the seller has for sale, in the order asked for."""
        first = FIRST_LISTING + seller.number * LISTINGS_PER_SELLER
        mine = tuple(
            (int(number) - first, *change.values())
            for number, change in self._changes().items()
            if 0 <= int(number) - first < seller.items
        )
        return self._stock(seller, sort, descending, mine)

    @lru_cache(maxsize=64)  # noqa: B019
    def _stock(
        self, seller: Seller, sort: str, descending: bool, changed: tuple[Any, ...]
    ) -> list[int]:
        """``changed`` is part of the key: another state of the stock, another order."""
        gone = {place for place, *rest in changed if {SOLD, REMOVED} & set(rest)}
        places = [place for place in range(seller.items) if place not in gone]
        if sort != "listed":
            offers = {place: self.offer(seller, place) for place in places}
            keys = {
                "price": lambda o: o.cents,
                "item": lambda o: o.album.title.casefold(),
                "artist": lambda o: o.album.artist.sort_name.casefold(),
                "label": lambda o: o.release.labels[0][0].casefold(),
                "catno": lambda o: o.release.labels[0][1],
                "audio": lambda o: 0,
            }
            key = keys.get(sort, keys["item"])
            places.sort(key=lambda place: (key(offers[place]), place))
        return places[::-1] if descending else places

    def lowest(self, release: Pressing, currency: str, on: date) -> tuple[float | None, int]:
        """(lowest item price in the currency at that day's rates, number for sale)."""
        offers = self.offers(release)
        prices = [offer.price(currency, on) for offer in offers]
        return (round(min(prices), 2) if prices else None), len(offers)

    def suggestions(self, release: Pressing, currency: str, on: date) -> dict[str, float]:
        """What each grade should fetch, as odd floats, as the real service sends them."""
        base = convert(release.base_cents, "EUR", currency, on) / 100
        return {grade: base * factor for grade, factor in GRADES.items()}


@lru_cache(maxsize=1)
def load_market() -> Market:
    return Market(load_world())
