"""How a search is cut where more is found than can be paged to: by year, then by country. Pure.

Discogs pages to the first 10,000 results only. A slice is written "", "1973" or "1973/Japan"; each
is read to its end, and one that is still too large is followed by its countries.
"""

from __future__ import annotations

# Where most records were pressed, as Discogs writes the countries; what lies beyond 10,000 results
# of one year and outside of these is not reached.
COUNTRIES = (
    "US", "UK", "Germany", "Japan", "France", "Italy", "Netherlands", "Canada", "Spain",
    "Australia", "Europe", "Brazil", "Belgium", "Sweden", "Mexico", "USSR", "Yugoslavia", "Greece",
    "Portugal", "Argentina", "New Zealand", "Norway", "Denmark", "Poland", "Czechoslovakia",
    "Austria", "Switzerland", "Finland", "Ireland", "South Africa", "India", "Turkey", "Russia",
    "Hungary", "Jamaica", "Israel", "Colombia", "Peru", "Chile", "Venezuela", "Taiwan",
    "South Korea", "Bulgaria", "Romania", "Germany, Federal Republic Of",
    "German Democratic Republic (GDR)", "UK & Europe", "USA & Canada", "USA & Europe", "Worldwide",
)  # fmt: skip


def year_of(part: str) -> str:
    return part.partition("/")[0]


def country_of(part: str) -> str:
    return part.partition("/")[2]


def following(part: str, *, capped: bool, first_year: int, last_year: int) -> str | None:
    """The slice to read after this one; None when all is read. `capped`: this one holds more than
    can be paged to."""
    if not part:
        return str(first_year) if capped else None
    year, slash, country = part.partition("/")
    if not slash and capped:
        return f"{year}/{COUNTRIES[0]}"
    if slash:
        at = COUNTRIES.index(country) + 1
        if at < len(COUNTRIES):
            return f"{year}/{COUNTRIES[at]}"
    return str(int(year) + 1) if int(year) < last_year else None
