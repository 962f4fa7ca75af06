"""Which state of the database a page of the list is drawn from, told in one cheap query.

A page that was drawn is good as long as every row it was made from is the same version of that row
(PostgreSQL's `xmin`, and `ctid` for what one transaction writes twice), the same prices are live,
and time alone changes none of its sentences. So nothing has to announce its changes: a lock, a
price that ends, a merge, a new cover, another country in the profile each make another digest.

What is left to the age limit of a kept page: credits of albums, by which a dismissed artist's
other albums stay away, and the names of pressings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from catalog.queries.albums import RATING_SOURCE
from pricing import best
from pricing.grades import at_least
from pricing.rates import EURO
from pricing.territories import territory_of
from pricing.viewer import DEFAULT_GRADE
from recommendations.models.settings import DIAL_IN_BETWEEN
from recommendations.queries.page import Look
from recommendations.queries.sets import LAST_PLACE, MAKE_SET, RESERVE
from vinyl import standing
from vinyl.jobs.models import Job
from vinyl.upstreams.terms import shown_until

# However little changes, a page is drawn again after so long.
LONGEST = timedelta(minutes=10)
# Fields of a person that change with every visit and stand on no page.
_NOT_SHOWN = frozenset({"password", "last_login"})

_SQL = """
WITH s AS (
    SELECT id, xmin, ctid, expires_at, dial FROM recommendations_recommendationset
    WHERE user_id = %(user)s ORDER BY made_at DESC, id DESC LIMIT 1
), r AS MATERIALIZED (
    SELECT r.id, r.xmin, r.ctid, coalesce(a.merged_into_id, a.id) AS album
    FROM recommendations_recommendation r JOIN catalog_album a ON a.id = r.album_id
    WHERE r.set_id = (SELECT id FROM s) AND r.tab = %(tab)s AND r.position < %(below)s
), b AS MATERIALIZED (
    SELECT a.id, a.xmin, a.ctid, a.rating_at FROM catalog_album a
    WHERE a.id IN (SELECT album FROM r)
    UNION ALL
    SELECT a.id, a.xmin, a.ctid, NULL FROM catalog_album a
    WHERE a.merged_into_id IN (SELECT album FROM r) AND a.merged_into_id IS NOT NULL
), p AS MATERIALIZED (
    SELECT p.id, p.xmin, p.ctid, q.xmin AS qmin, q.ctid AS qctid, q.source, q.observed_at,
        p.valid_until
    FROM pricing_albumbestprice p JOIN pricing_quote q ON q.id = p.quote_id
    WHERE p.album_id IN (SELECT id FROM b) AND p.territory IN ('', %(territory)s)
        AND p.terms_group = %(open)s AND p.least_grade = ANY(%(grades)s)
        AND p.valid_until > %(now)s::timestamptz
), c AS MATERIALIZED (
    SELECT c.id, c.xmin, c.ctid, c.expires_at FROM catalog_cover c
    WHERE c.album_id IN (SELECT id FROM b)
), k AS MATERIALIZED (
    SELECT k.id, k.xmin, k.ctid, k.state FROM pricing_priceask k
    WHERE k.album_id IN (SELECT id FROM b) AND k.release_id IS NULL
        AND k.territory IN ('', %(territory)s)
)
SELECT (SELECT id FROM s), {said}, concat_ws('|',
    (SELECT {r} FROM r), (SELECT {b} FROM b), (SELECT {c} FROM c), (SELECT {k} FROM k),
    (SELECT concat({p}, '.', sum(hashtextextended(concat(qctid, qmin), id))) FROM p),
    (SELECT {x} FROM recommendations_lock x WHERE user_id = %(user)s),
    (SELECT {x} FROM recommendations_dismissal x WHERE user_id = %(user)s)),
  concat_ws('|',
    (SELECT concat(id, '.', xmin, ctid, expires_at <= %(now)s) FROM s),
    (SELECT {x} FROM accounts_owned x WHERE user_id = %(user)s),
    (SELECT {x} FROM accounts_want x WHERE user_id = %(user)s),
    (SELECT {x} FROM recommendations_tastesettings x WHERE user_id = %(user)s),
    (SELECT {x} FROM accounts_snapshot x WHERE user_id = %(user)s),
    (SELECT {x} FROM accounts_message x WHERE user_id = %(user)s AND read_at IS NULL),
    (SELECT concat(day, '.', xmin, ctid) FROM pricing_exchangerate
        WHERE currency = %(currency)s ORDER BY day DESC LIMIT 1)),
  EXISTS (SELECT FROM k WHERE state <> 'answered') OR EXISTS (
    SELECT FROM jobs_job WHERE kind = %(kind)s AND dedupe_key = %(job)s AND state = ANY(%(active)s)
  ),
  (SELECT dial FROM s) = coalesce(
    (SELECT dial FROM recommendations_tastesettings WHERE user_id = %(user)s), %(between)s::int),
  (SELECT min(valid_until) FROM p),
  (SELECT min(expires_at) FROM c WHERE expires_at > %(now)s),
  ARRAY(SELECT rating_at FROM b WHERE rating_at IS NOT NULL),
  ARRAY(SELECT source FROM p), ARRAY(SELECT observed_at FROM p)
