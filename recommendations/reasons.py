"""Causes, stored as data, told in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from html import unescape
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.words import country_words
from recommendations.scoring import FAVOURITE_FACTOR
from recommendations.scoring2 import LEAST_MEASURE, MEASURE_PLACE, MOST_MEASURE
from vinyl.look import evidence
from vinyl.templatetags.vinyl_tags import format_number

PLAIN_RATING_DECIMALS = 2


def _played(count: int, period: str) -> str:
    """The sentence of an album's plays in a period, its figure open."""
    if period == "12m":
        return ngettext(
            "You played this {count} time in the last year.",
            "You played this {count} times in the last year.",
            count,
        )
    if period == "6m":
        return ngettext(
            "You played this {count} time in the last six months.",
            "You played this {count} times in the last six months.",
            count,
        )
    if period == "3m":
        return ngettext(
            "You played this {count} time in the last three months.",
            "You played this {count} times in the last three months.",
            count,
        )
    if period == "1m":
        return ngettext(
            "You played this {count} time in the last month.",
            "You played this {count} times in the last month.",
            count,
        )
    return ngettext(
        "You played this {count} time.",
        "You played this {count} times.",
        count,
    )


def _played_artist(count: int, period: str) -> str:
    """The sentence of an artist's plays in a period, name and figure open."""
    if period == "12m":
        return ngettext(
            "You played {artist} {count} time in the last year.",
            "You played {artist} {count} times in the last year.",
            count,
        )
    if period == "6m":
        return ngettext(
            "You played {artist} {count} time in the last six months.",
            "You played {artist} {count} times in the last six months.",
            count,
        )
    if period == "3m":
        return ngettext(
            "You played {artist} {count} time in the last three months.",
            "You played {artist} {count} times in the last three months.",
            count,
        )
    if period == "1m":
        return ngettext(
            "You played {artist} {count} time in the last month.",
            "You played {artist} {count} times in the last month.",
            count,
        )
    return ngettext(
        "You played {artist} {count} time.",
        "You played {artist} {count} times.",
        count,
    )


def _recent(count: int, period: str) -> str:
    """The words that follow a count, for those of its plays that were lately; figure open."""
    if not count:
        return ""
    if period == "12m":
        return _("{count} of them in the last year.")
    if period == "6m":
        return _("{count} of them in the last six months.")
    if period == "3m":
        return _("{count} of them in the last three months.")
    return _("{count} of them in the last month.") if period == "1m" else ""


def _plays(cause: Mapping[str, Any], told: SafeString) -> SafeString:
    """The sentence of a count with that of its recent plays, which count again in the score."""
    recent = int(cause.get("recent") or 0)
    text = _recent(recent, str(cause.get("recent_period", "")))
    return format_html("{} {}", told, evidence(text, count=format_number(recent))) if text else told


def _near(cause: Mapping[str, Any]) -> SafeString | str:
    names = [str(name) for name in cause.get("artists", []) if name]
    if not names:
        return ""
    joined = _("{first} and {second}").format(first=names[0], second=names[1]) if names[1:] else ""
    count = int(cause.get("count") or 0)
    how = str(cause.get("how") or ("plays" if count else "named"))
    if how == "owned":
        count = int(cause.get("owned") or count)
        sentence = ngettext(
            "Because of {artists}, {count} record on your shelf.",
            "Because of {artists}, {count} records on your shelf.",
            count,
        )
    elif how == "plays":
        sentence = ngettext(
            "Because of {artists}, {count} play.", "Because of {artists}, {count} plays.", count
        )
    else:
        sentence = _near_otherwise().get(how) or _("Near to {artists}.")
    return evidence(sentence, artists=joined or names[0], count=format_number(count))


def _near_otherwise() -> dict[str, str]:
    """Sentences without a figure, by what the person has to do with those who lead there."""
    return {
        "named": _("Near to {artists}, whom you named."),
        "ranked": _("Near to {artists}, of those whom you play most."),
        "albums": _("Near to {artists}, whose albums you play."),
        "saved": _("Near to {artists}, whose albums you saved."),
        "wanted": _("Near to {artists}, whose records you want."),
        "kept": _("Near to {artists}, whose records you keep."),
        "more": _("Near to {artists}, of whom you asked for more."),
        "listed": _("Near to {artists}, on this list."),
    }


def _rank(cause: Mapping[str, Any]) -> SafeString:
    return evidence(_("Among your most played albums, number {rank}."), rank=cause.get("rank", ""))


def _saved(cause: Mapping[str, Any]) -> str:
    whole = cause.get("rank") == 1
    return _("You saved this album.") if whole else _("You saved tracks of this album.")


def _artist_rank(cause: Mapping[str, Any]) -> SafeString:
    return evidence(
        _("{artist} is number {rank} of your artists."),
        artist=cause.get("artist", ""),
        rank=cause.get("rank", ""),
    )


