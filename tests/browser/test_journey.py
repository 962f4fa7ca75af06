"""Whole journeys through the running site, with its workers and the sandbox behind it."""

import re
import secrets

import pytest
from playwright.sync_api import Locator, Page, Route, expect

WORK = 60_000  # a worker's work, on a busy machine with two cores
CARDS = "#cards [data-card]"


def sign_up(page: Page) -> None:
    """Make an account by the form, as a person does; every call makes another one."""
    page.goto("/account/signup/")
    page.locator("main input[name=email]").fill(f"{secrets.token_hex(6)}@journey.test")
    page.locator("main input[name=password1]").fill(secrets.token_urlsafe(18))
    page.locator("form:has(input[name=password1]) button[type=submit]").click()
    page.wait_for_url(lambda url: "/account/signup" not in url, timeout=WORK)


def bring_lastfm(page: Page, name: str) -> Locator:
    """Ask for the listening of this Last.fm name; returns the section, with its strip."""
    page.goto("/start/")
    section = page.locator("#lastfm")
    section.locator("input[name=username]").fill(name)
    section.get_by_role("button", name="Add").click()
    return section


def open_unbrought_album(page: Page) -> None:
    """Open the first recommended album whose pressings nobody brought yet."""
    page.goto("/records/")
    expect(page.locator(CARDS).first).to_be_visible(timeout=WORK)
    links = page.locator(f"{CARDS} a[data-row-link]")
    addresses = [link.get_attribute("href") for link in links.all()]
    for address in addresses:
        page.goto(str(address))
        if page.get_by_role("button", name="Bring every pressing").count():
            return
    pytest.fail("every recommended album has its pressings already")


def test_three_artists_show_records_without_an_account(browser_page: Page) -> None:
    page = browser_page
    page.goto("/try/")
    fields = page.locator("main input[list=seed-options]")
    for number, name in enumerate(("Can", "Neu!", "Joy Division")):
        fields.nth(number).fill(name)
    page.get_by_role("button", name="Show albums").click()
    cards = page.locator("#tried [data-card]")
    expect(cards.nth(2)).to_be_visible(timeout=WORK)
    expect(cards.first.locator("a[data-row-link]")).not_to_be_empty()
    expect(page.get_by_role("link", name="Sign up and keep them")).to_be_visible()


def test_listening_becomes_records_and_a_dismissed_one_comes_back(browser_page: Page) -> None:
    page = browser_page
    sign_up(page)
    section = bring_lastfm(page, "lena_breaks")
    expect(section.locator(".job, .st", has_text=re.compile(r"\S")).first).to_be_visible()
    page.evaluate("window.sameDocument = true")
    expect(section.locator(".st").first).to_contain_text("Read today", timeout=WORK)
    expect(section).to_contain_text(re.compile(r"As lena_breaks\. [\d,.]+ plays"))
    assert page.evaluate("window.sameDocument"), "the strip ended by a reload, not live"

    page.goto("/records/")
    cards = page.locator(CARDS)
    expect(cards.nth(9)).to_be_visible(timeout=WORK)
    for reason in page.locator(f"{CARDS} .why").all():
        expect(reason).not_to_be_empty()
    expect(page.locator("#cards .first .causes p").first).not_to_be_empty()

    card = cards.nth(1)
    address = card.locator("a[data-row-link]").get_attribute("href")
    link = page.locator(f'{CARDS} a[data-row-link][href="{address}"]')
    card.get_by_role("button", name="Dismiss").click()
    expect(link).to_have_count(0)
    page.locator("#toasts [data-undo]").click()
    expect(link).to_have_count(1)


def test_a_card_dismissed_while_the_list_is_made_again_stays_away(demo_page: Page) -> None:
    page = demo_page
    page.goto("/records/")
    cards = page.locator(CARDS)
    expect(cards.nth(3)).to_be_visible(timeout=WORK)
    card = cards.nth(2)
    address = card.locator("a[data-row-link]").get_attribute("href")
    link = page.locator(f'{CARDS} a[data-row-link][href="{address}"]')
    held: list[Route] = []
    page.route("**/dismiss/", lambda route: held.append(route))
    with page.expect_request("**/dismiss/"):
        card.get_by_role("button", name="Dismiss").click()

    page.get_by_role("button", name="Make again").click()
    expect(page.locator("#making .job .st")).to_be_visible(timeout=WORK)  # it is made
    with page.expect_request("**/records/"):  # and asked for now, not before
        held[0].continue_()
    expect(page.get_by_role("button", name="Make again")).to_be_visible()
    expect(link).to_have_count(0)
    page.locator("#toasts [data-undo]").click()
    expect(link).to_have_count(1)


def test_an_album_gets_every_pressing_and_a_price(demo_page: Page) -> None:
    page = demo_page
    open_unbrought_album(page)
    page.get_by_role("button", name="Bring every pressing").click()
    expect(page.get_by_role("button", name="Bring every pressing")).to_have_count(0)
    count = page.locator("#press .press-head [role=status]")
    expect(page.locator("#pressings .sync")).to_have_count(0, timeout=WORK)
    expect(count).to_have_text(re.compile(r"^\s*(\d+)\s+of\s+\1\s+pressings?\s*$"), timeout=WORK)
    shown = int(count.locator("b").inner_text())
    expect(page.locator("#press tbody tr:not(.grp)")).to_have_count(shown)

    ask = page.locator("#prices .ask-form button")
    if ask.count():
        ask.click()
    answered = page.locator("#prices .prov:not([aria-busy]) .offers .money")
    expect(answered.first).to_be_visible(timeout=WORK)
