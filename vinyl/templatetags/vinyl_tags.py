"""Template tags of the whole site: money, times, numbers, icons, grades, score rings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from typing import Any

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol
from django import template
from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from vinyl import stamping
from vinyl.look import Arc, FilterField, Score, ScorePart, score_arcs
from vinyl.money import Money, minor_units

register = template.Library()

# Languages that write the currency before the number; all others write it after.
SIGN_BEFORE = frozenset({"en"})
# Languages that leave four-digit numbers ungrouped (CLDR's minimumGroupingDigits = 2).
UNGROUPED_BELOW_10000 = frozenset({"es"})
SIZES = {"l": " money-l", "m": " money-m", "s": "", "": ""}

_STROKES = {
    "search": '<circle cx="7.5" cy="7.5" r="5.5"/><path d="M12 12l5 5"/>',
    "close": '<path d="M4 4l10 10M14 4L4 14"/>',
    "left": '<path d="M11 3L5 9l6 6"/>',
    "right": '<path d="M7 3l6 6-6 6"/>',
    "up": '<path d="M3 11l6-6 6 6"/>',
    "down": '<path d="M3 7l6 6 6-6"/>',
}
ICONS = {
    name: f'<svg class="icon" viewBox="0 0 18 18" fill="none" stroke="currentColor" '
    f'stroke-width="1.6" aria-hidden="true">{strokes}</svg>'
    for name, strokes in _STROKES.items()
}


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _locale() -> Locale:
    return _locale_of(_language())


@cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(language)


def format_number(value: Decimal | int | float, decimals: int | None = None) -> str:
    """A number in the page's language; ``decimals`` fixes how many are written."""
    if decimals is None and isinstance(value, int) and -1000 < value < 1000:
        return str(value)  # the same everywhere, and lists have thousands of them
    pattern = (
        "#,##0.###" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    )
    small = -10000 < value < 10000
    language = _language()
    group = not (small and language in UNGROUPED_BELOW_10000)
    return _written(value, pattern, language, group)


@lru_cache(maxsize=4096)
def _written(value: Decimal | int | float, pattern: str, language: str, group: bool) -> str:
    """Equal numbers are written alike, and a page repeats many: the library takes its time."""
    locale = _locale_of(language)
    return format_decimal(value, format=pattern, locale=locale, group_separator=group)


@cache
def _sign(currency: str, language: str) -> str:
    return get_currency_symbol(currency, locale=_locale_of(language))


def money_parts(money: Money) -> tuple[str, str, bool]:
    """(number, sign, sign comes first) of an amount, in the page's language."""
    number = format_number(money.rounded().amount, minor_units(money.currency))
    language = _language()
    return number, _sign(money.currency, language), language in SIGN_BEFORE


def _gap(sign: str) -> str:
    """A sign of letters ("CHF") stands apart from its number, a symbol does not."""
    return "\N{NO-BREAK SPACE}" if sign[-1:].isalpha() else ""


@register.simple_tag(name="money")
def money_tag(money: Money | str | None, size: str = "s", extra: str = "") -> str:
    """``{% money tag.money "m" %}``: the amount, its currency small. Sizes l (38), m (19), s (16).

    Nothing is written for None: an unknown amount must not look like zero.
    """
    if not isinstance(money, Money):
        return money or ""  # the mark of an amount that is filled in later
    number, sign, before = money_parts(money)
    classes = escape(f"money{SIZES[size]}{' ' + extra if extra else ''}")
    if before:
        inside = f"<i>{escape(sign)}{_gap(sign)}</i>{number}"
    else:
        inside = f'{number}<i class="post">\N{NO-BREAK SPACE}{escape(sign)}</i>'
    # Digits and what stands between them; lists have hundreds, and format_html takes its time.
    return mark_safe(f'<span class="{classes}">{inside}</span>')  # noqa: S308


@register.simple_tag
def money_text(money: Money | None) -> str:
    """The amount as plain text, for sentences and labels: ``€26.40`` or ``26,40 €``."""
    if money is None:
        return ""
    number, sign, before = money_parts(money)
    if before:
        return sign + _gap(sign) + number
    return f"{number}\N{NO-BREAK SPACE}{sign}"


@register.filter
def number(value: Any, decimals: int | None = None) -> str:
    """``{{ album.have|number }}``: thousands and decimals as the language writes them."""
    if value is None or value == "":
        return ""
    return format_number(
        value if isinstance(value, int | float | Decimal) else Decimal(str(value)), decimals
    )