def _of_plays(cause: Mapping[str, Any]) -> SafeString:
    count = int(cause.get("count") or 0)
    text = _played(count, str(cause.get("period", "")))
    return _plays(cause, evidence(text, count=format_number(count)))


def _of_artist(cause: Mapping[str, Any]) -> SafeString:
    count, artist = int(cause.get("count") or 0), str(cause.get("artist", ""))
    text = _played_artist(count, str(cause.get("period", "")))
    return _plays(cause, evidence(text, artist=artist, count=format_number(count)))


def _owned(cause: Mapping[str, Any]) -> SafeString:
    count = int(cause.get("count") or 0)
    text = ngettext(
        "{count} record of {artist} is on your shelf.",
        "{count} records of {artist} are on your shelf.",
        count,
    )
    return evidence(text, count=format_number(count), artist=cause.get("artist", ""))


def _artist_albums(cause: Mapping[str, Any]) -> SafeString:
    count, artist = int(cause.get("count") or 0), cause.get("artist", "")
    if not count:
        return evidence(_("You play albums of {artist}."), artist=artist)
    text = ngettext(
        "You played albums of {artist} {count} time.",
        "You played albums of {artist} {count} times.",
        count,
    )
    return evidence(text, artist=artist, count=format_number(count))


def _artist_listed(cause: Mapping[str, Any]) -> SafeString:
    count = int(cause.get("count") or 0)
    text = ngettext(
        "{artist} is on this list, with {count} track.",
        "{artist} is on this list, with {count} tracks.",
        count,
    )
    return evidence(text, artist=cause.get("artist", ""), count=format_number(count))


def _genre(cause: Mapping[str, Any]) -> SafeString:
    percent = format_number(round(100 * float(cause.get("share") or 0)))
    text = _("{genre} makes up {percent}% of what you love.")
    return evidence(text, genre=cause.get("genre", ""), percent=percent)


def _have(cause: Mapping[str, Any]) -> SafeString | str:
    titles = [str(title) for title in cause.get("albums", []) if title]
    if not titles:
        return ""
    if titles[1:]:
        text = _("Because you have {first} and {second}.")
        return evidence(text, first=titles[0], second=titles[1])
    return evidence(_("Because you have {first}."), first=titles[0])


def _shelves(cause: Mapping[str, Any]) -> SafeString:
    count, shared = int(cause.get("count") or 0), int(cause.get("shared") or 0)
    text = _("On the shelves of {count} people who share up to {shared} of your records.")
    return evidence(text, count=format_number(count), shared=format_number(shared))


def _pressing(cause: Mapping[str, Any]) -> SafeString:
    told = (country_words(cause.get("country") or ""), cause.get("label"))
    where = ", ".join(str(part) for part in told if part)
    if where:
        return evidence(_("Pressed again in {year}: {where}."), year=cause["year"], where=where)
    return evidence(_("Pressed again in {year}."), year=cause["year"])


def _first(cause: Mapping[str, Any]) -> SafeString | str:
    text = {
        "listeners": _("Of {artist}, the one that most people here play."),
        "collectors": _("Of {artist}, the one that most collectors have or want."),
        "pressings": _("Of {artist}, the one that was pressed most often."),
    }.get(str(cause.get("by")))
    return evidence(text, artist=cause.get("artist", "")) if text else ""


def _in_content(cause: Mapping[str, Any]) -> SafeString | str:
    """What brought an album near by tags, and by sound where both were measured."""
    named = [str(one) for one in (*cause.get("albums", ()), *cause.get("artists", ())) if one]
    if not named:
        return ""
    if cause.get("heard"):
        return evidence(_("Near in sound and style to {title}."), title=named[0])
    return evidence(_("Near in style to {title}."), title=named[0])


# How each kind of cause is told. A source of candidates enters the words of its own kinds here.
WORDS: dict[str, Callable[[Mapping[str, Any]], SafeString | str]] = {
    "plays": _of_plays,
    "artist": _of_artist,
    "rank": _rank,
    "saved": _saved,
    "artist_rank": _artist_rank,
    "seed": lambda cause: evidence(_("You named {artist}."), artist=cause.get("artist", "")),
    # Of lists that were made before wants, keeps and the rest were told apart.
    "wished": lambda cause: evidence(
        _("You want or keep records of {artist}."), artist=cause.get("artist", "")
    ),
    "artist_albums": _artist_albums,
    "artist_saved": lambda cause: evidence(
        _("You saved albums of {artist}."), artist=cause.get("artist", "")
    ),
    "artist_wanted": lambda cause: evidence(
        _("You want records of {artist}."), artist=cause.get("artist", "")
    ),
    "artist_kept": lambda cause: evidence(
        _("You keep records of {artist}."), artist=cause.get("artist", "")
    ),
    "artist_more": lambda cause: evidence(
        _("You asked for more like {artist}."), artist=cause.get("artist", "")
    ),
    "artist_listed": _artist_listed,
    "artist_start": lambda cause: evidence(
        _("It is by {artist} as well."), artist=cause.get("artist", "")
    ),
    "genre": _genre,
    "start": lambda cause: evidence(_("Starting from {title}."), title=cause.get("title", "")),
    "listed": lambda _cause: _("Tracks of it are on your list."),
    "near": _near,
    "owned": _owned,
    "have": _have,
    "shelves": _shelves,
    "pressing": _pressing,
    "first": _first,
    "content": _in_content,
}


