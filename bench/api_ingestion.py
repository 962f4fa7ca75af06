"""How many calls it takes to bring artists in, against the least that could do.

    python -m bench.api_ingestion [--artists 50] [--tag rock]

Runs the three commands (seed_artists, enrich_albums, sync_releases) on an empty catalogue against
the sandbox with its limits off and our budgets 600 times faster: it is calls that are counted
here, by the sandbox itself, not time. The least is worked out beforehand from the sandbox's own
answers, by this formula:

    ceil(artists / 100)                               the tag's list
    + for each artist
        1                                             who resembles them
        + 1 where the tag tells their MusicBrainz id  the link to Discogs
        + 1 where there is no such link               the search at Discogs
        + ceil(rows / 100)                            their list of albums
        + 1 where the tag told no id (2 without link) the way back to MusicBrainz
        + max(1, ceil(release groups / 100))          kinds of albums
    + for each master in those lists, once
        max(1, ceil(vinyl versions / 100))            every pressing
        + 1 where it has any                          genres, which only the master tells
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from math import ceil
from typing import Any

import requests

from bench.kill import sandbox
from tests import throwaway

SPEED = 600
ALLOWED = 5.0
PAGE = 100


class World:
    """The sandbox asked directly, beside the product and before its counters are set back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "VinilogyBench/1 (+https://vinilogy.test)"

    def lastfm(self, **asked: Any) -> Any:
        from django.conf import settings

        key = settings.LASTFM_API_KEY
        return self._get("lastfm/2.0/", {**asked, "api_key": key, "format": "json"})

    def discogs(self, path: str, **asked: Any) -> Any:
        return self._get(f"discogs/{path}", asked)

    def musicbrainz(self, path: str, **asked: Any) -> Any:
        return self._get(f"musicbrainz/ws/2/{path}", {**asked, "fmt": "json"})

    def _get(self, path: str, asked: dict[str, Any]) -> Any:
        answer = self._session.get(f"{self._url}/{path}", params=asked, timeout=20)
        answer.raise_for_status()
        return answer.json()


def least(world: World, tag: str, count: int) -> Counter[str]:
    """The least calls for this many artists of a tag, by what they are for."""
    calls: Counter[str] = Counter()
    told: list[dict[str, Any]] = []
    while len(told) < count:
        page = world.lastfm(
            method="tag.getTopArtists", tag=tag, limit=min(count, PAGE), page=len(told) // PAGE + 1
        )
        calls["tag's list"] += 1
        told += page["topartists"]["artist"]
        if len(told) >= int(page["topartists"]["@attr"]["total"]):
            break
    masters: dict[int, None] = {}
    for row in told[:count]:
        masters |= dict.fromkeys(_of_artist(world, row, calls))
    for master in masters:
        rows = world.discogs(f"masters/{master}/versions", format="Vinyl", per_page=1)
        pressings = rows["pagination"]["items"]
        calls["pressings"] += max(1, ceil(pressings / PAGE))
        calls["genres of masters"] += pressings > 0
    return calls


def _of_artist(world: World, row: dict[str, Any], calls: Counter[str]) -> list[int]:
    """Counts what one artist takes; the masters in the list of albums."""
    from sandbox.rooms.musicbrainz_shapes import discogs_link
    from sandbox.world import load_world

    there = load_world()
    mbid = row.get("mbid") or ""
    artist = there.artist_by_mbid.get(mbid) or next(
        one for one in there.artists if one.name == row["name"]
    )
    linked = bool(discogs_link(artist))
    calls["who resembles"] += 1
    calls["which artist it is"] += (1 + (not linked)) if mbid else (1 + 1 + (not linked))
    masters: list[int] = []
    page = pages = 1
    while page <= pages:
        rows = world.discogs(f"artists/{artist.discogs_id}/releases", per_page=PAGE, page=page)
        pages = rows["pagination"]["pages"]
        calls["lists of albums"] += 1
        main = (one for one in rows["releases"] if one["role"] == "Main")
        masters += [one["id"] for one in main if one["type"] == "master"]
        page += 1
    groups = world.musicbrainz("release-group", artist=artist.mbid, type="album|ep", limit=1)
    calls["kinds of albums"] += max(1, ceil(groups["release-group-count"] / PAGE))
    return masters


def ingest(tag: str, count: int) -> None:
    from django.core.management import call_command

    call_command("seed_artists", tag=[tag], limit=count)
    call_command("enrich_albums", limit=count)
    call_command("sync_releases", limit=1_000_000)


def report(wanted: Counter[str], counted: dict[str, Any], seconds: float) -> float:
    """Prints both counts; per cent more than the least."""
    total, lowest = counted["total"], sum(wanted.values())
    for what, number in wanted.items():
        print(f"  least  {number:6}  {what}")
    for upstream, number in sorted(counted["by_upstream"].items()):
        print(f"  made   {number:6}  {upstream}")
    more = 100 * (total / lowest - 1)
    print(f"{total} calls, the least is {lowest}: {more:+.1f} % (allowed: +{ALLOWED:.0f} %)")
    refused = sum(n for status, n in counted["by_status"].items() if status[-3:] >= "400")
    print(f"{refused} of them refused or not found; {seconds:.0f} s with all limits off")
    return more


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the calls that an ingestion takes.")
    parser.add_argument("--artists", type=int, default=50)
    parser.add_argument("--tag", default="rock")
    options = parser.parse_args()
    throwaway.start()
    os.environ["DJANGO_SETTINGS_MODULE"] = "vinyl.settings"
    try:
        with sandbox(SPEED) as url:
            os.environ |= {"SANDBOX_URL": url, "BUDGET_SPEED": str(SPEED)}
            import django

            django.setup()
            from django.core.management import call_command

            from catalog.models import Album, Artist, Release
            from catalog.services.coverage import measure_coverage

            call_command("migrate", verbosity=0)
            requests.post(f"{url}/_control/limits", json={"on": False}, timeout=5)
            wanted = least(World(url), options.tag, options.artists)
            requests.delete(f"{url}/_control/counters", timeout=5).raise_for_status()
            began = time.monotonic()
            ingest(options.tag, options.artists)
            counted = requests.get(f"{url}/_control/counters", timeout=10).json()
            seconds = time.monotonic() - began
            read = Artist.objects.filter(albums_synced_at__isnull=False).count()
            print(
                f"\n{read} artists, {Album.objects.count()} albums, "
                f"{Release.objects.count()} pressings; the sandbox's limits are off"
            )
            for share in measure_coverage():
                print(f"{share.key}: {share.percent:.0f} % ({share}), target {share.target} %")
            more = report(wanted, counted, seconds)
    finally:
        throwaway.stop()
    sys.exit(more > ALLOWED)


if __name__ == "__main__":
    main()
