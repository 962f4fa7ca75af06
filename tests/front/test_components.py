"""Shared page parts: each state has a look of its own, and none looks like zero."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation

from vinyl import examples
from vinyl.examples import ExampleTag
from vinyl.look import Card, CardUrls, FilterField, Score
from vinyl.money import Money

EUR = Money(Decimal("17.90"), "EUR")
ALBUM = SimpleNamespace(id=7, title="Ege Bamyasi")
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "circle", "rect", "path", "use"}


class Balance(HTMLParser):
    """Finds tags that are never closed, or closed in the wrong order."""

    def __init__(self):
        super().__init__()
        self.open, self.faults = [], []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> says an attribute twice")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> out of order")


def part(name, language="en", **context):
    request = RequestFactory().get("/records/?genre=jazz&page=2")
    with translation.override(language):
        html = render_to_string(f"components/{name}", context, request=request)
    check = Balance()
    check.feed(html)
    assert check.faults == [] and check.open == [], html
    return html


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def test_a_known_price_has_no_sticker():
    html = part("_price_tag.html", tag=ExampleTag("known", EUR, None, "2012 EU reissue", True))
    assert words(html) == "€ 17.90 2012 EU reissue, delivered"
    assert "stk" not in html


def test_a_price_well_under_its_median_is_yellow():
    html = part("_price_tag.html", tag=ExampleTag("under_median", EUR, 31, "2020 EU reissue", True))
    assert '<span class="stk">' in html
    assert "31% under median" in html


def test_the_lowest_price_of_a_page_is_yellow_too():
    assert "stk" in part("_price_tag.html", tag=ExampleTag("known", EUR, lowest=True))


def test_a_page_may_spend_no_more_stickers():
    tag = ExampleTag("under_median", EUR, 31, lowest=True)
    assert "stk" not in part("_price_tag.html", tag=tag, no_sticker=True)


def test_a_price_without_shipping_says_so_and_is_never_yellow():
    html = part("_price_tag.html", tag=ExampleTag("no_shipping", EUR, lowest=True, delivered=True))
    assert words(html) == "€ 17.90 + shipping?"
    assert "stk" not in html


def test_a_price_that_leaves_the_border_open_says_so():
    html = part("_price_tag.html", tag=ExampleTag("no_shipping", EUR, missing="both"))
    assert words(html) == "€ 17.90 + shipping, import?"


def test_asking_is_busy_and_fetches_itself_again():
    html = part(
        "_price_tag.html",
        tag=ExampleTag("asking", who="Discogs and eBay"),
        tag_id="tag-7",
        tag_url="/prices/7/",
        listen="sse:job-3, every 5s",
    )
    assert 'aria-busy="true"' in html
    assert 'hx-get="/prices/7/" hx-trigger="sse:job-3, every 5s"' in html
    assert words(html) == "Asking Discogs and eBay"


def test_a_price_that_stands_while_somebody_is_asked_says_both_and_fetches_itself_again():
    html = part(
        "_price_tag.html",
        tag=ExampleTag("known", EUR, asked="eBay", delivered=True),
        tag_id="tag-7",
        tag_url="/prices/7/",
    )
    assert 'aria-busy="true"' in html
    assert 'hx-get="/prices/7/" hx-trigger="every 3s"' in html
    assert words(html) == "€ 17.90 Delivered Asking eBay"


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (None, "Get the price Not priced yet"),
        (ExampleTag("not_asked"), "Get the price Not priced yet"),
        (ExampleTag("down", who="Discogs"), "Try again Discogs is not answering"),
        (ExampleTag("none"), "None for sale Look again"),
    ],
)
def test_a_state_without_a_price_shows_no_figure_and_one_thing_to_do(tag, said):
    html = part("_price_tag.html", tag=tag, ask_url="/ask/7/")
    assert words(html) == said
    assert "money" not in html
    assert html.count('method="post" action="/ask/7/"') == 1
    assert "csrfmiddlewaretoken" in html


def test_a_stale_price_is_faint_with_its_age():
    tag = ExampleTag("stale", EUR, observed_at=timezone.now() - timedelta(days=5))
    html = part("_price_tag.html", tag=tag, ask_url="/ask/7/")
    assert 'class="tag stale"' in html
    assert words(html) == "€ 17.90 Ask again Asked 5 days ago"


def test_next_try_is_said_where_it_is_known():
    tag = ExampleTag(
        "down", who="Discogs", next_try=timezone.localtime().replace(hour=14, minute=5)
    )
    assert "Next try at 14:05" in part("_price_tag.html", tag=tag)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "state", [tag for _, tag in examples.example_tags()], ids=lambda t: t.state
)
def test_every_price_tag_is_whole_in_both_languages(state, language):
    assert words(part("_price_tag.html", language, tag=state, ask_url="/ask/7/"))


@pytest.mark.parametrize("index", range(4))
def test_every_provider_block_is_whole(index):
    with translation.override("en"):
        _, block = examples.example_blocks()[index]
    html = part("_provider_block.html", block=block, block_id="ebay")
    assert ('aria-busy="true"' in html) == (block.state == "asking")
    assert block.note in html


def test_what_a_seller_wrote_is_escaped():
    block = examples.ExampleBlock(
        "eBay",
        "answered",
        "1",
        offers=[
            SimpleNamespace(
                label="<img src=x onerror=alert(1)>", grade="<b>", detail="&<i>", money=EUR
            )
        ],
    )
    html = part("_provider_block.html", block=block)
    assert "<img" not in html and "<i>" not in html.replace("<i>€</i>", "")


def test_a_score_ring_says_its_number_and_opens_to_sentences():
    html = part("_score_ring.html", score=examples.example_score(), title="Ege Bamyasi")
    assert 'aria-label="91 of 100, the score of Ege Bamyasi: open its parts"' in html
    assert "312 plays in the last year" in html
    assert html.count('class="t" cx=') == html.count('class="f" cx=') == 4


def test_an_unknown_part_of_a_score_says_not_known():
    html = part("_score_ring.html", score=examples.example_score(price=None), title="x")
    assert "not known" in html
    assert "<b>0</b>" not in html
    assert html.count('class="f" cx=') == 3


def test_an_empty_score_draws_no_arcs_and_does_not_fail():
    assert "<circle" not in part("_ring.html", score=Score(Decimal(0), ()))


def card(**changes):
    base = Card(
        album=ALBUM,
        title="Ege Bamyasi",
        artist_line="Can",
        year=1972,
        urls=CardUrls("/albums/7/", "/keep/7/", "/want/7/", "/own/7/", "/dismiss/7/"),
    )
    return replace(base, **changes)


def test_a_kept_card_is_pressed_and_its_label_stays():
    html = part("_acts.html", card=card(kept=True))
    assert re.search(r'aria-pressed="true" data-key="l">Keep<', html)
    assert re.search(r'aria-pressed="false" data-key="w">Want<', html)


def test_actions_without_an_address_are_left_out():
    html = part("_acts.html", card=card(urls=CardUrls("/albums/7/", want="/want/7/")))
    assert words(html) == "Want"


def test_actions_post_with_and_without_script():
    html = part("_acts.html", card=card())
    assert 'formaction="/dismiss/7/" hx-post="/dismiss/7/"' in html
    assert 'method="post"' in html and "csrfmiddlewaretoken" in html


def test_a_sleeve_beside_its_title_is_silent_and_alone_it_speaks():
    beside = part("_sleeve.html", album=ALBUM, href="/albums/7/")
    assert 'alt=""' in beside and 'tabindex="-1"' in beside
    assert 'alt="Sleeve of Ege Bamyasi"' in part("_sleeve.html", album=ALBUM, alone=True)
    assert 'src="/sleeves/7.svg"' in beside


def test_progress_shows_how_far_and_can_be_stopped():
    html = part(
        "_progress.html",
        label="Last.fm",
        percent=62,
        state="running",
        status="3 of 5 periods",
        stop_url="/stop/",
        steps=[("All time", "18,204 plays", "done"), ("1 month", "next", "next")],
    )
    assert 'role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="62"' in html
    assert 'action="/stop/"' in html
    assert '<dd class="wait2">next</dd>' in html


def test_failed_work_says_why_and_can_go_on():
    html = part(
        "_progress.html",
        label="Last.fm",
        state="failed",
        status="Stopped",
        cause="No such name.",
        run_again_url="/again/",
        stop_url="/stop/",
    )
    assert words(html) == "Stopped No such name. Go on from there"
    assert "progressbar" not in html and "/stop/" not in html


def test_a_toast_sent_along_finds_its_own_place():
    html = part(
        "_toast.html",
        text="Tapestry dismissed.",
        undo_url="/undo/3/",
        oob=True,
        undo_fields=[("id", "3")],
    )
    assert html.startswith('<div id="toasts" hx-swap-oob="innerHTML">')
    assert 'action="/undo/3/"' in html and 'name="id" value="3"' in html


def test_a_filter_bar_works_without_script_and_marks_what_is_set():
    fields = [
        FilterField("genre", "Genre", "jazz", (("", "All genres"), ("jazz", "Jazz"))),
        FilterField("q", "Number", "", placeholder="SRK"),
    ]
    html = part("_filter_bar.html", filters=fields, target="#list", hidden=[("tab", "own")])
    assert 'method="get" action="/records/"' in html
    assert '<option value="jazz" selected>' in html
    assert html.count('class="on"') == 1
    assert "<noscript><button" in html and 'hx-push-url="true"' in html
    assert 'name="tab" value="own"' in html


class NameForm(forms.Form):
    name = forms.CharField(label="Your Last.fm name", help_text="As it stands in your profile.")


def test_a_field_names_its_help_and_its_mistake():
    form = NameForm({"name": ""})
    html = part("_field.html", field=form["name"])
    described = re.search(r'aria-describedby="([^"]+)"', html).group(1).split()
    assert described
    assert all(f'id="{name}"' in html for name in described)
    assert 'class="field bad"' in html and 'aria-invalid="true"' in html


def test_pages_keep_the_rest_of_the_address():
    page = Paginator(range(30), 10).page(2)
    html = part("_pagination.html", page=page)
    assert "?genre=jazz&amp;page=1" in html and "?genre=jazz&amp;page=3" in html
    assert "Page 2 of 3" in html
    assert part("_pagination.html", page=Paginator(range(3), 10).page(1)).strip() == ""


def test_status_lights_have_a_shape_and_words():
    html = part(
        "_lights.html", lights=[("eBay", "bad", "Not answering"), ("Discogs", "good", "Well")]
    )
    assert '<span class="dot bad"></span><b>eBay</b><span>Not answering</span>' in html
    assert '<span class="dot"></span>' in html


def test_a_notice_of_a_failure_is_an_alert():
    assert 'role="alert"' in part("_notice.html", text="x", level="error")
    assert "role" not in part("_notice.html", text="x")


def test_an_empty_state_says_what_to_do_next():
    html = part(
        "_empty.html",
        title="No wants yet",
        text="Press Want.",
        url="/start/",
        action="Bring a list",
    )
    assert words(html) == "No wants yet Press Want. Bring a list"