def sentence(cause: Mapping[str, Any]) -> SafeString | str:
    """One cause as a sentence, its evidence in bold; "" for a kind that is not known."""
    told = WORDS.get(str(cause.get("kind")))
    return told(cause) if told else ""


def sentences(
    causes: Iterable[Mapping[str, Any]], *, most: int = 3, kept: bool = False
) -> tuple[str, ...]:
    """The first causes as sentences, strongest first; never empty. `kept`: the person keeps it."""
    told = [text for cause in causes if (text := sentence(cause))][:most]
    if told:
        return tuple(told)
    return (_("You keep it on your list.") if kept else _("It is near to what you like."),)


def bare(text: str) -> str:
    """A sentence of :func:`sentence` without its markup, which is bold alone."""
    return unescape(text.replace("<b>", "").replace("</b>", ""))


def plain(causes: Iterable[Mapping[str, Any]], kinds: Iterable[str]) -> str:
    """The first cause of these kinds without markup, for the parts of a score; "" without.

    It ends with what made more or nothing of the figures: a favourite's listening counts more,
    that of a single track not at all.
    """
    wanted = frozenset(kinds)
    for cause in causes:
        text = sentence(cause) if cause.get("kind") in wanted else ""
        if text:
            return " ".join([bare(text), *_weighed(cause)])
    return ""


def _weighed(cause: Mapping[str, Any]) -> list[str]:
    """What the figures of a cause were weighed by, each a plain sentence."""
    found = []
    if cause.get("favourite"):
        share = format_number(Decimal(str(FAVOURITE_FACTOR)), 1)
        found.append(_("Times {share}, as the artist is a favourite.").format(share=share))
    if "tracks" in cause:
        found.append(_("Only one of its tracks, which counts nothing."))
    elif "measure" in cause:
        found.append(_measured(int(cause["measure"]), int(cause.get("measured_of") or 0)))
    if "fresh" in cause:
        percent = format_number(round(100 * float(cause["fresh"])))
        found.append(_("Read long ago, so it counts {percent}%.").format(percent=percent))
    return [*found, *_shares(cause)]


def _measured(plays: int, place: int) -> str:
    """For how many plays most of the points are, and whose plays those are: of the album at this
    place of the most played, or the most or least that anybody's points are measured by."""
    if plays >= MOST_MEASURE:
        text = _("45 points are for {count} plays, the most that is asked of anybody.")
    elif plays <= LEAST_MEASURE:
        text = _("45 points are for {count} plays, the least that is asked of anybody.")
    elif place == MEASURE_PLACE:
        text = _("45 points are for {count} plays, as of your tenth most played album.")
    else:
        text = _("45 points are for {count} plays.")
    return text.format(count=format_number(plays))


def _shares(cause: Mapping[str, Any]) -> list[str]:
    """Who gave how much, as the model's own sum says, of what the five strongest gave."""
    shares = [float(one) for one in cause.get("shares", ())]
    names = [str(name) for name in cause.get("artists", ())]
    if not shares or len(shares) != len(names):
        return []
    percents = (format_number(round(100 * share)) for share in shares)
    told = (
        _("{name} {percent}%").format(name=name, percent=percent)
        for name, percent in zip(names, percents, strict=True)
    )
    return [_("Of what spoke for it most: {shares}.").format(shares=", ".join(told))]


def dismissal_reasons() -> tuple[tuple[str, str], ...]:
    """Why somebody may dismiss an album: (value of Dismissal.Reason, words on its button)."""
    return (
        ("", _("This album only")),
        ("artist", _("Not this artist")),
        ("owned", _("Already have it")),
        ("price", _("Too dear")),
        ("taste", _("Not my taste")),
    )


def kept_after_all(title: str, artist: str, reason: str) -> str:
    """What is said where keeping an album took its dismissal back: `reason` is the value of
    Dismissal.Reason that this was for."""
    if reason == "artist":
        said = _("{title} was dismissed. Now you keep it, and {artist} may come again.")
    else:
        said = _("{title} was dismissed. Now you keep it.")
    return said.format(title=title, artist=artist)


def price_sentence(money: str, pressing: str, delivered: bool) -> SafeString:
    """What the best price is, and of which pressing: "€18.00 delivered, 2014 EU reissue, NM."."""
    text = _("{money} delivered") if delivered else _("{money} without shipping")
    told = evidence(text, money=money)
    return format_html("{}, {}.", told, pressing) if pressing else format_html("{}.", told)


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