"""
_DIGEST = "concat(count(*), '.', sum(hashtextextended(concat({0}.ctid, {0}.xmin), {0}.id)))"
# How much a person said; two statements that find the same saw the same.
SAID = """ARRAY[(SELECT count(*) FROM recommendations_lock WHERE user_id = %(user)s),
    (SELECT count(*) FROM recommendations_dismissal WHERE user_id = %(user)s),
    (SELECT count(*) FROM accounts_want WHERE user_id = %(user)s),
    (SELECT count(*) FROM accounts_owned WHERE user_id = %(user)s)]"""
DISMISSED = 1  # which of them
_STATEMENT = _SQL.format(said=SAID, **{name: _DIGEST.format(name) for name in "rbckpx"})


@dataclass(frozen=True, slots=True)
class Version:
    """Equal digests, equal pages, until the time `until`. `keep` False: the page changes by
    itself just now (a list is being made, a price asked for), so it is not worth keeping.

    `frame` is the digest of what stands round the cards; figures of them are filled in.
    `stored_order`: the list was made for the dial as the person has it now. `said`: how many albums
    they keep, dismissed, want and own. What was read later with other figures is of another
    version."""

    set_id: int
    said: Sequence[int]
    digest: str
    frame: str
    until: datetime
    keep: bool
    stored_order: bool


def version_of_list(user: User, look: Look) -> Version | None:
    """What this look at the list is drawn from; None without a list. One query."""
    now = timezone.now()
    wide = look.filters.any or look.dial is not None
    given: dict[str, Any] = {
        "user": user.pk, "tab": look.tab, "below": LAST_PLACE if wide else RESERVE, "now": now,
        "territory": territory_of(user.country, user.postcode), "open": best.OPEN,
        "grades": list(at_least(user.least_grade or DEFAULT_GRADE)),
        "currency": user.currency if user.currency != EURO else "",
        "kind": MAKE_SET, "job": f"user:{user.pk}", "active": [str(one) for one in Job.ACTIVE],
        "between": DIAL_IN_BETWEEN,
    }  # fmt: skip
    with standing.cursor() as cursor:
        cursor.execute(_STATEMENT, given)
        row: Any = cursor.fetchone()
    set_id, said, cards, frame, moving, stored_order, ends, cover_ends, *sourced = row
    rated, sources, observed = sourced
    if set_id is None:
        return None
    shown = [shown_until(RATING_SOURCE, at) for at in rated]
    shown += [shown_until(source, at) for source, at in zip(sources, observed, strict=True)]
    person = sorted((name, str(value)) for name, value in _of(user))
    around = f"{frame}|{timezone.localdate()}|{person}"
    return Version(
        set_id=set_id,
        said=tuple(said),
        digest=_digest(f"{cards}|{around}"),
        frame=_digest(around),
        until=first_of((ends, cover_ends, *shown), now),
        keep=not moving,
        stored_order=stored_order,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _of(user: User) -> Iterable[tuple[str, Any]]:
    """What is known of a person, with any of which a page may change."""
    names = (one.attname for one in User._meta.concrete_fields)
    return ((name, getattr(user, name)) for name in names if name not in _NOT_SHOWN)


def first_of(times: Iterable[datetime | None], now: datetime) -> datetime:
    """The first of these that is still to come, and no later than LONGEST from now."""
    return min([one for one in times if one is not None and one > now] + [now + LONGEST])
