"""Following sellers, and letting their stock be read in the background."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import User
from pricing.models import FollowedSeller, Seller, Shop
from pricing.providers import PROVIDERS
from pricing.providers.shops import readable_shops
from pricing.sellers.names import Pasted, read_names
from pricing.services.asking import present_for
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue

READ = "pricing.read_seller"
MOST_FOLLOWED = 100
SALT = "pricing.sellers.removed"
UNDO_FOR = 24 * 3600
# How often beat starts a round, and the share of Discogs' background budget that a round may plan.
ROUND = timedelta(hours=1)
PART = 0.25
PER_PAGE = 100
# Read again a little before its answers may no longer be shown.
EARLY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of pasted names: how many are new, which were followed already, what was no
    name, how many did not find room, and which are shops whose stock is not read here."""

    added: int
    known: tuple[str, ...]
    unclear: tuple[str, ...]
    no_room: int
    not_read: tuple[str, ...] = ()


def follow(user: User, text: str) -> Followed:
    """Follow all sellers that a pasted text names and queue the reading of those that are new to
    the site. Shops count as sellers where their feed may be read."""
    every = {name.casefold(): "" for name in Shop.objects.values_list("name", flat=True)}
    read = {one.name.casefold(): one.slug for one in readable_shops()}
    pasted = read_names(text, every | read)
    sellers = [_seller("discogs", name) for name in pasted.names]
    shops = {one.slug: one for one in readable_shops().filter(slug__in=pasted.shops)}
    sellers += [_seller(one.source, one.name) for one in shops.values()]
    room = max(0, MOST_FOLLOWED - user.sellers.count())
    mine = set(user.sellers.values_list("seller_id", flat=True))
    new = [one for one in sellers if one.pk not in mine]
    for seller in new[:room]:
        FollowedSeller.objects.get_or_create(user=user, seller=seller)
        if seller.source == "discogs" and seller.state in (Seller.State.NEW, Seller.State.UNKNOWN):
            read_stock(seller, owner=user)
    return Followed(
        added=len(new[:room]),
        known=tuple(one.username for one in sellers if one.pk in mine),
        unclear=pasted.unclear,
        no_room=_left_over(pasted, len(new), room),
        not_read=pasted.not_read,
    )


def _left_over(pasted: Pasted, new: int, room: int) -> int:
    return pasted.too_many + max(0, new - room)


def _seller(source: str, name: str) -> Seller:
    """The row of a name, whatever its capitals."""
    found = Seller.objects.filter(source=source, username__iexact=name).first()
    if found is not None:
        return found
    state = Seller.State.NEW if source == "discogs" else Seller.State.READ
    with transaction.atomic():
        return Seller.objects.create(source=source, username=name, state=state)


def read_stock(seller: Seller, *, owner: User | None = None) -> Job:
    """Queue the reading of a seller's stock; one that is on its way is not queued twice."""
    payload = {"seller_id": seller.pk, "subject": seller.username}
    job = enqueue(READ, owner=owner, payload=payload, dedupe_key=str(seller.pk))
    Seller.objects.filter(pk=seller.pk).update(job_id=job.pk)
    return job


def set_favourite(user: User, followed_id: int, *, favourite: bool) -> bool:
    """False where the person does not follow that seller."""
    return user.sellers.filter(pk=followed_id).update(favourite=favourite) > 0


@dataclass(frozen=True, slots=True)
class Removed:
    """Who is no longer followed, and the token that brings it back."""

    name: str
    token: str


def unfollow(user: User, followed_id: int) -> Removed | None:
    """Stop following; None where the person does not. What was read goes with the last follower."""
    found = user.sellers.select_related("seller").filter(pk=followed_id).first()
    if found is None:
        return None
    seller = found.seller
    content = {
        "person": user.pk, "source": seller.source, "name": seller.username,
        "favourite": found.favourite,
    }  # fmt: skip
    found.delete()
    return Removed(seller.username, signing.dumps(content, salt=SALT, compress=True))


def follow_again(user: User, token: str) -> str:
    """Follow as before; the seller's name, "" for a token that does not hold."""
    try:
        content = signing.loads(token, salt=SALT, max_age=UNDO_FOR)
    except signing.BadSignature:
        return ""
    if content.get("person") != user.pk:
        return ""
    seller = _seller(content["source"], content["name"])
    FollowedSeller.objects.update_or_create(
        user=user, seller=seller, defaults={"favourite": bool(content["favourite"])}
    )
    return seller.username


def removed_name(user: User, token: str) -> str:
    """Whom the token brings back; "" for one that does not hold."""
    try:
        content = signing.loads(token, salt=SALT, max_age=UNDO_FOR)
    except signing.BadSignature:
        return ""
    return str(content["name"]) if content.get("person") == user.pk else ""


def read_due() -> list[Job]:
    """Queue the sellers whose stock was read too long ago: those with most favourites first, then
    the oldest, as many as a round's share of the budget reaches. Sellers whom nobody follows are
    forgotten."""
    Seller.objects.filter(followers__isnull=True).delete()
    before = timezone.now() - present_for("discogs") + EARLY
    due = (
        Seller.objects.filter(source="discogs")
        .filter(Q(read_at__isnull=True) | Q(read_at__lt=before))
        .exclude(state=Seller.State.UNKNOWN)
        .annotate(fans=Count("followers", filter=Q(followers__favourite=True)))
        .order_by("-fans", F("read_at").asc(nulls_first=True), "pk")
    )
    left = round_pages()
    jobs: list[Job] = []
    for seller in due:
        pages = -(-(seller.items_total or PER_PAGE) // PER_PAGE)
        if jobs and pages > left:
            continue
        left -= pages
        jobs.append(read_stock(seller))
        if left <= 0:
            break
    return jobs


def round_pages() -> int:
    """Pages of stock that one round may plan."""
    seconds = ROUND.total_seconds()
    windows = PROVIDERS["discogs"].windows
    return int(min(one.calls * (1 - one.share) * seconds / one.seconds for one in windows) * PART)
