"""One record read with a real XML parser: slow, right, and the measure of the fast way. Pure."""

from __future__ import annotations

from typing import Any

from lxml import etree

from catalog.dumps.records import (
    NO_ID,
    NO_XML,
    NOT_ACCEPTED,
    BadRecord,
    Credit,
    DumpArtist,
    DumpLabel,
    DumpMaster,
    DumpRelease,
    FormatLine,
    IdentifierLine,
    LabelLine,
    artist_line,
    company,
    quantity_of,
    track,
    year_of,
)

Element = Any
# Making one takes longer than most records.
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    huge_tree=True,
    # A text goes on behind them.
    remove_comments=True,
    remove_pis=True,
)
# The parser's errors about what stands between tags; all others are about tags.
_SIGNS = frozenset(
    (
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.ERR_INVALID_CHARREF,
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING,
        etree.ErrorTypes.ERR_UNDECLARED_ENTITY,
        etree.ErrorTypes.ERR_MISPLACED_CDATA_END,
    )
)
_OF_SIGNS = "a sign or a reference that XML does not know"
_OF_TAGS = "tags that are broken or do not pair"


def read_release(record: bytes) -> DumpRelease:
    """A `<release>` element. BadRecord when it is no XML, has no number, or is marked as one that
    Discogs has not accepted."""
    root = _root(record)
    if (status := root.get("status")) in NOT_ACCEPTED:
        raise BadRecord(f"marked as {status}")
    master = root.find("master_id")
    master_id = _int(master.text) if master is not None else None
    return DumpRelease(
        id=_needed(root.get("id")),
        title=_text(root, "title"),
        artists=_credits(root.find("artists")),
        labels=tuple(
            LabelLine(one.get("name") or "", one.get("catno") or "", _int(one.get("id")))
            for one in root.iterfind("labels/label")
        ),
        formats=tuple(
            FormatLine(
                (one.get("name") or "").strip(" "),
                quantity_of(one.get("qty") or ""),
                one.get("text") or "",
                tuple(line.text or "" for line in one.iterfind("descriptions/description")),
            )
            for one in root.iterfind("formats/format")
        ),
        genres=_texts(root, "genres/genre"),
        styles=_texts(root, "styles/style"),
        country=_text(root, "country"),
        released=_text(root, "released"),
        master_id=master_id or None,
        is_main=master is not None and master.get("is_main_release") == "true",
        tracks=[_track(one) for one in root.iterfind("tracklist/track")],
        identifiers=tuple(
            IdentifierLine(
                one.get("type") or "", one.get("value") or "", one.get("description") or ""
            )
            for one in root.iterfind("identifiers/identifier")
        ),
        companies=[
            company(
                _int(one.findtext("id")), _text(one, "name"), _text(one, "catno"),
                _text(one, "entity_type_name"),
            )
            for one in root.iterfind("companies/company")
        ],
    )  # fmt: skip


def read_master(record: bytes) -> DumpMaster:
    root = _root(record)
    return DumpMaster(
        id=_needed(root.get("id")),
        main_release=_int(root.findtext("main_release")),
        title=_text(root, "title"),
        artists=_credits(root.find("artists")),
        genres=_texts(root, "genres/genre"),
        styles=_texts(root, "styles/style"),
        year=year_of(_text(root, "year")),
    )


def read_artist(record: bytes) -> DumpArtist:
    root = _root(record)
    return DumpArtist(
        id=_needed(root.findtext("id")),
        name=_text(root, "name"),
        variations=_texts(root, "namevariations/name"),
    )


def read_label(record: bytes) -> DumpLabel:
    root = _root(record)
    parent = root.find("parentLabel")
    return DumpLabel(
        id=_needed(root.findtext("id")),
        name=_text(root, "name"),
        parent_id=_int(parent.get("id")) if parent is not None else None,
    )


def _root(record: bytes) -> Element:
    try:
        return etree.fromstring(record, _PARSER)
    except etree.XMLSyntaxError as error:
        # Few reasons: told with the place in its record, each would stand in a line of its own.
        why = _OF_SIGNS if error.code in _SIGNS else _OF_TAGS
        raise BadRecord(f"{NO_XML}: {why}") from None


def _credits(parent: Element) -> tuple[Credit, ...]:
    if parent is None:
        return ()
    return tuple(
        Credit(_int(one.findtext("id")), _text(one, "name"), _text(one, "anv"), _text(one, "join"))
        for one in parent.iterfind("artist")
    )


def _track(element: Element) -> dict[str, Any]:
    more: dict[str, Any] = {}
    credits = _credits(element.find("artists"))
    if credits:
        more["artist"] = artist_line(credits)
    parts = [_track(one) for one in element.iterfind("sub_tracks/track")]
    if parts:
        more["parts"] = parts
    line = track(_text(element, "position"), _text(element, "title"), _text(element, "duration"))
    if parts:
        line["kind"] = "index"
    return {**line, **more}


def _text(element: Element, path: str) -> str:
    return element.findtext(path) or ""


def _texts(element: Element, path: str) -> tuple[str, ...]:
    return tuple(one.text for one in element.iterfind(path) if one.text)


def _int(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _needed(text: str | None) -> int:
    number = _int(text)
    if number is None:
        raise BadRecord(NO_ID)
    return number
