"""What the build reads: tables, rows, and names made comparable."""

from __future__ import annotations

import csv
import gzip
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

# Discogs writes these with a number behind the name, so a dump row of the bare name is another.
SHARED_NAMES = {"Love", "X", "Juvenile", "Hole", "Cream", "Adele", "Drake", "War", "Suicide"}
GENRES = {
    "R": "Rock", "E": "Electronic", "P": "Pop", "S": "Funk / Soul", "J": "Jazz", "H": "Hip Hop",
    "B": "Blues", "F": "Folk, World, & Country", "L": "Latin", "G": "Reggae",
}  # fmt: skip
# Best known of all: these get the long pressing lists.
TOWERING = """
Pink Floyd|The Dark Side of the Moon;Fleetwood Mac|Rumours;The Beatles|Abbey Road;
The Beatles|Sgt. Pepper's Lonely Hearts Club Band;Pink Floyd|Wish You Were Here;
Michael Jackson|Thriller;Led Zeppelin|Led Zeppelin IV;Pink Floyd|The Wall;Nirvana|Nevermind;
Miles Davis|Kind of Blue;Joy Division|Unknown Pleasures;
The Velvet Underground|The Velvet Underground & Nico;
Radiohead|OK Computer;David Bowie|The Rise and Fall of Ziggy Stardust and the Spiders From Mars;
The Clash|London Calling;John Coltrane|A Love Supreme;Marvin Gaye|What's Going On;
Prince|Purple Rain;
The Beach Boys|Pet Sounds;Bob Dylan|Blood on the Tracks;Kraftwerk|Trans-Europe Express;
The Cure|Disintegration;Talking Heads|Remain in Light;Daft Punk|Discovery;Massive Attack|Mezzanine;
Bob Marley & The Wailers|Exodus;Dire Straits|Brothers in Arms;Amy Winehouse|Back to Black;
The Doors|The Doors;AC/DC|Back in Black;Eagles|Hotel California;Queen|A Night at the Opera;
The Smiths|The Queen Is Dead;Metallica|Metallica;Lauryn Hill|The Miseducation of Lauryn Hill;
Stevie Wonder|Songs in the Key of Life;Bruce Springsteen|Born to Run;Nas|Illmatic;Portishead|Dummy;
Can|Tago Mago;Depeche Mode|Violator
"""


def plain(text: str) -> str:
    """Lower case, no accents, no punctuation: for joining tables, not for people."""
    text = unicodedata.normalize("NFKD", text.lower().replace("&", "and"))
    return re.sub(r"\W+", "", "".join(c for c in text if not unicodedata.combining(c)))


def plain_artist(name: str) -> str:
    name = re.sub(r"\s\(\d+\)$", "", name)
    name = re.sub(r"^(.*), The$", r"The \1", name)
    return plain(re.sub(r"^[Tt]he ", "", name)) or plain(name) or name


@dataclass
class Artist:
    name: str
    discogs_id: int = 0
    mbid: str = ""
    generated: str = ""  # "d": Discogs id made here, "m": MBID made here
    sort_name: str = ""
    variations: list[str] = field(default_factory=list)
    country: str = ""
    begin: int | None = None
    kind: str = ""
    fame: int = 0
    genres: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    source: str = "facts"


@dataclass
class Album:
    artists: list[int]
    title: str
    year: int | None
    kind: str
    source: str
    master_id: int = 0
    mbid: str = ""
    generated: str = ""
    genres: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    fame: int = 0
    pressings: int = 0


def csv_rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_open(sources: Iterable[str]) -> bool:
    """Whether every source of a row is open data."""
    return all(s.startswith("discogs-dump") or s == "mb-fixtures" for s in sources)
