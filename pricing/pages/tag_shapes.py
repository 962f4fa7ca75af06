"""Price tags within stamped rows (vinyl.stamping): what a tag's shape is, and its texts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from pricing.tags import PriceTag
from vinyl.money import Money
from vinyl.stamping import mark
from vinyl.templatetags.vinyl_tags import ago, money_tag

# Tags that say how long ago somebody looked.
_AGED = frozenset({"stale", "none"})


def tag_shape(tag: PriceTag | None) -> Hashable:
    """Equal for tags that differ in the texts of `tag_texts` only."""
    if tag is None:
        return None
    return (
        tag.state, tag.money is None, tag.lowest, tag.spent, tag.delivered,
        tag.median_percent is None, bool(tag.release_label), tag.observed_at is None, tag.who,
        tag.next_try, tag.missing, tag.old_rate, tag.asked, tag.least is None,
        tuple((one.delivered, one.missing, one.least is None) for one in tag.beside),
    )  # fmt: skip


def blank_tag(tag: PriceTag | None) -> Any:
    """The tag with marks for its texts."""
    if tag is None:
        return None
    marked: dict[str, Any] = {
        "money": None if tag.money is None else mark("money"),
        "least": None if tag.least is None else mark("least"),
        "median_percent": None if tag.median_percent is None else mark("percent"),
        "release_label": mark("told") if tag.release_label else "",
        "observed_at": None if tag.observed_at is None else mark("age"),
        "beside": tuple(
            replace(
                one,
                label=mark(f"edition{at}"),
                money=mark(f"costs{at}"),  # type: ignore[arg-type]  # a mark for an amount
                least=None if one.least is None else mark(f"from{at}"),  # type: ignore[arg-type]  # as above
            )
            for at, one in enumerate(tag.beside)
        ),
    }
    return replace(tag, **marked)


def tag_texts(tag: PriceTag | None) -> dict[str, str]:
    """The texts by the names of their marks."""
    if tag is None:
        return {}
    found = {
        "money": money_tag(tag.money, "m") if isinstance(tag.money, Money) else "",
        "least": money_tag(tag.least) if isinstance(tag.least, Money) else "",
        "percent": str(tag.median_percent),
        "told": tag.release_label,
        "age": ago(tag.observed_at) if tag.state in _AGED else "",
    }
    for at, one in enumerate(tag.beside):
        found[f"edition{at}"] = one.label
        found[f"costs{at}"] = money_tag(one.money)
        found[f"from{at}"] = money_tag(one.least) if isinstance(one.least, Money) else ""
    return found
