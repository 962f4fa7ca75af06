"""Testing a shop's link and its feed with a sample album: what a curator's button does."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from catalog.models import Album
from pricing.models import Shop
from pricing.providers import robots, shops
from pricing.providers.base import Question
from pricing.shops import search_link
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, StepResult
from vinyl.jobs.services import enqueue
from vinyl.upstreams import outside
from vinyl.upstreams.errors import UpstreamError

TEST = "pricing.test_shop"
GONE = gettext_noop("This shop or the sample album is no longer there.")
LONGEST_PAGE = 2 * 1024 * 1024
FEED_FOUND = "feed"


def ask_test(user: User, shop: Shop, album: Album) -> Job:
    """Queue the test of one shop; one that is on its way is not queued twice."""
    payload = {"shop_id": shop.pk, "album_id": album.pk, "subject": shop.name}
    return enqueue(TEST, owner=user, payload=payload, dedupe_key=str(shop.pk))


def sample_album() -> Album | None:
    """The best known album: any shop should have an opinion of it."""
    return Album.objects.filter(merged_into__isnull=True).order_by("-popularity", "pk").first()


def step(ctx: JobContext) -> StepResult:
    """Payload: shop_id, album_id. Opens the link as a person would and looks whether the answer
    names the album; reads the feed where that is allowed. The result stands in the shop's row."""
    shop = Shop.objects.filter(pk=ctx.payload["shop_id"]).first()
    album = Album.objects.filter(pk=ctx.payload["album_id"]).first()
    if shop is None or album is None:
        raise Fail("gone", GONE)
    result = _link(shop, album, ctx.owner_id)
    if shop.feed_allowed:
        result = f"{result} {_feed(shop, album, ctx.owner_id)}"
    Shop.objects.filter(pk=shop.pk).update(tested_at=timezone.now(), test_result=result)
    return Done({"result": result})


def _link(shop: Shop, album: Album, person_id: int | None) -> str:
    words = f"{album.artist_line} {album.title}"
    url = search_link(shop, words)
    base = _origin(shop, url)
    try:
        robots.check(base, url, person_id=person_id)
        page = outside.fetch(url, kinds=("text/html",), max_bytes=LONGEST_PAGE, person_id=person_id)
    except robots.NotAllowed:
        return "robots"
    except UpstreamError as error:
        return f"error={type(error).__name__}"
    text = page.body.decode("utf-8", "replace").casefold()
    # The search's own words stand in most answers: a title twice is a find.
    return "named" if text.count(album.title.casefold()) > 1 else "open"


def _feed(shop: Shop, album: Album, person_id: int | None) -> str:
    question = Question(
        album_id=album.pk, artist=album.artist_line, title=album.title, pressings=(),
        release=None, territory="ES", country="ES", person_id=person_id,
    )  # fmt: skip
    feed = shops.feed_of(shop)
    try:
        products = shops.read(feed, f"{album.artist_line} {album.title}", person_id=person_id)
    except robots.NotAllowed:
        return f"{FEED_FOUND}=robots"
    except UpstreamError as error:
        return f"{FEED_FOUND}={type(error).__name__}"
    found, _left_out = shops.sort_out(products, question, feed)
    return f"{FEED_FOUND}={len(products)}/{len(found)}"


def _origin(shop: Shop, url: str) -> str:
    """Where the shop's rules for robots lie."""
    if settings.SANDBOX:
        return shops.feed_of(shop).base
    scheme, _colon, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def words_of(result: str) -> str:
    """What a test saw, in words for curators."""
    parts = []
    for code in result.split():
        name, _equals, value = code.partition("=")
        if name == "named":
            parts.append(_("The search opens and names the sample album."))
        elif name == "open":
            parts.append(_("The search opens, but does not name the sample album."))
        elif name == "robots":
            parts.append(_("The shop's rules for robots forbid the test: open the link yourself."))
        elif name == "error":
            parts.append(_("The link did not open: %(error)s.") % {"error": value})
        elif "/" in value:
            read, fit = value.split("/", 1)
            given = {"read": read, "fit": fit}
            parts.append(_("Feed: %(read)s products read, %(fit)s fit.") % given)
        else:
            parts.append(_("The feed could not be read: %(error)s.") % {"error": value})
    return " ".join(parts)