@register.simple_tag
def ago(moment: datetime | str | None) -> str:
    """How long ago, in the shortest true words: "now", "2 min ago", "3 h ago", "5 days ago"."""
    if moment is None or isinstance(moment, str):
        return moment or ""  # the mark of a time that is filled in later
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    if seconds < 60:
        return pgettext("time", "now")
    if seconds < 3600:
        return _("%(count)s min ago") % {"count": seconds // 60}
    if seconds < 86400:
        return _("%(count)s h ago") % {"count": seconds // 3600}
    days = seconds // 86400
    if days < 60:
        return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}
    return format_date(timezone.localtime(moment), "d MMMM yyyy", locale=_locale())


@register.simple_tag
def nearest_day(moment: datetime | None) -> str:
    """A time by its day: "today at 8:12", "yesterday at 8:12", "19 November 2024"."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localtime()
    clock = clock_time(moment)
    days = (today.date() - local.date()).days
    if days == 0:
        return _("today at %(time)s") % {"time": clock}
    if days == 1:
        return _("yesterday at %(time)s") % {"time": clock}
    if days == -1:
        return _("tomorrow at %(time)s") % {"time": clock}
    same_year = local.year == today.year
    if _language() == "es":
        pattern = "d 'de' MMMM" if same_year else "d 'de' MMMM 'de' yyyy"
    else:
        pattern = "d MMMM" if same_year else "d MMMM yyyy"
    return format_date(local, pattern, locale=_locale())


@register.filter
def short_day(moment: date | None) -> str:
    """A day in few letters, as the language writes it: "9 Mar 2019", "9 mar 2019"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return format_date(local, "d MMM yyyy", locale=_locale())


@register.filter
def short_time(moment: datetime | None) -> str:
    """A time in few letters: "9 Mar 2019 8:12"."""
    return "" if moment is None else f"{short_day(moment)} {clock_time(moment)}"


@register.filter
def clock_time(moment: datetime | None) -> str:
    """The time of day, 24 hours without a leading zero: "8:05"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local.hour}:{local.minute:02d}"


def clock_time_and_day(moment: datetime) -> str:
    """The time of day, with its date where that is not today: "8:05", "23 Nov 2026 8:05"."""
    is_today = timezone.localtime(moment).date() == timezone.localdate()
    return clock_time(moment) if is_today else short_time(moment)


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of the few drawings that look.md allows; unknown names raise KeyError."""
    return mark_safe(ICONS[name])  # noqa: S308 - constants of this file


_GRADE = re.compile(r"\(([A-Z]+\+?)(?: or [^)]*)?\)\s*$")


def grade_code(grade: str) -> str:
    """The short form of a grade: "Very Good Plus (VG+)" and "VG+" both give "VG+"."""
    found = _GRADE.search(grade or "")
    if found:
        return found.group(1)
    return "NM" if grade == "M-" else (grade or "").strip()


def grade_name(code: str) -> str:
    """The grade in words, in the page's language; the code itself where it is not a grade."""
    names = {
        "M": _("Mint: as new, perhaps never played"),
        "NM": _("Near mint: almost no sign of use"),
        "VG+": _("Very good plus: light marks that don’t sound"),
        "VG": _("Very good: marks you hear in quiet places"),
        "G+": _("Good plus: plays through, with noise"),
        "G": _("Good: worn, plays through"),
        "F": _("Fair: may skip"),
        "P": _("Poor: hardly playable"),
    }
    return names.get(code, code)


@register.simple_tag
def grade_chip(grade: str | None) -> str:
    """``{% grade_chip offer.grade %}``: the outlined chip, its meaning as title."""
    if not grade:
        return ""
    code = grade_code(grade)
    return format_html('<span class="chip" title="{}">{}</span>', grade_name(code), code)


@register.simple_tag
def ring_arcs(score: Score) -> list[Arc]:
    """``{% ring_arcs score as arcs %}``: the arcs of a score ring as SVG attributes."""
    return score_arcs(score.parts)


@register.filter
def percent(part: ScorePart) -> str:
    """How far a part's bar is filled, 0 to 100, as an SVG width."""
    return f"{round(part.earned * 100)}"


@register.filter
def points(value: Decimal | None) -> str:
    """Points of a score without decimals; a dash in words where they are not known."""
    return _("not known") if value is None else f"{round(value)}"


_KEPT: dict[Any, SafeString] = {}
# More would be somebody's texts among the values: those belong into the fills.
MOST_KEPT = 1000
# Some kilobytes each.
MOST_RECALLED = 2000


@register.simple_tag(takes_context=True)
def kept(context: template.Context, part: str, **values: Any) -> SafeString:
    """``{% kept "frame/_nav.html" here=view fill_wants=nav.wants %}``: a part that says the same to
    everybody, drawn once in a process for each language and for each of the values, of which there
    are few. It sees those values alone, no request and no person; what is somebody's own has a name
    that begins with `fill_`, is written as text where it stands, and is never kept."""
    fills = _fills_among(values)
    key = (part, get_language(), *values.items())
    drawn = _KEPT.get(key)
    if drawn is None:
        drawn = _drawn(_engine(context), part, get_language(), (*values.items(), *_marks(fills)))
        if not settings.DEBUG and len(_KEPT) < MOST_KEPT:
            _KEPT[key] = drawn
    return _filled(drawn, fills)


@register.simple_tag(takes_context=True)
def recalled(context: template.Context, part: str, **values: Any) -> SafeString:
    """``{% recalled "components/_offer.html" offer=offer fill_csrf=csrf_token %}``: as `kept`, for
    parts that are drawn again soon with the same values, of which there are many: those that were
    not wanted for longest are forgotten."""
    fills = _fills_among(values)
    told = (_engine(context), part, get_language(), (*values.items(), *_marks(fills)))
    if settings.DEBUG or not _stands(told):
        return _filled(_drawn(*told), fills)
    return _filled(_recall(*told), fills)


def _stands(told: Any) -> bool:
    """Whether these values never change, so that something can be found by them."""
    try:
        hash(told)
    except TypeError:
        return False
    return True


def _engine(context: template.Context) -> Any:
    assert context.template is not None  # tags are drawn by templates only
    return context.template.engine


def _fills_among(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values.pop(name) for name in tuple(values) if name.startswith("fill_")}


def _marks(fills: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What stands for the fills in what is kept."""
    return ((name, stamping.mark(name)) for name in fills)


def _drawn(
    engine: Any, part: str, language: str | None, values: tuple[tuple[str, Any], ...]
) -> SafeString:
    """The part in the active language, which is named to tell what is kept apart."""
    drawn: SafeString = engine.get_template(part).render(template.Context(dict(values)))
    return drawn


_recall = lru_cache(maxsize=MOST_RECALLED)(_drawn)


def _filled(drawn: SafeString, fills: Mapping[str, Any]) -> SafeString:
    text = str(drawn)
    for name, mark in _marks(fills):
        if mark in text:  # else nobody asks what it is
            text = text.replace(mark, conditional_escape(fills[name]))
    return mark_safe(text)  # noqa: S308 - templates, and texts escaped here


@receiver(setting_changed)
def _forget_kept(**_changed: Any) -> None:
    _KEPT.clear()
    _recall.cache_clear()


@register.simple_tag
def options(field: FilterField) -> SafeString:
    """``{% options field %}``: what can be chosen in a select. A famous album has hundreds of
    years, countries and labels, and the template engine takes its time with each."""
    return mark_safe(  # noqa: S308 - escaped here
        "".join(
            f'<option value="{escape(str(value))}"{" selected" if value == field.value else ""}>'
            f"{escape(str(label))}</option>"
            for value, label in field.options
        )
    )


@register.simple_tag(takes_context=True)
def stamped(
    context: template.Context, rows: Sequence[stamping.Row], name: str, part: str
) -> SafeString:
    """``{% stamped group.rows "row" "pricing/_pressing_row.html" %}``: each row as that template
    draws it under that name, the template being used once for each shape of row. Of the page it
    sees `album.id`, `list_name`, `csrf_token` and ``request.user.is_authenticated``, and nothing
    else: what was drawn is kept for other pages."""
    template_of = _engine(context).get_template
    user = getattr(context.get("request"), "user", None)
    page = stamping.Page(
        signed_in=user is not None and user.is_authenticated,
        list_name=context.get("list_name") or "",
        album_id=getattr(context.get("album"), "id", None),
        token=str(context.get("csrf_token", "")),
    )

    def draw(blank: Any) -> str:
        return str(template_of(part).render(template.Context({**page.seen(), name: blank})))

    return stamping.stamp(rows, part, page, draw)


@register.simple_tag(takes_context=True)
def current(context: template.Context, *names: str) -> SafeString:
    """``{% current "pricing:wants" %}``: marks the link of the page that is shown."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if match is not None and match.view_name in names:
        return mark_safe(' aria-current="page"')  # noqa: S308
    return mark_safe("")  # noqa: S308


@register.simple_tag
def demo_login() -> tuple[str, str] | None:
    """(e-mail, password) of the demo listener; None outside the sandbox."""
    return (settings.DEMO_EMAIL, settings.DEMO_PASSWORD) if settings.SANDBOX else None
