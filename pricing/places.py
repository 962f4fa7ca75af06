"""The city that a postcode lies near to. Pure.

Spanish postcodes begin with the number of their province, and a province is named here by its
capital: fifty-two rows, no map. Of other countries only the large cities are named, by how the
postcodes in and around them begin; a postcode anywhere else tells no city here, and is near to what
begins alike (pricing.shops).
"""

from __future__ import annotations

_CAPITALS = (
    "Vitoria-Gasteiz", "Albacete", "Alicante", "Almería", "Ávila", "Badajoz", "Palma", "Barcelona",
    "Burgos", "Cáceres", "Cádiz", "Castellón de la Plana", "Ciudad Real", "Córdoba", "A Coruña",
    "Cuenca", "Girona", "Granada", "Guadalajara", "San Sebastián", "Huelva", "Huesca", "Jaén",
    "León", "Lleida", "Logroño", "Lugo", "Madrid", "Málaga", "Murcia", "Pamplona", "Ourense",
    "Oviedo", "Palencia", "Las Palmas de Gran Canaria", "Pontevedra", "Salamanca",
    "Santa Cruz de Tenerife", "Santander", "Segovia", "Sevilla", "Soria", "Tarragona", "Teruel",
    "Toledo", "Valencia", "Valladolid", "Bilbao", "Zamora", "Zaragoza", "Ceuta", "Melilla",
)  # fmt: skip
# How postcodes in and around large cities begin. Letters before the first digit count as a whole:
# N is London, NE is Newcastle.
_AREAS: dict[str, dict[str, str]] = {
    "AT": {"Wien": "10 11 12", "Graz": "80", "Linz": "40", "Salzburg": "50", "Innsbruck": "60"},
    "BE": {"Brussel": "10 11 12", "Antwerpen": "20", "Gent": "90", "Liège": "40"},
    "DE": {
        "Berlin": "10 12 13 14", "Hamburg": "20 21 22", "München": "80 81 82 85", "Köln": "50 51",
        "Frankfurt am Main": "60 61 65", "Stuttgart": "70", "Düsseldorf": "40", "Leipzig": "04",
        "Dresden": "01", "Hannover": "30", "Nürnberg": "90", "Bremen": "28",
    },
    "FR": {
        "Paris": "75 92 93 94", "Lyon": "69", "Marseille": "13", "Toulouse": "31", "Lille": "59",
        "Bordeaux": "33", "Nantes": "44", "Strasbourg": "67", "Montpellier": "34", "Rennes": "35",
    },
    "GB": {
        "London": "E EC N NW SE SW W WC", "Manchester": "M", "Birmingham": "B", "Leeds": "LS",
        "Glasgow": "G", "Edinburgh": "EH", "Liverpool": "L", "Bristol": "BS", "Brighton": "BN",
        "Sheffield": "S", "Newcastle": "NE", "Nottingham": "NG", "Cardiff": "CF",
    },
    "IT": {
        "Roma": "00", "Milano": "20", "Torino": "10", "Napoli": "80", "Bologna": "40",
        "Firenze": "50", "Genova": "16", "Palermo": "90",
    },
    "NL": {"Amsterdam": "10 11", "Rotterdam": "30", "Utrecht": "35", "Den Haag": "25"},
    "PT": {"Lisboa": "10 11 12 13 14 15 16 17 18 19", "Porto": "40 41 42 43 44"},
}  # fmt: skip
_START: dict[str, dict[str, str]] = {
    country: {start: city for city, starts in areas.items() for start in starts.split()}
    for country, areas in _AREAS.items()
}


def start_of(country: str, postcode: str) -> str:
    """What of a postcode tells its area: the letters in front in the United Kingdom and Ireland,
    else the first two signs."""
    plain = "".join(postcode.upper().split())
    if country in ("GB", "IE"):
        return plain[: next((at for at, sign in enumerate(plain) if sign.isdigit()), 2)]
    return plain[:2]


def city_of(country: str, postcode: str) -> str:
    """ "Madrid" for Spain's 28013, "London" for the United Kingdom's SW9 8PR; "" where the postcode
    does not tell."""
    start = start_of(country, postcode)
    if country != "ES":
        return _START.get(country, {}).get(start, "")
    if not (start.isascii() and start.isdecimal()):
        return ""
    number = int(start)
    return _CAPITALS[number - 1] if 1 <= number <= len(_CAPITALS) else ""
