"""Albums that the sandbox knows, and the workers' part done in the test's own process."""

from catalog.models import ExternalId
from pricing.services import ASK
from sandbox.world import load_world
from tests.factories import make_album, make_release
from vinyl.jobs.services import run_pending_jobs


def known_album(artist="Can", title="Tago Mago", pressings=4):
    """An album that the sandbox knows, with some of its pressings in our catalogue."""
    world = load_world()
    there = world.album_named(artist, title)
    album = make_album(there.title, there.credit, year=there.year)
    ExternalId.objects.create(
        kind="album", source="discogs", value=str(there.master_id), entity_id=album.pk
    )
    official = [p for p in world.versions(there) if p.vinyl and not p.unofficial]
    for one in official[:pressings]:
        make_release(
            album,
            discogs_id=one.id,
            year=one.year,
            country=one.country,
            format=one.format_text,
            barcode=one.barcode,
            have=one.have,
            want=one.want,
        )
    return album


def run_asks():
    """Answer the questions that wait, one after the other."""
    return run_pending_jobs([ASK])
