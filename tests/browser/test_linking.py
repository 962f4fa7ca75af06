"""Linking an account over the service's own consent page, in a real browser, and back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.test_journey import WORK, sign_up
from tests.fixtures_site import Site

# Between two tries of a person whom a busy service sent away. Discogs counts over a minute.
TRIES = 4


def ask_to_link(page: Page, label: str, consent: str) -> None:
    """Press the button until the consent page is there. What the demo and the tests before this
    one asked may have spent the minute's calls: then the page says when, and so it is done."""
    page.goto("/start/")
    page.get_by_role("button", name=f"Link {label}").click()
    yes = page.get_by_role("button", name=consent)
    for _ in range(TRIES):
        expect(yes.or_(page.locator("time[data-again]"))).to_be_visible(timeout=WORK)
        if yes.is_visible():
            return
        press_again(page)
    expect(yes).to_be_visible(timeout=WORK)


def press_again(page: Page) -> None:
    """The page of a busy service: wait for the time that it names, and press its button."""
    when = page.locator("time[data-again]").get_attribute("datetime")
    page.wait_for_function("at => Date.now() >= Date.parse(at)", arg=when, timeout=2 * WORK)
    page.locator("#main .btn-main").click()


@pytest.mark.parametrize(
    ("service", "label", "consent"),
    [("discogs", "Discogs", "Authorise"), ("spotify", "Spotify", "Agree")],
)
def test_an_account_is_linked_and_read_at_once(
    browser_page: Page,
    complaints: Complaints,
    site: Site,
    service: str,
    label: str,
    consent: str,
) -> None:
    complaints.expect("503 (Service Unavailable)")  # the page that says "later"
    page = browser_page
    sign_up(page)
    ask_to_link(page, label, consent)
    assert page.url.startswith(site.sandbox_url)
    page.locator("input[name=person][value=lena_breaks]").check()
    page.get_by_role("button", name=consent).click()
    section = page.locator(f"#{service}")
    for _ in range(TRIES):
        expect(section.or_(page.locator("time[data-again]"))).to_be_visible(timeout=WORK)
        if section.is_visible():
            break
        press_again(page)
    assert page.url == f"{site.url}/start/#{service}"
    expect(page.locator(".notes")).to_contain_text(f"{label} is linked")
    # Reading began by itself, and its end arrives without a reload.
    page.evaluate("window.sameDocument = true")
    # The strip inside has a state of its own, which says "done" a moment before the section does.
    expect(section.locator(":scope > .st")).to_contain_text("Read today", timeout=2 * WORK)
    expect(section).to_contain_text(re.compile(r"As \S"))
    assert page.evaluate("window.sameDocument")
