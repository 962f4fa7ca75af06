"""Curators' lists at five million pressings: nothing is counted, all goes through an index."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.admin.quick import COUNT_UP_TO, MOST_PAGES, QuickPaginator
from catalog.dumps.records import IdentifierLine, LabelLine
from catalog.models import (
    Album,
    Artist,
    ArtistName,
    Correction,
    Cover,
    DumpImport,
    ExternalId,
    Label,
    MatchReview,
    MergeRecord,
    Release,
    ReleaseIdentifier,
    ReleaseLabel,
    SearchEntry,
    SimilarArtist,
)
from catalog.queries import find_pressings, search
from catalog.services.index import index_albums, index_artists
from catalog.services.merging import merge_artists
from catalog.services.printed import Printed, store_printed
from tests.catalog.curating import filled_in
from tests.factories import (
    make_album,
    make_artist,
    make_person,
    make_release,
    make_similar,
    merge_of,
)

pytestmark = pytest.mark.django_db

MODELS = (
    Artist, Album, Release, Label, SimilarArtist, MatchReview, MergeRecord, DumpImport, Cover,
    Correction,
)  # fmt: skip
# A row a file or a service: reading all of it costs nothing.
SMALL = ("catalog_dumpimport", "django_", "auth_", "accounts_user")


@pytest.fixture
def curator():
    return make_person(is_staff=True, is_superuser=True)


@pytest.fixture
def desk(client, curator):
    client.force_login(curator)
    return client


@pytest.fixture
def rows():
    """One of each."""
    artist = make_artist("Low")
    other = make_artist("Lou Reed")
    make_similar(artist, other)
    album = make_album("Secret Name", artist=artist)
    index_artists([artist, other])
    index_albums([album])
    release = make_release(album, barcode="5016958032972")
    ExternalId.objects.create(kind="artist", source="discogs", value="77", entity_id=artist.pk)
    ArtistName.objects.create(artist=artist, name="L.O.W.", normalised="l o w")
    label = Label.objects.create(discogs_id=5, name="Kranky", normalised="kranky")
    Cover.objects.create(album=album)
    DumpImport.objects.create(
        kind="releases", file_name="x.gz", sha256="0", chunk_bytes=1, counts={"read": 3}
    )
    MatchReview.objects.create(
        kind="artist", left_id=min(artist.pk, other.pk), right_id=max(artist.pk, other.pk),
        confidence="0.5",
    )  # fmt: skip
    return {"artist": artist, "album": album, "release": release, "label": label}


@pytest.fixture
def large(rows):
    """PostgreSQL takes every table of the catalogue for one of five million rows, but for the one
    with a row a file."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = 5000000 WHERE relkind = 'r'"
            " AND relname LIKE 'catalog%%' AND relname <> 'catalog_dumpimport'"
        )


def listing(model):
    return reverse(f"admin:catalog_{model._meta.model_name}_changelist")


