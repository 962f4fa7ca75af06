"""Causes, stored as data, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import unescape
from typing import Any

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommendations.scoring import FAVOURITE_FACTOR
from vinyl.look import evidence
from vinyl.templatetags.vinyl_tags import format_number

PLAIN_RATING_DECIMALS = 2


def _played(count: int, period: str) -> str:
    """The sentence of an album's plays in a period, its figure open."""
    sentences = {
        "12m": ngettext(
            "You played this {count} time in the last year.",
            "You played this {count} times in the last year.",
            count,
        ),
        "6m": ngettext(
            "You played this {count} time in the last six months.",
            "You played this {count} times in the last six months.",
            count,
        ),
        "3m": ngettext(
            "You played this {count} time in the last three months.",
            "You played this {count} times in the last three months.",
            count,
        ),
        "1m": ngettext(
            "You played this {count} time in the last month.",
            "You played this {count} times in the last month.",
            count,
        ),
    }
    return sentences.get(period) or ngettext(
        "You played this {count} time.", "You played this {count} times.", count
    )


def _played_artist(count: int, period: str) -> str:
    """The sentence of an artist's plays in a period, name and figure open."""
    sentences = {
        "12m": ngettext(
            "You played {artist} {count} time in the last year.",
            "You played {artist} {count} times in the last year.",
            count,
        ),
        "6m": ngettext(
            "You played {artist} {count} time in the last six months.",
            "You played {artist} {count} times in the last six months.",
            count,
        ),
        "3m": ngettext(
            "You played {artist} {count} time in the last three months.",
            "You played {artist} {count} times in the last three months.",
            count,
        ),
        "1m": ngettext(
            "You played {artist} {count} time in the last month.",
            "You played {artist} {count} times in the last month.",
            count,
        ),
    }
    return sentences.get(period) or ngettext(
        "You played {artist} {count} time.", "You played {artist} {count} times.", count
    )


def _recent(count: int, period: str) -> str:
    """The words that follow a count, for those of its plays that were lately; figure open."""
    sentences = {
        "12m": _("{count} of them in the last year."),
        "6m": _("{count} of them in the last six months."),
        "3m": _("{count} of them in the last three months."),
        "1m": _("{count} of them in the last month."),
    }
    return sentences.get(period, "") if count else ""


def _plays(cause: Mapping[str, Any], told: SafeString) -> SafeString:
    """The sentence of a count with that of its recent plays, which count again in the score."""
    recent = int(cause.get("recent") or 0)
    text = _recent(recent, str(cause.get("recent_period", "")))
    return format_html("{} {}", told, evidence(text, count=format_number(recent))) if text else told


def _near(cause: Mapping[str, Any]) -> SafeString | str:
    names = [str(name) for name in cause.get("artists", []) if name]
    if not names:
        return ""
    count = int(cause.get("count") or 0)
    joined = _("{first} and {second}").format(first=names[0], second=names[1]) if names[1:] else ""
    if count:
        sentence = ngettext(
            "Because of {artists}, {count} play.", "Because of {artists}, {count} plays.", count
        )
        return evidence(sentence, artists=joined or names[0], count=format_number(count))
    return evidence(_("Near to {artists}, whom you named."), artists=joined or names[0])


def sentence(cause: Mapping[str, Any]) -> SafeString | str:
    """One cause as a sentence, its evidence in bold; "" for a kind that is not known."""
    kind, count = cause.get("kind"), int(cause.get("count") or 0)
    period, artist = str(cause.get("period", "")), str(cause.get("artist", ""))
    if kind == "plays":
        return _plays(cause, evidence(_played(count, period), count=format_number(count)))
    if kind == "artist":
        text = _played_artist(count, period)
        return _plays(cause, evidence(text, artist=artist, count=format_number(count)))
    if kind == "rank":
        return evidence(
            _("Among your most played albums, number {rank}."), rank=cause.get("rank", "")
        )
    if kind == "saved":
        whole = cause.get("rank") == 1
        return _("You saved this album.") if whole else _("You saved tracks of this album.")
    if kind == "artist_rank":
        return evidence(
            _("{artist} is number {rank} of your artists."),
            artist=artist,
            rank=cause.get("rank", ""),
        )
    if kind == "seed":
        return evidence(_("You named {artist}."), artist=artist)
    return _near(cause) if kind == "near" else ""


def sentences(causes: Iterable[Mapping[str, Any]], *, most: int = 3) -> tuple[str, ...]:
    """The first causes as sentences, strongest first; never empty."""
    told = [text for cause in causes if (text := sentence(cause))][:most]
    return tuple(told) or (_("You keep it on your list."),)


def plain(causes: Iterable[Mapping[str, Any]], kinds: Iterable[str]) -> str:
    """The first cause of these kinds without markup, for the parts of a score; "" without.

    It ends with what made more or nothing of the figures: a favourite's listening counts more,
    that of a single track not at all.
    """
    wanted = frozenset(kinds)
    for cause in causes:
        text = sentence(cause) if cause.get("kind") in wanted else ""
        if text:
            return " ".join([unescape(strip_tags(text)), *_weighed(cause)])
    return ""


def _weighed(cause: Mapping[str, Any]) -> list[str]:
    if cause.get("favourite"):
        share = format_number(Decimal(str(FAVOURITE_FACTOR)), 1)
        return [_("Times {share}, as the artist is a favourite.").format(share=share)]
    if "tracks" in cause:
        return [_("Only one of its tracks, which counts nothing.")]
    return []


def dismissal_reasons() -> tuple[tuple[str, str], ...]:
    """Why somebody may dismiss an album: (value of Dismissal.Reason, words on its button)."""
    return (
        ("", _("This album only")),
        ("artist", _("Not this artist")),
        ("owned", _("Already have it")),
        ("price", _("Too dear")),
        ("taste", _("Not my taste")),
    )


def rating_sentence(rating: Decimal | None, count: int | None) -> str:
    """What the community's rating says: "4.58 from 12,204 ratings"; "" where it is not known."""
    if rating is None:
        return ""
    shown = format_number(rating, PLAIN_RATING_DECIMALS)
    if not count:
        return _("{rating} of 5").format(rating=shown)
    return ngettext("{rating} from {count} rating", "{rating} from {count} ratings", count).format(
        rating=shown, count=format_number(count)
    )
