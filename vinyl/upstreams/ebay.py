"""eBay's Browse API: vinyl records for sale in the European Union, delivered to one address.

Traps handled here: a bad filter answers 200 with `warnings` and an unfiltered list, so warnings
are errors; the EU filter has let items from elsewhere through, so each item's country is checked
again; an empty answer has no `itemSummaries` at all; missing shipping options mean unknown, not
free; the application's token is minted once in two hours and shared, because mints are counted.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from urllib.parse import quote

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.translation import gettext

from vinyl.upstreams import reading, valkey
from vinyl.upstreams.base import BaseClient, HeaderAuth, path
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.door import Answer, Ask, judge_status
from vinyl.upstreams.errors import (
    Forbidden,
    NotConfigured,
    PartIgnored,
    QuotaExceeded,
    TokenExpired,
    Unavailable,
    UpstreamError,
    key_refused,
)
from vinyl.upstreams.reading import Page

Json = Mapping[str, Any]
VINYL = "176985"
SCOPE = "https://api.ebay.com/oauth/api_scope"
REACHABLE = 10_000
EU = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
        "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
)  # fmt: skip
_SITES = frozenset(("ES", "DE", "FR", "IT", "AT", "BE", "NL", "IE", "PL", "GB"))
_SITE_BY_CURRENCY = {"GBP": "EBAY_GB", "PLN": "EBAY_PL"}
_QUERY_SIGNS = re.compile(r"[(),*\"]+")


@dataclass(frozen=True)
class Item:
    """One offer. `price` is without shipping; `shipping` None is unknown, never free.

    `shipping_kind` is "FIXED", "CALCULATED" or "". `country` is where it lies, `postcode` as much
    of its postcode as eBay tells ("35***"), or "". `available` is False once it ended or is out of
    stock. `seller_feedback` is a percentage. `ships_to` and `ships_not_to` are countries and
    regions as eBay names them ("ES", "WORLDWIDE", "EUROPE"); searches do not tell them.
    """

    item_id: str
    title: str
    price: Decimal
    currency: str
    shipping: Decimal | None = None
    shipping_currency: str = ""
    shipping_kind: str = ""
    buying_options: tuple[str, ...] = ()
    condition: str = ""
    condition_id: str = ""
    country: str = ""
    postcode: str = ""
    seller: str = ""
    seller_feedback: Decimal | None = None
    url: str = ""
    image: str = ""
    ends_at: datetime | None = None
    available: bool = True
    ships_to: tuple[str, ...] = ()
    ships_not_to: tuple[str, ...] = ()

    @property
    def only_auction(self) -> bool:
        """Whether it can only be bid for: its price is no price yet."""
        return "AUCTION" in self.buying_options and "FIXED_PRICE" not in self.buying_options

    def reaches(self, country: str) -> bool:
        """Whether the seller delivers there; True where nothing is told."""
        if country in self.ships_not_to:
            return False
        if not self.ships_to:
            return True
        regions = {"WORLDWIDE", *(("EUROPE", "EUROPEAN_UNION") if country in EU else ())}
        return country in self.ships_to or bool(regions & set(self.ships_to))

    @classmethod
    def from_json(cls, data: Json) -> Item:
        # An auction without Buy It Now has its price in the bid.
        amount, currency = _money(data.get("price"))
        if amount is None:
            amount, currency = _money(data.get("currentBidPrice"))
        if amount is None:
            raise reading.Malformed("item without a price")
        shipping, shipping_currency, kind = _shipping(data)
        seller = reading.sub(data, "seller")
        return cls(
            item_id=reading.required_text(data.get("itemId"), "itemId"),
            title=reading.text(data.get("title")),
            price=amount,
            currency=currency,
            shipping=shipping,
            shipping_currency=shipping_currency,
            shipping_kind=kind,
            buying_options=reading.texts(data.get("buyingOptions")),
            condition=reading.text(data.get("condition")),
            condition_id=reading.text(data.get("conditionId")),
            country=reading.text(reading.sub(data, "itemLocation").get("country")).upper(),
            postcode=reading.text(reading.sub(data, "itemLocation").get("postalCode")),
            seller=reading.text(seller.get("username")),
            seller_feedback=reading.maybe_number(seller.get("feedbackPercentage")),
            url=reading.text(data.get("itemWebUrl")),
            image=reading.text(reading.sub(data, "image").get("imageUrl")),
            ends_at=reading.moment(data.get("itemEndDate")),
            available=_available(data),
            ships_to=_regions(data, "regionIncluded"),
            ships_not_to=_regions(data, "regionExcluded"),
        )


class Client(BaseClient):
    """eBay for one caller, with the site's application keys."""

    upstream = "ebay"

    def search(
        self,
        *,
        q: str = "",
        gtin: str = "",
        category: str = VINYL,
        country: str,
        postcode: str = "",
        currency: str = "EUR",
        limit: int = 50,
        offset: int = 0,
        auctions: bool = False,
        everywhere: bool = False,
    ) -> Page[Item]:
        """Offers with a fixed price that lie in the EU and are delivered to that address,
        cheapest with shipping first. By words (at most 100 characters) or by bar code.

        `auctions`: those without a fixed price too, their price being the present bid. `items`
        may be fewer than eBay sent: those lying elsewhere are dropped, unless `everywhere` says
        that the caller looks at each country itself. BadAnswer for an answer that tells of offers
        and brings none; `partial` where it brings fewer than it tells. `currency` picks the site
        to ask where the country has none of its own; prices come in that site's currency.
        """
        if not (q or gtin):
            raise ValueError("search for words or for a bar code")
        limit = max(1, min(limit, 200))
        start = offset - offset % limit
        asked = {"gtin": gtin} if gtin else {"q": query(q)}
        asked |= {
            "category_ids": category,
            "filter": ",".join(_filters(country, postcode, auctions=auctions)),
            "sort": "price",
            "limit": str(limit),
            # Other offsets are refused.
            "offset": str(start),
        }
        with self._reading():
            data = self._ask(
                "/buy/browse/v1/item_summary/search", asked, country, postcode, currency
            )
            total, due = _due(data, start=start, limit=limit)
            found = reading.listed(data.get("itemSummaries"), Item.from_json, expected=due)
            return Page(
                items=tuple(item for item in found if everywhere or item.country in EU),
                page=offset // limit + 1,
                pages=-(-min(total, REACHABLE) // limit),
                total=total,
                reachable=REACHABLE,
                partial=len(found) < due,
            )

    def item(
        self, item_id: str, *, country: str = "ES", postcode: str = "", currency: str = "EUR"
    ) -> Item:
        """One offer again. NotFound when it is gone; look at `available` too."""
        with self._reading():
            where = path("buy", "browse", "v1", "item", item_id)
            return Item.from_json(self._ask(where, {}, country, postcode, currency))

    def public_key(self, kid: str) -> str:
        """The PEM of the key that signs account-deletion notices. NotFound for an unknown id."""
        with self._reading():
            where = path("commerce", "notification", "v1", "public_key", kid)
            data = reading.mapping(self._with_token(where, {}, {}).json())
            return reading.required_text(data.get("key"), "key")

    def _ask(
        self, where: str, params: Mapping[str, str], country: str, postcode: str, currency: str
    ) -> Json:
        answer = self._with_token(where, params, _headers(country, postcode, currency))
        data = reading.mapping(answer.json())
        warnings = reading.rows(data.get("warnings"))
        if warnings:
            ids = ", ".join(reading.text(one.get("errorId")) for one in warnings)
            raise PartIgnored(self.upstream, status=answer.status, detail=f"warnings {ids}")
        return data

    def _with_token(
        self, where: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> Answer:
        try:
            return self._browse(where, params, headers, self._token())
        except TokenExpired:
            # Revoked before its time: mint one more, once.
            valkey.connection().delete(_token_key())
        try:
            return self._browse(where, params, headers, self._token())
        except TokenExpired as error:
            raise key_refused(self.upstream, status=error.status) from error

    def _browse(
        self, where: str, params: Mapping[str, str], headers: Mapping[str, str], token: str
    ) -> Answer:
        return self._call(
            where,
            params,
            headers=headers,
            auth=HeaderAuth(f"Bearer {token}"),
            judge=judge,
            # An offer that ended does not come back: a relisted one has a new id.
            remember_missing=timedelta(hours=1),
        )

    def _token(self) -> str:
        """The shared application token; minted by one process while the others wait."""
        if not (keys.value("EBAY_APP_ID") and keys.value("EBAY_CERT_ID")):
            raise NotConfigured(self.upstream)
        mine = uuid.uuid4().hex
        lock = valkey.key("token", "lock", "ebay")
        until = time.monotonic() + 10
        while True:
            found = _stored_token()
            if found:
                return found
            if valkey.try_lock(lock, mine, seconds=15):
                break
            if time.monotonic() > until:
                raise Unavailable(self.upstream, detail="no token in time")
            time.sleep(0.05)
        try:
            return _stored_token() or self._mint()
        finally:
            valkey.unlock(lock, mine)

    def _mint(self) -> str:
        pair = f"{keys.value('EBAY_APP_ID')}:{keys.value('EBAY_CERT_ID')}"
        answer = self._call(
            "/identity/v1/oauth2/token",
            method="POST",
            form={"grant_type": "client_credentials", "scope": SCOPE},
            auth=HeaderAuth("Basic " + b64encode(pair.encode()).decode()),
            repeatable=True,
            budget_key="ebay_tokens",
            judge=judge_token,
        )
        data = reading.mapping(answer.json())
        token = reading.required_text(data.get("access_token"), "access_token")
        lifetime = reading.whole(data.get("expires_in"), 7200)
        # Ends a minute early, so that a call on its way does not outlive it.
        seconds = max(1, lifetime - 60)
        valkey.connection().set(_token_key(), _cipher().encrypt(token.encode()), ex=seconds)
        return token


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """eBay's error numbers where they say more than the status."""
    if answer.status < 300:
        return None
    numbers = _error_numbers(answer)
    detail = f"errors {', '.join(map(str, numbers))}" if numbers else ""
    if answer.status == 401:
        return TokenExpired("ebay", status=401, detail=detail)
    if answer.status == 403 and 1100 in numbers:
        message = gettext("eBay does not let this site's application search.")
        return Forbidden("ebay", message, status=403, detail=detail)
    if answer.status == 429:
        return QuotaExceeded("ebay", status=429, detail=detail)
    error = judge_status(ask, answer)
    if error is not None and detail:
        error.detail = detail
    return error


def judge_token(ask: Ask, answer: Answer) -> UpstreamError | None:
    if answer.status in (400, 401):
        return key_refused("ebay", status=answer.status)
    return judge_status(ask, answer)


def query(words: str) -> str:
    """Words for `q`: without the signs that mean something to eBay, at most 100 characters, cut
    between words (eBay would cut inside one)."""
    clean = " ".join(_QUERY_SIGNS.sub(" ", words).split())
    if len(clean) <= 100:
        return clean
    return clean[:101].rpartition(" ")[0] or clean[:100]


def marketplace(country: str, currency: str) -> str:
    """The eBay site to ask. Always one of the known: eBay takes an unknown one for EBAY_US
    without a word."""
    if country in _SITES:
        return f"EBAY_{country}"
    return _SITE_BY_CURRENCY.get(currency, "EBAY_DE")


def _filters(country: str, postcode: str, *, auctions: bool) -> list[str]:
    found = [
        "itemLocationRegion:EUROPEAN_UNION",
        f"buyingOptions:{{FIXED_PRICE{'|AUCTION' if auctions else ''}}}",
        f"deliveryCountry:{country}",
    ]
    if postcode:
        found.append(f"deliveryPostalCode:{_plain(postcode)}")
    return found


def _due(data: Json, *, start: int, limit: int) -> tuple[int, int]:
    """(offers in all, how many of them belong on this page). Malformed where eBay tells neither a
    total nor any offer: only a total of 0 says that there is none."""
    total = reading.maybe_whole(data.get("total"))
    if total is None:
        if not reading.rows(data.get("itemSummaries")):
            raise reading.Malformed("neither total nor items")
        total = 0
    more = limit if reading.text(data.get("next")) else 0
    return total, max(more, min(limit, total - start, REACHABLE - start), 0)


def _headers(country: str, postcode: str, currency: str) -> dict[str, str]:
    where = f"country={country}" + (f",zip={_plain(postcode)}" if postcode else "")
    return {
        "X-EBAY-C-MARKETPLACE-ID": marketplace(country, currency),
        # Without it shipping and the order by price cannot be relied on.
        "X-EBAY-C-ENDUSERCTX": f"contextualLocation={quote(where, safe='')}",
    }


def _plain(postcode: str) -> str:
    """Letters, digits, blanks and dashes: a postcode must not end a filter or a header."""
    return re.sub(r"[^0-9A-Za-z \-]", "", postcode)[:12].strip()


def _money(data: Any) -> tuple[Decimal | None, str]:
    inner = data if isinstance(data, Mapping) else {}
    currency = reading.text(inner.get("currency")).upper()
    return (reading.amount(inner.get("value"), currency) if currency else None), currency


def _shipping(data: Json) -> tuple[Decimal | None, str, str]:
    """The cheapest known shipping; where none is known, its kind still tells why."""
    options = reading.rows(data.get("shippingOptions"))
    known = [
        (cost, currency, reading.text(one.get("shippingCostType")))
        for one in options
        for cost, currency in [_money(one.get("shippingCost"))]
        if cost is not None
    ]
    if known:
        return min(known, key=lambda option: option[0])
    return None, "", reading.text(options[0].get("shippingCostType")) if options else ""


def _regions(data: Json, name: str) -> tuple[str, ...]:
    rows = reading.rows(reading.sub(data, "shipToLocations").get(name))
    return tuple(reading.text(row.get("regionId")).upper() for row in rows)


def _available(data: Json) -> bool:
    stocks = [
        reading.text(one.get("estimatedAvailabilityStatus"))
        for one in reading.rows(data.get("estimatedAvailabilities"))
    ]
    if stocks and all(stock == "OUT_OF_STOCK" for stock in stocks):
        return False
    ends = reading.moment(data.get("itemEndDate"))
    return ends is None or ends.timestamp() > time.time()


def _error_numbers(answer: Answer) -> list[int]:
    try:
        data = json.loads(answer.body)
    except ValueError:
        return []
    errors = data.get("errors") if isinstance(data, Mapping) else None
    return [reading.whole(one.get("errorId")) for one in reading.rows(errors)]


def _stored_token() -> str:
    stored = cast("bytes | None", valkey.connection().get(_token_key()))
    if not stored:
        return ""
    try:
        return _cipher().decrypt(stored).decode()
    except InvalidToken:
        return ""


def _token_key() -> str:
    """Other keys, or another eBay: another token."""
    identity = f"{keys.value('EBAY_APP_ID')} {settings.UPSTREAM_URLS['ebay']}"
    return valkey.key("token", "ebay", hashlib.sha256(identity.encode()).hexdigest()[:16])


def _cipher() -> Fernet:
    """The token lies encrypted under the application's own secret, as do all tokens here."""
    digest = hashlib.sha256(f"ebay token {keys.value('EBAY_CERT_ID')}".encode()).digest()
    return Fernet(urlsafe_b64encode(digest))