def plans(captured):
    """(statement, its nodes) for every read of the catalogue, as PostgreSQL plans it on a table
    that is too large to be read whole."""
    found = []
    with connection.cursor() as cursor:
        # What is left of these has no other way: on a few rows they would be the cheaper one.
        for way in ("seqscan", "sort", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        for query in captured:
            sql = query["sql"]
            if not sql.startswith("SELECT") or '"catalog_' not in sql or "reltuples" in sql:
                continue
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            answer = cursor.fetchone()[0]
            plan = json.loads(answer) if isinstance(answer, str) else answer
            found.append((sql, list(nodes(plan[0]["Plan"]))))
        for way in ("seqscan", "sort", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = on")
    return found


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def whole_reads(captured):
    """Statements that read a large table from end to end."""
    bad = []
    for sql, found in plans(captured):
        for node in found:
            table = node.get("Relation Name", "")
            if table.startswith(SMALL):
                continue
            scans = node["Node Type"] == "Seq Scan"
            # An index that is read whole, with a condition beside it, is a scan in disguise.
            walks = (
                node["Node Type"] in ("Index Scan", "Index Only Scan")
                and "Index Cond" not in node
                and "Filter" in node
            )
            if scans or walks:
                bad.append((node["Node Type"], table, sql))
    return bad


def sorts_of_many(captured):
    return [
        sql
        for sql, found in plans(captured)
        if any(node["Node Type"] in ("Sort", "Incremental Sort") for node in found)
        and " IN (" not in sql  # the few rows that were found by their ids
        and '"verdict" =' not in sql
    ]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_reads_the_newest_rows_by_index(desk, large, model):
    with CaptureQueriesContext(connection) as captured:
        answer = desk.get(listing(model))
    assert answer.status_code == 200

    assert whole_reads(captured) == []
    assert sorts_of_many(captured) == []
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert counts == [] or model is DumpImport
    assert all("LIMIT 50" in sql for sql, _plan in plans(captured)) or model is DumpImport


@pytest.mark.parametrize(
    "term", ["low", "77", "7, 1077", "5016958032972", "SRK 1", "Ünder % _ 'x'", "9" * 30]
)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_search_asks_indexes_only(desk, large, model, term):
    with CaptureQueriesContext(connection) as captured:
        answer = desk.get(listing(model), {"q": term})
    assert answer.status_code == 200

    assert whole_reads(captured) == []


def test_the_check_itself_sees_a_whole_read(rows):
    with CaptureQueriesContext(connection) as captured:
        list(Release.objects.filter(title__icontains="secret"))
        list(Album.objects.filter(artist_line="Low").order_by("pk"))
        list(Album.objects.order_by("title")[:10])

    assert len(whole_reads(captured)) == 3 and len(sorts_of_many(captured)) == 2


@pytest.mark.parametrize(
    ("model", "term"),
    [
        (Artist, "lo"), (Artist, "Low"), (Artist, "77"), (Artist, "L.O.W."),
        (Artist, "https://www.discogs.com/artist/77-Low"), (Album, "secret"),
        (Release, "5016958032972"), (Release, "5016958"), (Release, "secret name"),
        (Album, "Low"), (Album, "L.O.W."), (Release, "low"),
        (Label, "Kranky"), (Label, "rank"), (Label, "5"), (SimilarArtist, "low"),
    ],
)  # fmt: skip
def test_a_search_finds_by_number_id_and_beginning(desk, rows, model, term):
    found = desk.get(listing(model), {"q": term}).context["cl"].result_list

    key = model._meta.model_name
    if model is SimilarArtist:
        assert [edge.artist_id for edge in found] == [rows["artist"].pk]
    else:
        assert rows[key] in list(found)


@pytest.mark.parametrize("between", [", ", " ", ","])
@pytest.mark.parametrize(
    ("model", "make"), [(Artist, make_artist), (Album, make_album)], ids=("artists", "albums")
)
def test_two_of_different_names_stand_in_one_list_by_their_numbers_and_are_merged(
    desk, model, make, between
):
    one, other = make("Prince"), make("The Artist")
    page = desk.get(listing(model), {"q": f"{other.pk}{between}{one.pk}{between}"})
    assert list(page.context["cl"].result_list) == [other, one]
    assert "several numbers" in page.text and f">{one.pk}<" in page.text

    chosen = {"action": "merge_chosen", "_selected_action": [one.pk, other.pk]}
    desk.post(listing(model) + f"?q={one.pk}+{other.pk}", chosen)
    assert {one.pk, other.pk} == {*MergeRecord.objects.values_list("from_id", "into_id").get()}


def test_words_and_numbers_mixed_are_no_list_of_numbers(desk, rows):
    album = make_album("7 and 3", artist=rows["artist"])
    index_albums([album])
    found = desk.get(listing(Album), {"q": "7 and"}).context["cl"].result_list
    assert list(found) == [album]


def test_the_pressing_with_exactly_this_number_stands_first(desk, rows):
    meant = make_release(rows["album"], discogs_id=78)
    numbered = make_release(rows["album"], catalogue_number="78")
    others = [make_release(rows["album"], catalogue_number=f"78{n:03}") for n in range(60)]
    page = desk.get(listing(Release), {"q": "78"})
    found = list(page.context["cl"].result_list)
    assert found[:2] == [meant, numbered]
    assert set(found[2:]) < set(others)


def test_a_large_table_is_estimated_and_its_far_pages_are_not_offered(large):
    with CaptureQueriesContext(connection) as captured:
        pages = QuickPaginator(Release.objects.order_by("-id"), 50)
        assert (pages.count, pages.num_pages) == (5_000_000, MOST_PAGES)

    assert not any("COUNT(" in query["sql"] for query in captured)


def test_a_search_with_many_hits_is_counted_no_further_than_needed(desk, rows, curator):
    with CaptureQueriesContext(connection) as captured:
        desk.get(listing(Artist), {"q": "l"})
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert counts and all(f"LIMIT {COUNT_UP_TO}" in sql for sql in counts)


def test_every_model_of_the_catalogue_that_curators_need_is_there(desk):
    html = desk.get(reverse("admin:index")).content.decode()
    for model in MODELS:
        assert listing(model) in html
        assert not admin.site._registry[model].has_delete_permission(None)


@pytest.mark.parametrize("model", (Artist, Album, Release, Label), ids=lambda model: model.__name__)
def test_one_row_is_shown_and_saved(desk, rows, model):
    row = rows[model._meta.model_name]
    genres = ["Folk, World, & Country", "Rock"]
    if model is not Label:
        model.objects.update(genres=genres)
    address = reverse(f"admin:catalog_{model._meta.model_name}_change", args=[row.pk])
    answer = desk.get(address)
    assert answer.status_code == 200

    shown = answer.context
    posted = filled_in(shown["adminform"].form, shown["inline_admin_formsets"])
    field = "name" if "name" in posted else "title"
    answer = desk.post(address, posted | {field: "Renamed, The"})

    assert answer.status_code == 302, answer.context["errors"]
    row.refresh_from_db()
    assert getattr(row, field) == "Renamed, The"
    assert getattr(row, "genres", genres) == genres
    if model in (Artist, Album):
        entries = SearchEntry.objects.filter(entity_id=row.pk, kind=model._meta.model_name)
        assert any("renamed" in key for key in entries.values_list("normalised", flat=True))
        assert "renamed" in row.normalised


def test_a_correction_of_numbers_reaches_finder_search_page_and_log(desk, rows):
    release = rows["release"]
    old = {"label": release.label, "catno": release.catalogue_number, "barcode": release.barcode}
    store_printed(
        {release.pk: Printed(
            (LabelLine(old["label"], old["catno"], 8), LabelLine("Fontana", "FON 7", 9)),
            (),
            (IdentifierLine("Barcode", old["barcode"], ""), IdentifierLine("Matrix", "A1", "")),
        )},
        in_full=True,
    )  # fmt: skip
    address = reverse("admin:catalog_release_change", args=[release.pk])
    posted = filled_in(desk.get(address).context["adminform"].form)
    new = {"catalogue_number": "ZQX 777", "barcode": "8 412345 678905", "label": "Second Groove"}
    assert desk.post(address, posted | new).status_code == 302

    for typed in ("ZQX777", "8412345678905"):
        assert [one.release.pk for one in find_pressings(typed).candidates] == [release.pk]
        assert [one.release_id for one in search(typed).numbers] == [release.pk]
    for typed in (old["catno"], old["barcode"]):
        assert not find_pressings(typed).candidates
    labels = ReleaseLabel.objects.filter(release_id=release.pk).order_by("position")
    assert list(labels.values_list("name", "catno", "label_discogs_id")) == [
        ("Second Groove", "ZQX 777", None), ("Fontana", "FON 7", 9),
    ]  # fmt: skip
    release.refresh_from_db()
    assert (release.catalogue_number, release.barcode) == ("ZQX 777", "8412345678905")
    page = desk.get(reverse("pricing:release", args=[release.pk])).text
    assert "ZQX 777" in page and old["catno"] not in page and old["barcode"] not in page
    kept = LogEntry.objects.latest("pk").get_change_message()
    assert f"{old['catno']} → ZQX 777" in kept and f"{old['barcode']} → 8" in kept

    none = {"barcode": "", "label": "", "catalogue_number": ""}
    assert desk.post(address, posted | new | none).status_code == 302
    numbers = ReleaseIdentifier.objects.filter(release_id=release.pk)
    assert list(numbers.values_list("kind", flat=True)) == ["Matrix"]
    # What stood behind it is the first one now.
    release.refresh_from_db()
    assert (release.label, release.catalogue_number, release.barcode) == ("Fontana", "FON 7", "")


def test_labels_that_no_dump_brought_have_rows_and_are_found_by_a_piece(desk, rows):
    lines = (LabelLine("Second Groove", "SG 1", None), LabelLine("Night Records", "N 1", 61))
    for _again in range(2):
        store_printed({rows["release"].pk: Printed(lines)}, in_full=True)
    for piece, name in (("groove", "Second Groove"), ("ight rec", "Night Records")):
        found = desk.get(listing(Label), {"q": piece}).context["cl"].result_list
        assert [label.name for label in found] == [name]
    assert Label.objects.filter(discogs_id__in=(61,)).exists()
    assert Label.objects.filter(name="Second Groove").count() == 1
    # Its number is told later: it is still one label.
    known = (LabelLine("Second Groove", "SG 1", 62), LabelLine("second groove", "SG 2", None))
    store_printed({rows["release"].pk: Printed(known)}, in_full=True)
    assert Label.objects.get(normalised="second groove").discogs_id == 62


def test_chosen_rows_are_merged_and_split_again_with_names_in_the_trail(desk, curator, rows):
    one, other = make_artist("Low"), rows["artist"]
    answer = desk.post(
        listing(Artist),
        {"action": "merge_chosen", "_selected_action": [one.pk, other.pk]},
        follow=True,
    )
    assert "merged into Low" in answer.content.decode()
    one.refresh_from_db()
    record = merge_of("artist", one.pk)
    assert (one.merged_into_id, record.done_by) == (other.pk, curator)

    answer = desk.post(
        listing(MergeRecord),
        {"action": "split_chosen", "_selected_action": [record.pk]},
        follow=True,
    )
    assert "1 merge was undone" in answer.content.decode()
    one.refresh_from_db()
    assert one.merged_into_id is None


def test_one_row_alone_is_not_merged_and_various_never(desk, rows):
    various = make_artist("Various", is_placeholder=True)
    for chosen in ([rows["artist"].pk], [rows["artist"].pk, various.pk]):
        desk.post(listing(Artist), {"action": "merge_chosen", "_selected_action": chosen})
    assert not MergeRecord.objects.exists()


def test_who_may_only_look_can_neither_merge_nor_split(client, rows):
    guest = make_person(is_staff=True)
    guest.user_permissions.set(
        Permission.objects.filter(codename__in=("view_artist", "view_mergerecord"))
    )
    client.force_login(guest)
    one = make_artist("Low")
    chosen = {"_selected_action": [one.pk, rows["artist"].pk]}
    client.post(listing(Artist), {"action": "merge_chosen", **chosen})
    assert not MergeRecord.objects.exists()
    merge_artists([one.pk], rows["artist"])
    record = MergeRecord.objects.get()
    client.post(listing(MergeRecord), {"action": "split_chosen", "_selected_action": [record.pk]})
    record.refresh_from_db()
    assert record.undone_at is None


def test_a_dump_that_was_read_tells_its_counts(desk, rows):
    DumpImport.objects.update(finished_at=datetime(2026, 11, 1, tzinfo=UTC))
    html = desk.get(listing(DumpImport)).content.decode()
    assert re.search(r"read 3", html) and "x.gz" in html
    assert "damaged" not in html.split("</thead>")[1]


def test_a_dump_with_damaged_records_tells_how_many_and_what_to_do(desk, rows):
    counts = {"read": 9, "skipped: no XML: expected '>'": 2, "skipped: no id": 1, "plan": {}}
    told = "x.gz is damaged: 3 of its records cannot be read (the first: 2, 17)."
    DumpImport.objects.update(state="damaged", counts=counts, error=told)
    assert "read 9, damaged 3" in desk.get(listing(DumpImport)).content.decode()
    run = reverse("admin:catalog_dumpimport_change", args=[DumpImport.objects.get().pk])
    assert told in desk.get(run).content.decode()
