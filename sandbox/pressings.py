"""Pressings of an album: the real ones of the open data, and generated ones to fill up.

Generated pressings follow the real rows' countries and the habits of the trade (originals in
several countries, reissues in waves, barcodes from about 1980, 180 gram and coloured vinyl in
recent years). The album's number is the seed, so they are the same on every machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.room import mixed, seeded

if TYPE_CHECKING:
    from sandbox.world import Album

# Invented names: a generated pressing must not claim a real label.
LABELS = {
    "UK": ("Marble Arch Road", "Northgate", "Kestrel", "Quayside", "Red Brick"),
    "US": ("Lakeshore", "Mesa Grande", "Bellwether", "Twelfth Street", "Copper State"),
    "Germany": ("Rheinklang", "Nordlicht Ton", "Zeitzug"),
    "France": ("Disques du Canal", "Belleville", "Grand Large"),
    "Netherlands": ("Waterland", "Amstelklank"),
    "Italy": ("Dischi Aurora", "Via Larga"),
    "Spain": ("Litoral", "Discos Meseta", "Ruzafa"),
    "Japan": ("Asahi Tone", "Minato Records"),
    "": ("Polar Axis", "Meridiano", "Harbour Light", "Continental Six"),
}
REISSUERS = ("Second Groove", "Heavy Wax Society", "Music For Turntables", "Back Catalogue Co.")
COLOURS = ("Red", "Clear", "White", "Blue Translucent", "Yellow", "Green Marbled", "Orange", "Gold")
HOME = {"GB": "UK", "US": "US", "DE": "Germany", "FR": "France", "ES": "Spain", "IT": "Italy",
        "JP": "Japan", "NL": "Netherlands", "SE": "Sweden", "CA": "Canada", "AU": "Australia",
        "JM": "Jamaica", "NG": "Nigeria", "BR": "Brazil", "SU": "USSR",
        "IE": "Ireland"}  # fmt: skip
BARCODE_START = {"US": "0", "Canada": "0", "UK": "50", "Germany": "40", "France": "35",
                 "Netherlands": "87", "Spain": "84", "Italy": "80", "Japan": "49"}  # fmt: skip
FIRST_LABEL = 3_400_000_000
THIS_YEAR = 2026
# Unofficial pressings stand at fixed places, so that a market can skip them by arithmetic.
UNOFFICIAL_EVERY = 29


@dataclass(frozen=True)
class Pressing:
    id: int
    album: int
    in_master: bool
    title: str
    country: str
    released: str
    year: int
    formats: tuple[tuple[str, int, str, tuple[str, ...]], ...]  # name, quantity, text, descriptions
    labels: tuple[tuple[str, str, int], ...]  # name, catalogue number, id
    barcode: str
    generated: bool
    have: int
    want: int
    base_cents: int  # the middle of its market price, in euro cents, VG+

    @property
    def vinyl(self) -> bool:
        return any(name == "Vinyl" for name, *_ in self.formats)

    @property
    def major_formats(self) -> list[str]:
        return list(dict.fromkeys(name for name, *_ in self.formats))

    @property
    def unofficial(self) -> bool:
        return any("Unofficial Release" in descriptions for *_, descriptions in self.formats)

    @property
    def format_text(self) -> str:
        """The one string of version lists: descriptions, then the free text."""
        name, quantity, text, descriptions = self.formats[0]
        parts = [*descriptions, *([text] if text else [])]
        if quantity > 1 and parts:
            parts[0] = f"{quantity}x{parts[0]}"
        return ", ".join(parts) or name

    @property
    def quantity(self) -> int:
        return sum(quantity for _, quantity, _, _ in self.formats)


def real(album: Album, row: dict[str, Any]) -> Pressing:
    """A release of the open dump samples."""
    formats = []
    for position, part in enumerate(row["format"].split(" + ") if row["format"] else ["1xVinyl"]):
        match = re.match(r"(\d+)x(.*)", part)
        quantity, name = (int(match[1]), match[2]) if match else (1, part)
        descriptions = (
            tuple(d for d in row["descriptions"].split(", ") if d) if not position else ()
        )
        formats.append((name, quantity, row["text"] if not position else "", descriptions))
    names = row["labels"] or ["Not On Label"]
    numbers = row["catnos"] + ["none"] * len(names)
    year = int(row["released"][:4]) if row["released"][:4].isdigit() else 0
    crowd = 5 + mixed("have", row["id"]) % 400
    return Pressing(
        id=row["id"],
        album=album.number,
        in_master=row["master"],
        title=row["title"],
        country=row["country"],
        released=row["released"],
        year=year,
        formats=tuple(formats),
        labels=tuple((n, c, _label_id(n)) for n, c in zip(names, numbers, strict=False)),
        barcode=row["barcode"],
        generated=False,
        have=crowd,
        want=mixed("want", row["id"]) % 300,
        base_cents=300 + mixed("base", row["id"]) % 2700,
    )


def _label_id(name: str) -> int:
    return FIRST_LABEL + mixed("label", name) % 1_000_000


def generate(album: Album, countries: dict[str, int], first_id: int) -> list[Pressing]:
    """Vinyl pressings as many as the album's row says, some CDs, at times one without master."""
    maker = _Maker(album, countries)
    made = [maker.vinyl(first_id + n, n) for n in range(album.pressings)]
    next_id = first_id + album.pressings
    discs = 0 if (album.year or 0) > 2024 else 1 + maker.random.randrange(1 + album.fame // 90)
    made += [maker.disc(next_id + n) for n in range(discs)]
    if album.pressings and maker.random.random() < 0.2:
        made.append(maker.vinyl(next_id + discs, 999, in_master=False))
    return made


class _Maker:
    def __init__(self, album: Album, countries: dict[str, int]) -> None:
        self.album = album
        self.random = seeded("pressings", album.number, album.title)
        self.first_year = album.year or 1980
        home = HOME.get(album.artist.country, "US")
        weights = dict(countries)
        weights[home] = weights.get(home, 0) + sum(countries.values()) // 3
        self.places, self.weights = list(weights), list(weights.values())
        self.home = home
        self.originals = max(1, min(12, album.pressings // 7))
        pieces = self.random.choices((1, 2), weights=(9, 2))[0]
        self.discs = (
            2 if album.kind in ("live", "compilation") and self.first_year > 1968 else pieces
        )
        # Some albums are cheap in every shop, some are sought after.
        rare = self.random.lognormvariate(0, 0.65)
        self.middle = int((1500 + album.fame * 2.2) * rare)

    def vinyl(self, release_id: int, index: int, *, in_master: bool = True) -> Pressing:
        rng = self.random
        original = index < self.originals and in_master
        country = self._country(index)
        year = self._year(original)
        unofficial = not in_master or index % UNOFFICIAL_EVERY == UNOFFICIAL_EVERY - 1
        descriptions = ["LP", "Album" if self.album.kind != "compilation" else "Compilation"]
        if not original:
            descriptions.append(rng.choice(("Reissue", "Reissue", "Repress")))
            if year > 1995 and rng.random() < 0.45:
                descriptions.append("Remastered")
        elif year < 1969:
            descriptions.append(rng.choice(("Mono", "Stereo")))
        text = self._text(year)
        if text and text not in ("180g", "Gatefold", "180g, Gatefold"):
            descriptions.append("Limited Edition")
        if original and rng.random() < 0.08:
            descriptions.append("Promo")
        if unofficial:
            descriptions.append("Unofficial Release")
        formats = [("Vinyl", self.discs, text, tuple(descriptions))]
        if year > 2005 and rng.random() < 0.04:
            formats.append(("CD", 1, "", ("Album",)))
        return self._pressing(release_id, country, year, formats, original, unofficial, in_master)

    def disc(self, release_id: int) -> Pressing:
        rng = self.random
        name = rng.choices(("CD", "Cassette", "File"), weights=(7, 2, 1))[0]
        low = max(self.first_year, {"CD": 1984, "Cassette": 1972, "File": 2005}[name])
        year = rng.randint(low, max(low, THIS_YEAR - 1))
        formats: list[tuple[str, int, str, tuple[str, ...]]] = [(name, 1, "", ("Album", "Reissue"))]
        return self._pressing(release_id, self._country(9), year, formats, False, False, True)

    def _country(self, index: int) -> str:
        if index == 0:
            return self.home
        return self.random.choices(self.places, self.weights)[0]

    def _year(self, original: bool) -> int:
        rng, first = self.random, self.first_year
        if original:
            return first
        waves = ((first, first + 4), (first + 3, 1991), (1992, 2006), (2007, THIS_YEAR))
        fitting = [(a, b) for a, b in waves if b >= a and b >= first]
        low, high = rng.choices(fitting, weights=(5, 6, 1, 7)[-len(fitting) :])[0]
        return rng.randint(max(first, low), min(THIS_YEAR, max(first, high)))

    def _text(self, year: int) -> str:
        rng = self.random
        if year < 2004:
            return rng.choices(("", "Gatefold", rng.choice(COLOURS)), weights=(16, 3, 1))[0]
        choices = (
            "",
            "180g",
            "180g, Gatefold",
            rng.choice(COLOURS),
            f"{rng.choice(COLOURS)}, 180g",
        )
        return rng.choices(choices, weights=(5, 6, 3, 3, 2))[0]

    def _released(self, year: int) -> str:
        rng = self.random
        kind = rng.choices(("none", "year", "month", "day", "broken"), weights=(10, 56, 6, 27, 1))[
            0
        ]
        month, day = rng.randint(1, 12), rng.randint(1, 28)
        return {
            "none": "",
            "year": str(year),
            "month": f"{year}-{month:02d}-00",
            "day": f"{year}-{month:02d}-{day:02d}",
            "broken": f"{year}-19-00",
        }[kind]

    def _barcode(self, country: str, year: int, release_id: int) -> str:
        """Thirteen digits with a right check digit; four of them tell the album, so that a number
        is found without looking through every pressing."""
        rng = self.random
        if year < 1980 or rng.random() < (0.5 if year < 1986 else 0.12):
            return ""
        start = BARCODE_START.get(country, "50")
        start += "".join(str(rng.randint(0, 9)) for _ in range(5 - len(start)))
        digits = f"{start}{self.album.number:04d}{release_id % 1000:03d}"
        total = sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits))
        return digits + str(-total % 10)

    def _labels(self, country: str, year: int, original: bool, unofficial: bool) -> tuple[Any, ...]:
        rng = self.random
        if unofficial:
            name = "Not On Label"
        elif not original and year > 2000 and rng.random() < 0.55:
            name = rng.choice(REISSUERS)
        else:
            own = LABELS.get(country, LABELS[""])
            name = own[self.album.artist.number % len(own)]
        initials = "".join(word[0] for word in name.split())[:3].upper()
        number = f"{initials} {rng.randint(1000, 99999)}" if not unofficial else "none"
        labels = [(name, number, _label_id(name))]
        if rng.random() < 0.08:
            other = rng.choice(LABELS[""])
            labels.append((other, number.replace(" ", "-"), _label_id(other)))
        return tuple(labels)

    def _pressing(
        self, release_id: int, country: str, year: int, formats: list[Any], original: bool,
        unofficial: bool, in_master: bool,
    ) -> Pressing:  # fmt: skip
        rng = self.random
        fame = self.album.fame
        have = int(fame * rng.uniform(0.05, 9) * (3 if original else 1)) + 3
        factor = rng.lognormvariate(0, 0.28) * (1.9 if original else 1.0)
        if country == "Japan":
            factor *= 1.35
        if formats[0][0] != "Vinyl":
            factor *= 0.35
        return Pressing(
            id=release_id,
            album=self.album.number,
            in_master=in_master,
            title=self.album.title,
            country=country if rng.random() > 0.02 else "",
            released=self._released(year),
            year=year,
            formats=tuple(formats),
            labels=self._labels(country, year, original, unofficial),
            barcode=self._barcode(country, year, release_id),
            generated=True,
            have=have,
            want=int(have * rng.uniform(0.05, 0.9)),
            base_cents=max(400, int(self.middle * factor)),
        )
