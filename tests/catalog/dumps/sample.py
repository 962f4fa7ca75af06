"""Small dump files, written as Discogs writes them."""

import gzip
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

ARTIST = "<artist><id>{id}</id><name>{name}</name></artist>"


def release(
    id,
    *,
    title="Stockholm",
    artists=((1, "The Persuader"),),
    labels=(("Svek", "SK032", 5),),
    formats=(("Vinyl", 2, "180g", ('12"', "33 ⅓ RPM")),),
    master=1660109,
    country="Sweden",
    released="1999-03-00",
    tracks=(("A", "Östermalm", "4:45"),),
    identifiers=(("Barcode", "5 016958 03297 2"), ("Matrix / Runout", "SK032-A MPO")),
    notes="",
    genres=("Electronic",),
    styles=("Deep House",),
):
    """One `<release>` element in the shape of 2026."""
    return (
        f'<release id="{id}"><artists>'
        + "".join(ARTIST.format(id=one, name=escape(name)) for one, name in artists)
        + f"</artists><title>{escape(title)}</title><labels>"
        + "".join(
            f'<label name={quoteattr(name)} catno={quoteattr(catno)} id="{one}"/>'
            for name, catno, one in labels
        )
        + "</labels><formats>"
        + "".join(
            f'<format name={quoteattr(name)} qty="{quantity}" text={quoteattr(text)}>'
            "<descriptions>"
            + "".join(f"<description>{escape(one)}</description>" for one in descriptions)
            + "</descriptions></format>"
            for name, quantity, text, descriptions in formats
        )
        + "</formats><genres>"
        + "".join(f"<genre>{escape(one)}</genre>" for one in genres)
        + "</genres><styles>"
        + "".join(f"<style>{escape(one)}</style>" for one in styles)
        + "</styles>"
        f"<country>{country}</country><released>{released}</released>"
        + (f"<notes>{escape(notes)}</notes>" if notes else "")
        + "<data_quality>Correct</data_quality>"
        f'<master_id is_main_release="true">{master or 0}</master_id><tracklist>'
        + "".join(
            f"<track><position>{position}</position><title>{escape(title)}</title>"
            f"<duration>{duration}</duration></track>"
            for position, title, duration in tracks
        )
        + "</tracklist><identifiers>"
        + "".join(
            f"<identifier type={quoteattr(kind)}"
            + (f" description={quoteattr(more[0])}" if more and more[0] else "")
            + f" value={quoteattr(value)}/>"
            for kind, value, *more in identifiers
        )
        + "</identifiers></release>"
    )


def write(folder: Path, kind: str, records, *, cut=None, month="20261101") -> Path:
    """A .xml.gz file with these records; `cut` keeps only that many bytes of it."""
    path = folder / f"discogs_{month}_{kind}.xml.gz"
    body = f"<{kind}>\n" + "\n".join(records) + f"\n</{kind}>\n"
    packed = gzip.compress(body.encode())
    path.write_bytes(packed[:cut] if cut else packed)
    return path
