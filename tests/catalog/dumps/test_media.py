"""Which records of a file are stored, by what their formats say, however they are written."""

import pytest

from catalog.models import Release, ReleaseFormat
from tests.catalog.dumps.runs import load, load_damaged
from tests.catalog.dumps.sample import release, write
from tests.catalog.dumps.shapes import CD, FULL, NO_VINYL, VINYL, VINYL_TOO, without_vinyl

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("compiler", ["cc", ""])
def test_a_record_is_kept_for_what_its_formats_mean_and_left_out_for_nothing_else(
    tmp_path, settings, compiler
):
    settings.DUMP_COMPILER = compiler
    for month in ("A", "B"):
        kept = [
            release(number, title=month).replace(VINYL, written)
            for number, written in enumerate(VINYL_TOO.values(), 1)
        ]
        others = [without_vinyl(number, which) for number, which in enumerate(NO_VINYL, 50)]

        said = load(write(tmp_path, "releases", [*kept, *others, release(90, formats=CD)]))

        stored = dict(Release.objects.values_list("discogs_id", "title"))
        assert stored == dict.fromkeys(range(1, len(kept) + 1), month)
        assert f"not on a medium that is collected here: {len(others) + 1}\n" in said
        assert "skipped" not in said
    assert set(Release.objects.values_list("medium", flat=True)) == {"vinyl"}
    assert ReleaseFormat.objects.filter(name="Vinyl").count() == len(kept)


@pytest.mark.parametrize("compiler", ["cc", ""])
@pytest.mark.parametrize("lost", ["<companies>", '<format name="CD" qty="1" text="">', "<formats>"])
def test_a_pressing_is_never_stored_without_what_a_lost_tag_hides(
    tmp_path, settings, compiler, lost
):
    settings.DUMP_COMPILER = compiler
    path = write(tmp_path, "releases", [release(1), FULL.replace(lost, ""), release(8)])
    for _first_and_later in range(2):
        said, error = load_damaged(path)

        assert sorted(Release.objects.values_list("discogs_id", flat=True)) == [1, 8]
        assert "1 of its records cannot be read (the first: 7)" in error
        assert "not on a medium" not in said
