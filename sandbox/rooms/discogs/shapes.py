"""Discogs' JSON shapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse

from sandbox.pressings import Pressing
from sandbox.rates import convert
from sandbox.room import base_url, box, mixed, today, whole_number, with_query
from sandbox.rooms.discogs.auth import caller_of, refused
from sandbox.titles import track_titles
from sandbox.world import Album, Artist

API = "https://api.discogs.com"
CURRENCIES = {
    "USD": ("$", 1), "GBP": ("£", 2), "EUR": ("€", 3), "CAD": ("CA$", 4), "AUD": ("A$", 5),
    "JPY": ("¥", 6), "CHF": ("CHF", 7), "MXN": ("MX$", 8), "BRL": ("R$", 9), "NZD": ("NZ$", 10),
    "SEK": ("SEK", 11), "ZAR": ("ZAR", 12),
}  # fmt: skip
GENERATED_NOTE = "Generated for the sandbox: this pressing does not exist."
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
COUNTRY_NAMES = {
    "ES": "Spain", "NL": "Netherlands", "DE": "Germany", "SE": "Sweden", "FR": "France",
    "IT": "Italy",
}  # fmt: skip


def www(request: Request) -> str:
    return f"{base_url(request)}/discogs-www"


def slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text).strip("-")


def paged(
    request: Request,
    items: Sequence[Any],
    key: str,
    make: Any,
    *,
    extra: dict[str, Any] | None = None,
    unseen: int = 0,
) -> JSONResponse:
    """One page in Discogs' envelope, with the Link header; 404 past the end.

    ``unseen``: how many more the totals tell than can be paged.
    """
    query = request.query_params
    per_page = whole_number(query, "per_page", 50, least=1, most=100)
    page = whole_number(query, "page", 1, least=1)
    last = max(1, -(-len(items) // per_page))
    pages = max(1, -(-(len(items) + unseen) // per_page))
    if page > last:
        return refused(f"Page {page} does not exist.", 404)
    urls: dict[str, int] = {}
    if page > 1:
        urls |= {"first": 1, "prev": page - 1}
    if page < pages:
        urls |= {"last": pages, "next": page + 1}
    links = {name: with_query(request, page=n, per_page=per_page) for name, n in urls.items()}
    part = items[(page - 1) * per_page : page * per_page]
    body = {
        "pagination": {
            "page": page, "pages": pages, "per_page": per_page, "items": len(items) + unseen,
            "urls": links,
        },
        **(extra or {}),
        key: [make(item) for item in part],
    }  # fmt: skip
    header = ", ".join(f'<{link}>; rel="{name}"' for name, link in links.items())
    return JSONResponse(body, headers={"Link": header} if header else None)


def picture(request: Request, kind: str, number: int) -> str:
    """Empty without sign-in, as on the real service."""
    if not caller_of(request).authenticated:
        return ""
    return f"{www(request)}/image/{kind}-{number}.png"


def images(request: Request, kind: str, number: int) -> list[dict[str, Any]]:
    link = picture(request, kind, number)
    return [
        {
            "type": "primary",
            "uri": link,
            "resource_url": link,
            "uri150": link,
            "width": 300,
            "height": 300,
        }
    ]


def artist_credit(artists: Sequence[Artist]) -> list[dict[str, Any]]:
    last = len(artists) - 1
    return [
        {
            "name": artist.name, "anv": "", "join": "/" if position < last else "", "role": "",
            "tracks": "", "id": artist.discogs_id,
            "resource_url": f"{API}/artists/{artist.discogs_id}",
        }
        for position, artist in enumerate(artists)
    ]  # fmt: skip


def labels(pressing: Pressing) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "catno": catno, "entity_type": "1", "entity_type_name": "Label",
            "id": number, "resource_url": f"{API}/labels/{number}",
        }
        for name, catno, number in pressing.labels
    ]  # fmt: skip


def formats(pressing: Pressing) -> list[dict[str, Any]]:
    """Quantities are strings; free text only where there is one."""
    rows = []
    for name, quantity, text, descriptions in pressing.formats:
        row: dict[str, Any] = {"name": name, "qty": str(quantity)}
        if text:
            row["text"] = text
        if descriptions:
            row["descriptions"] = list(descriptions)
        rows.append(row)
    return rows


def tracklist(album: Album, discs: int) -> list[dict[str, Any]]:
    titles = track_titles(album)
    sides = "ABCDEFGH"[: max(1, min(4, discs)) * 2]
    per_side = -(-len(titles) // len(sides))
    rows: list[dict[str, Any]] = []
    for position, title in enumerate(titles):
        length = 140 + mixed("length", album.number, position) % 240
        rows.append(
            {
                "position": f"{sides[position // per_side]}{position % per_side + 1}",
                "type_": "track",
                "title": title,
                "duration": f"{length // 60}:{length % 60:02d}",
            }
        )
    # Invented like the titles: who wrote the first one.
    credit = [{**row, "role": "Written-By"} for row in artist_credit(album.artists[:1])]
    rows[0]["extraartists"] = credit
    return rows


def released_in_words(released: str) -> str:
    parts = released.split("-")
    if len(parts) == 1:
        return released
    month = int(parts[1])
    name = MONTHS[month - 1] if 1 <= month <= 12 else ""
    day = parts[2] if len(parts) > 2 and parts[2] != "00" else ""
    return " ".join(part for part in (day, name, parts[0]) if part)


def rating(pressing: Pressing) -> dict[str, Any]:
    count = pressing.have // 9
    return {
        "count": count,
        "average": round(3.4 + mixed("stars", pressing.id) % 150 / 100, 2) if count else 0.0,
    }


def community(pressing: Pressing) -> dict[str, Any]:
    submitter = {"username": "sandbox_hand", "resource_url": f"{API}/users/sandbox_hand"}
    return {
        "have": pressing.have, "want": pressing.want, "rating": rating(pressing),
        "submitter": submitter,
        "contributors": [submitter], "data_quality": "Correct", "status": "Accepted",
    }  # fmt: skip


def basic_information(request: Request, album: Album, pressing: Pressing) -> dict[str, Any]:
    link = picture(request, "R", pressing.id)
    master = album.master_id if pressing.in_master else 0
    return {
        "id": pressing.id, "master_id": master,
        "master_url": f"{API}/masters/{master}" if master else None,
        "resource_url": f"{API}/releases/{pressing.id}", "thumb": link, "cover_image": link,
        "title": pressing.title, "year": pressing.year, "formats": formats(pressing),
        "labels": labels(pressing), "artists": artist_credit(album.artists),
        "genres": list(album.genres), "styles": list(album.styles),
    }  # fmt: skip


def version(request: Request, album: Album, pressing: Pressing) -> dict[str, Any]:
    """A row of a master's version list: labels, numbers and formats are single strings."""
    row: dict[str, Any] = {
        "id": pressing.id,
        "label": ", ".join(name for name, _, _ in pressing.labels),
        "country": pressing.country,
        "title": pressing.title,
        "major_formats": pressing.major_formats,
        "format": pressing.format_text,
        "catno": ", ".join(number for _, number, _ in pressing.labels),
        "released": pressing.released,
        "status": "Accepted",
        "resource_url": f"{API}/releases/{pressing.id}",
        "thumb": picture(request, "R", pressing.id),
        "stats": {"community": {"in_wantlist": pressing.want, "in_collection": pressing.have}},
    }
    if pressing.generated:
        row["generated"] = True
    return row


