"""The button and the parts that wait for answers, over HTTP."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from pricing import queries, services
from pricing.models import PriceAsk, Shop
from pricing.viewer import viewer_for
from tests.factories import make_album, make_person, make_release
from tests.pricing.helpers import known_album, run_asks
from vinyl.jobs.models import Job
from vinyl.jobs.queries import fill

HTMX = {"HX-Request": "true"}


@pytest.fixture
def person(client, db):
    person = make_person()
    client.force_login(person)
    return person


@pytest.fixture
def album(db):
    return make_album()


def test_the_button_asks_and_its_tag_waits_until_the_price_is_there(client, sandbox, person):
    album = known_album(pressings=2)
    ask, tag = (
        reverse("pricing:ask_album", args=[album.pk]),
        reverse("pricing:tag", args=[album.pk]),
    )
    waiting = client.post(ask, headers=HTMX)
    assert waiting.status_code == 200
    assert b'aria-busy="true"' in waiting.content
    assert tag.encode() in waiting.content
    run_asks()
    there = client.get(tag, headers=HTMX)
    assert b"aria-busy" not in there.content
    assert b'class="money' in there.content


def test_blocks_say_who_is_asked_and_then_what_came(client, sandbox, person):
    album = known_album(pressings=2)
    ask = reverse("pricing:ask_album", args=[album.pk])
    asked = client.post(f"{ask}?part=blocks", headers=HTMX).content.decode()
    jobs = Job.objects.values_list("pk", flat=True)
    assert all(f"news:{pk}" in asked for pk in jobs)
    assert re.search(r"/live/\?topics=[\w:,]+&amp;drawn=\d{13}\"", asked)
    assert asked.index("Discogs") < asked.index("eBay") < asked.index("Shops")
    run_asks()
    told = client.get(reverse("pricing:album_prices", args=[album.pk])).content.decode()
    assert "Data provided by Discogs." in told
    assert "/sell/list?master_id=" in told
    assert f"{sandbox.url}/shops/marilians/?q=Can+Tago+Mago" in told
    one = client.get(reverse("pricing:block", args=[album.pk, "ebay"])).content.decode()
    assert "eBay" in one
    assert "Discogs" not in one


def test_without_script_the_button_leads_back_to_the_album(client, person, album):
    answer = client.post(reverse("pricing:ask_album", args=[album.pk]))
    assert (answer.status_code, answer["Location"]) == (302, album.get_absolute_url())
    assert PriceAsk.objects.filter(album=album, state="asking").count() == 2


def test_one_pressing_is_asked_for_from_its_row(client, person, album):
    release = make_release(album)
    address = reverse("pricing:ask_release", args=[album.pk, release.pk])
    answer = client.post(address, headers=HTMX)
    assert b'aria-busy="true"' in answer.content
    assert set(PriceAsk.objects.values_list("release_id", flat=True)) == {release.pk}
    elsewhere = make_album("Other", "Somebody Else")
    wrong = reverse("pricing:ask_release", args=[elsewhere.pk, release.pk])
    assert client.post(wrong).status_code == 404


def test_anonymous_people_are_sent_to_sign_in_and_nothing_is_asked(client, album):
    ask = reverse("pricing:ask_album", args=[album.pk])
    answer = client.post(ask)
    assert answer["Location"].startswith(reverse("account_login"))
    assert client.post(ask, headers=HTMX)["HX-Redirect"].startswith(reverse("account_login"))
    for name in ("album_prices", "tag"):
        answer = client.get(reverse(f"pricing:{name}", args=[album.pk]))
        assert answer["Location"].startswith(reverse("account_login"))
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["ask_album", "album_prices", "tag"])
def test_an_unknown_album_is_404(client, person, name):
    address = reverse(f"pricing:{name}", args=[10**9])
    answer = client.post(address) if name == "ask_album" else client.get(address)
    assert answer.status_code == 404


def test_asking_by_get_is_refused(client, person, album):
    assert client.get(reverse("pricing:ask_album", args=[album.pk])).status_code == 405


def test_a_strangers_question_stays_theirs(client, person, album):
    client.post(reverse("pricing:ask_album", args=[album.pk]), headers=HTMX)
    job = Job.objects.first()
    client.force_login(make_person())
    assert client.get(reverse("jobs:job", args=[job.pk])).status_code == 404


def test_shops_are_rows_and_only_confirmed_ones_are_linked(person, album):
    names = [name for name, _url in queries.shops_for(album)]
    own = [name for name in names if not name.startswith("Amazon")]
    assert own == ["Marilians", "Bajo el Volcán", "Bora Bora", "Revolver"]
    off = set(Shop.objects.filter(enabled=False).values_list("name", flat=True))
    assert off == {"Todocolección", "Wallapop", "Vinted", "Fnac"}


@pytest.mark.parametrize("count", [1, 3])
def test_blocks_take_two_queries(person, django_assert_num_queries, count):
    album = make_album()
    for _number in range(count):
        make_release(album)
    viewer = viewer_for(person)
    with django_assert_num_queries(2):
        blocks = queries.provider_blocks(album.pk, viewer)
    assert [block.key for block in blocks] == ["discogs", "ebay", "shops"]


def test_who_is_not_signed_in_reads_the_prices_and_waits_for_none(client, album):
    person = make_person()
    services.ask_prices(person, album_id=album.pk)
    seen = client.get(album.get_absolute_url()).content.decode()
    assert 'aria-busy="true"' in seen
    assert reverse("pricing:block", args=[album.pk, "ebay"]) not in seen
    assert reverse("pricing:ask_album", args=[album.pk]) not in seen


def test_an_answer_tells_the_other_parts_of_the_page(client, sandbox, person):
    album = known_album(pressings=1)
    client.post(reverse("pricing:ask_album", args=[album.pk]), headers=HTMX)
    block = reverse("pricing:block", args=[album.pk, "discogs"])
    assert "HX-Trigger" not in client.get(block, headers=HTMX)
    run_asks()
    assert client.get(block, headers=HTMX)["HX-Trigger"] == "prices-arrived"
    page = client.get(album.get_absolute_url()).content.decode()
    assert page.count("prices-arrived from:body") == 1  # the page is fetched again once, not twice
    fetched = re.search(
        r'hx-select-oob="([^"]*)"[^>]*', page[page.index("prices-arrived") - 300 :]
    )[1]
    parts = {"#best", "#press", "#history"}
    assert parts <= set(fetched.split(",")) and 'class="chart"' in page  # the chart is drawn anew
    assert all(f'id="{part[1:]}"' in page for part in parts)


def test_a_block_keeps_listening_until_its_answer_is_whole(client, sandbox, person):
    album = known_album(pressings=1)
    page = client.post(
        reverse("pricing:ask_album", args=[album.pk]) + "?part=blocks", headers=HTMX
    ).content.decode()
    job = Job.objects.get(payload__provider="discogs")
    # Only what is inside is replaced meanwhile, and no event is swallowed for another.
    assert 'hx-swap="innerHTML' in page
    assert f'hx-trigger="sse:news-{job.pk}, every 4s"' in page
    address = reverse("pricing:block", args=[album.pk, "discogs"])
    assert "HX-Reswap" not in client.get(address, headers=HTMX)
    run_asks()
    whole = client.get(address, headers=HTMX)
    assert whole["HX-Reswap"] == "outerHTML"
    assert b"hx-trigger" not in whole.content


def test_a_block_of_a_merged_album_is_that_of_the_one_it_became(client, person):
    kept = make_album("Tago Mago")
    gone = make_album("Tago Mago (Remastered)", merged_into=kept)
    services.ask_prices(person, album_id=kept.pk)
    found = client.get(reverse("pricing:block", args=[gone.pk, "discogs"]), headers=HTMX)
    assert reverse("pricing:block", args=[kept.pk, "discogs"]) in found.content.decode()
    nowhere = reverse("pricing:block", args=[kept.pk + gone.pk, "discogs"])
    assert client.get(nowhere, headers=HTMX).status_code == 404


def test_a_price_that_brings_the_pressings_draws_their_whole_part(client, person, album):
    """What was said of bringing them goes, and their filters come."""
    before = client.get(album.get_absolute_url()).content.decode()
    assert 'hx-select-oob="#pressings,#facts,#best' in before
    assert ',#history"' in before
    make_release(album)
    after = client.get(album.get_absolute_url()).content.decode()
    assert 'hx-select-oob="#press,#bring,#facts,#best' in after
    assert 'id="bring"' in after and 'id="facts"' in after


def test_the_words_of_a_finished_ask_are_in_the_readers_language(client, sandbox, person):
    """A worker speaks nobody's language: the name of the source is kept as words to translate."""
    album = known_album(pressings=1)
    client.post(reverse("pricing:ask_album", args=[album.pk]), headers=HTMX)
    run_asks()
    done = [job.message_params for job in Job.objects.exclude(message_id="")]
    assert {"say": "eBay"} in [params.get("source") for params in done]
    with translation.override("es"):
        said = fill("Offers from %(source)s: %(found)s", {"source": {"say": "Shops"}, "found": 2})
    assert said == "Ofertas de Tiendas: 2"
