"""How Discogs is asked: with whose credentials, page by page, and what its refusals mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from vinyl.upstreams import reading
from vinyl.upstreams.base import BaseClient, HeaderAuth
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.door import Answer, Ask, Lane, judge_status
from vinyl.upstreams.errors import NotConfigured, NotFound, UpstreamError
from vinyl.upstreams.reading import Page

T = TypeVar("T")

PER_PAGE = 100
# Only the first 10,000 results can be paged to, whatever `pagination.items` says; beyond page
# 100 of somebody else's inventory Discogs answers 403.
REACHABLE = 10_000
_CAP = "pagination above 100"


@dataclass(frozen=True)
class UserToken:
    """A person's OAuth 1.0a access token. It does not expire and is hidden in every repr."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


class Caller(BaseClient):
    """Discogs' credentials, pages and effects. The endpoints are in `client.Client`."""

    upstream = "discogs"

    def __init__(
        self,
        *,
        lane: Lane = Lane.BACKGROUND,
        person_id: int | None = None,
        token: UserToken | None = None,
    ) -> None:
        super().__init__(lane=lane, person_id=person_id)
        self._token = token

    def _auth(self, *, as_person: bool) -> tuple[AuthBase | None, bool]:
        """(credentials, whether they are the person's own)."""
        if self._token is not None and (as_person or not _site_auth()):
            return (
                OAuth1(
                    keys.value("DISCOGS_CONSUMER_KEY"),
                    client_secret=keys.value("DISCOGS_CONSUMER_SECRET"),
                    resource_owner_key=self._token.key,
                    resource_owner_secret=self._token.secret,
                ),
                True,
            )
        return _site_auth(), False

    def _read(self, where: str, params: Mapping[str, str], *, as_person: bool) -> Mapping[str, Any]:
        auth, personal = self._auth(as_person=as_person)
        if as_person and auth is None:
            raise NotConfigured(self.upstream)
        answer = self._call(
            where,
            params,
            auth=auth,
            personal=personal,
            # Without credentials Discogs allows 25 a minute instead of 60.
            keyless=auth is None,
            # A release that does not exist today is hardly ever added within the hour.
            remember_missing=timedelta(hours=1),
            judge=judge,
        )
        return reading.mapping(answer.json())

    def _one(
        self,
        where: str,
        parse: Callable[[Mapping[str, Any]], T],
        params: Mapping[str, str] | None = None,
        *,
        as_person: bool = False,
    ) -> T:
        with self._reading():
            return parse(self._read(where, params or {}, as_person=as_person))

    def _page(
        self,
        where: str,
        key: str,
        parse: Callable[[Mapping[str, Any]], T],
        page: int,
        params: Mapping[str, str] | None = None,
        *,
        per_page: int = PER_PAGE,
        reachable: int | None = None,
        as_person: bool = False,
    ) -> Page[T]:
        asked = {**(params or {}), "page": str(page), "per_page": str(per_page)}
        with self._reading():
            body = self._read(where, asked, as_person=as_person)
            if reachable is not None and _is_cap(body):
                return Page(
                    (), page=page, pages=reachable // per_page, total=0, reachable=reachable
                )
            paging = reading.mapping(body.get("pagination"), "pagination")
            if key not in body:
                raise reading.Malformed(f"{key} is missing")
            pages = reading.whole(paging.get("pages"), 1)
            if reachable is not None:
                pages = min(pages, reachable // per_page)
            total = reading.whole(paging.get("items"))
            due = max(0, min(per_page, min(total, reachable or total) - (page - 1) * per_page))
            # Totals are known to be too high: a later page without rows is the end of the list.
            items = reading.listed(body[key], parse, expected=due if page == 1 else 0)
            return Page(
                items=items,
                page=reading.whole(paging.get("page"), page),
                pages=pages,
                total=total,
                reachable=reachable,
                partial=len(items) < due,
            )

    def _effect(
        self,
        method: str,
        where: str,
        params: Mapping[str, str] | None = None,
        *,
        repeatable: bool = True,
    ) -> Answer:
        """A change to the person's own lists. `repeatable` are changes that twice are the same as
        once: a lost answer to these may be asked for again."""
        auth, personal = self._auth(as_person=True)
        if not personal:
            raise NotConfigured(self.upstream)
        return self._call(
            where,
            params,
            method=method,
            auth=auth,
            personal=True,
            repeatable=repeatable,
            # DELETE answers 204 without a body; a PUT's body is not needed.
            expects="anything",
        )

    def _remove(self, where: str) -> bool:
        """Whether this call removed it; False where it was gone already (perhaps by a first try
        whose answer got lost)."""
        try:
            self._effect("DELETE", where)
        except NotFound:
            return False
        return True


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """Page 101 of a stranger's inventory is refused with 403: the end of what can be read, and no
    sign of trouble."""
    if answer.status == 403 and ask.method == "GET" and _CAP.encode() in answer.body.lower():
        try:
            json.loads(answer.body)
        except ValueError:
            return judge_status(ask, answer)
        return None
    return judge_status(ask, answer)


def _is_cap(body: Mapping[str, Any]) -> bool:
    return "pagination" not in body and _CAP in reading.text(body.get("message")).lower()


def _site_auth() -> AuthBase | None:
    """The site's own credentials, sent as a header: in the query Discogs counts 25 a minute."""
    if keys.value("DISCOGS_TOKEN"):
        return HeaderAuth(f"Discogs token={keys.value('DISCOGS_TOKEN')}")
    if keys.value("DISCOGS_CONSUMER_KEY") and keys.value("DISCOGS_CONSUMER_SECRET"):
        key, secret = keys.value("DISCOGS_CONSUMER_KEY"), keys.value("DISCOGS_CONSUMER_SECRET")
        return HeaderAuth(f"Discogs key={key}, secret={secret}")
    return None