def facets(rows: Sequence[Pressing]) -> tuple[dict[str, dict[str, int]], list[dict[str, Any]]]:
    """What a version list can be filtered by, in both of the forms that the answer has."""
    counted: dict[str, Counter[str]] = {
        "format": Counter(),
        "label": Counter(),
        "country": Counter(),
        "released": Counter(),
    }
    for row in rows:
        words = {d for *_, descriptions in row.formats for d in descriptions} | set(
            row.major_formats
        )
        counted["format"].update(words)
        counted["label"].update({name for name, _, _ in row.labels})
        if row.country:
            counted["country"][row.country] += 1
        if row.released:
            counted["released"][row.released[:4]] += 1
    available = {name: dict(counts.most_common(20)) for name, counts in counted.items()}
    titled = {"format": "Format", "label": "Label", "country": "Country", "released": "Released"}
    both = [
        {
            "title": titled[name],
            "id": name,
            "values": [
                {"title": title, "value": quote_plus(title), "count": count}
                for title, count in counts.items()
            ],
            "allows_multiple_values": name in ("format", "label"),
        }
        for name, counts in available.items()
    ]
    return available, both


def money_text(amount: float, currency: str) -> str:
    symbol = CURRENCIES[currency][0]
    return (
        f"{symbol}{amount:,.2f}"
        if len(symbol) < 3 or symbol.endswith("$")
        else f"{symbol} {amount:,.2f}"
    )


def currency_known(request: Request) -> bool:
    """Whether ``curr_abbr`` is left out or one of the twelve."""
    return request.query_params.get("curr_abbr", "USD").upper() in CURRENCIES


def currency_of(request: Request, default: str = "USD") -> str:
    asked = request.query_params.get("curr_abbr", "").upper()
    return asked if asked in CURRENCIES else default


def lowest_for(request: Request, pressing: Pressing, currency: str) -> tuple[float | None, int]:
    return box(request).market.lowest(pressing, currency, today(request))


def stamp(request: Request, minutes_ago: int) -> str:
    """A local time with its offset, as Discogs writes it."""
    at = datetime.fromtimestamp(box(request).clock.now(), UTC) - timedelta(
        minutes=minutes_ago, hours=7
    )
    return at.strftime("%Y-%m-%dT%H:%M:%S-07:00")


def converted(request: Request, cents: float, currency: str, wanted: str) -> float:
    """An amount of cents at today's rates, not in cents."""
    return convert(cents, currency, wanted, today(request)) / 100
