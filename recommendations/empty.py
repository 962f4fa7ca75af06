"""Why a list is empty, and what to do about it: what is so, and no other reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Owned, User, Want
from accounts.queries import sources_of
from recommendations import profile
from recommendations.candidates import BECAUSE, DISCOVER, NEW
from recommendations.models import Lock, RecommendationSet, Seed
from recommendations.queries import Records, taste_of
from recommendations.source_names import source_names
from vinyl.templatetags.vinyl_tags import format_number

# In a set's options of a tab: how many of the albums found for it are owned, how many dismissed.
HELD = "held"
# How many artists near to the person's are the person's own.
NEAR_OWN = "near_own"


@dataclass(frozen=True, slots=True)
class Empty:
    """As templates/components/_empty.html draws it."""

    title: str
    text: str
    url: str
    action: str
    url2: str = ""
    action2: str = ""


def why_empty(user: User, found: Records) -> Empty:
    """Of a tab without cards that no filter narrowed. Seven queries at most."""
    tab, made = found.look.tab, found.set
    off = frozenset(taste_of(user).off)
    has = _brought(user)
    silent = has and has <= off
    if silent or (tab == BECAUSE and profile.SHELF in has & off):
        return _switched_off(sorted(has & off, key=profile.SOURCES.index) if silent else [])
    if not has or made is None:
        return _nothing_yet()
    if tab == NEW:
        return Empty(
            _("No new pressings of what you love"),
            _(
                "Pressings of this year and the last stand here as soon as the catalogue knows "
                "them."
            ),
            reverse("recommendations:records"),
            _("See your records"),
        )
    owned, dismissed = _held(made, tab)
    if owned + dismissed:
        return _all_held(owned, dismissed)
    if tab == BECAUSE and profile.SHELF not in has:
        return _no_shelf()
    if tab == DISCOVER and made.options.get(tab, {}).get(NEAR_OWN):
        return _all_mine(int(made.options[tab][NEAR_OWN]))
    return _unknown(tab)


def _brought(user: User) -> frozenset[str]:
    """The sources that hold something of this person's."""
    rows = ((profile.SHELF, Owned), (profile.WANTS, Want), (profile.LOCKS, Lock))
    found = {name for name, model in rows if model._default_manager.filter(user=user).exists()}
    if Seed.objects.filter(user=user).exists():
        found.add(profile.SEEDS)
    found |= {one.source for one in sources_of(user)} & {*profile.LISTENING}
    return frozenset(found)


def _held(made: RecommendationSet, tab: str) -> tuple[int, int]:
    owned, dismissed = made.options.get(tab, {}).get(HELD, (0, 0))
    return int(owned), int(dismissed)


def _switched_off(names: list[str]) -> Empty:
    taste = reverse("recommendations:taste")
    if not names:
        return Empty(
            _("Your shelf is switched off"),
            _("This list is made from the records that you own. Switch your shelf on to see it."),
            taste,
            _("What your list is made from"),
        )
    words = source_names()
    told = ", ".join(words[name] for name in names)
    text = _("Everything that you brought is switched off: {sources}. Switch on what may count.")
    return Empty(
        _("Your sources are switched off"),
        text.format(sources=told),
        taste,
        _("What your list is made from"),
        reverse("recommendations:seeds"),
        _("Name artists"),
    )


def _all_held(owned: int, dismissed: int) -> Empty:
    if not dismissed:
        text = ngettext(
            "You own the {count} album that we found for this list.",
            "You own all {count} albums that we found for this list.",
            owned,
        ).format(count=format_number(owned))
    elif not owned:
        text = ngettext(
            "You dismissed the {count} album that we found for this list.",
            "You dismissed all {count} albums that we found for this list.",
            dismissed,
        ).format(count=format_number(dismissed))
    else:
        text = _(
            "Of {count} albums that we found for this list you own {owned} and dismissed "
            "{dismissed}."
        ).format(
            count=format_number(owned + dismissed),
            owned=format_number(owned),
            dismissed=format_number(dismissed),
        )
    more = _("Name more artists, and there will be others.")
    seeds = (reverse("recommendations:seeds"), _("Name artists"))
    if not dismissed:
        return Empty(_("Nothing left to recommend"), f"{text} {more}", *seeds)
    back = (reverse("recommendations:dismissed"), _("Dismissed albums"))
    return Empty(_("Nothing left to recommend"), f"{text} {more}", *seeds, *back)


def _all_mine(count: int) -> Empty:
    text = ngettext(
        "The {count} artist whom we know to be near to yours is yours already. Name more artists, "
        "and there will be others.",
        "All {count} artists whom we know to be near to yours are yours already. Name more "
        "artists, and there will be others.",
        count,
    )
    return Empty(
        _("Nobody new left"),
        text.format(count=format_number(count)),
        reverse("recommendations:seeds"),
        _("Name artists"),
    )


def _unknown(tab: str) -> Empty:
    seeds = (reverse("recommendations:seeds"), _("Name artists"))
    if tab == DISCOVER:
        title = _("Nobody new yet")
        text = _(
            "We know too little of who is near to your artists. Name a few more, or come back when "
            "the list is made again."
        )
    elif tab == BECAUSE:
        title = _("Nothing on your shelf leads on yet")
        text = _(
            "We know too little of who is near to the artists of your records. Come back when the "
            "list is made again, or name artists."
        )
    else:
        title = _("Nothing to recommend yet")
        text = _(
            "Our catalogue does not know the albums of your artists yet. Bring another source, or "
            "name artists."
        )
        return Empty(title, text, reverse("accounts:start"), _("Bring listening"), *seeds)
    return Empty(title, text, *seeds)


def _no_shelf() -> Empty:
    return Empty(
        _("Nothing on your shelf leads on yet"),
        _(
            "Bring your shelf from Discogs, or mark records that you own, and what is near to them "
            "stands here."
        ),
        reverse("accounts:start"),
        _("Bring your shelf"),
    )


def _nothing_yet() -> Empty:
    return Empty(
        _("Nothing to go on yet"),
        _(
            "We recommend from what you play. Bring your listening from Last.fm, ListenBrainz or "
            "Spotify, or name a few artists."
        ),
        reverse("accounts:start"),
        _("Bring listening"),
        reverse("recommendations:seeds"),
        _("Name artists"),
    )
