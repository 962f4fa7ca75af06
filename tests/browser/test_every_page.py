"""Every page in a real browser: readable by everybody, at every width, with and without script."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.test_journey import CARDS, WORK, bring_lastfm, sign_up
from tests.fixtures_site import Site

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPEN = (
    "/", "/try/", "/parts/", "/search/?q=talking", "/search/?q=qwxyzzy", "/status/",
    "/account/login/", "/account/signup/", "/account/password/reset/",
    "/privacy/", "/legal/", "/terms/", "album", "artist", "release",
)  # fmt: skip
OWN = (
    "/records/", "/records/?genre=no-such", "/wants/", "/wants/?q=qwxyzzy", "/shelf/", "/start/",
    "/seeds/", "/settings/", "/settings/tokens/new/", "/account/email/",
    "/account/password/change/", "album", "artist", "release",
)  # fmt: skip


# Rows of one kind: the first few stand for all, or axe would look at every pressing's every word.
FEW = """
for (const list of document.querySelectorAll("main :is(ol, ul, tbody, select)"))
  for (const row of [...list.children].slice(6)) row.remove()
"""


# Only what is wrong comes back, and only that is described: a page has thousands of right things.
JUDGE = """
async only => (await axe.run({runOnly: only, resultTypes: ["violations"]})).violations
  .map(v => v.id + ": " + JSON.stringify(v.nodes.slice(0, 3).map(n => n.html.slice(0, 140))))
"""


def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe, which is on the page, finds. A theme changes nothing but colours, so its second
    run asks for those."""
    only = {"type": "rule", "values": ["color-contrast"]} if colours_only else RULES
    found: list[str] = page.evaluate(JUDGE, only)
    return found


def an_album(page: Page) -> str:
    """The address of an album that somebody found by searching."""
    page.goto("/search/?q=the")
    return str(page.locator("main a[href^='/albums/']").first.get_attribute("href"))


def visit(page: Page, address: str, album: str) -> None:
    if address in ("album", "artist", "release"):
        page.goto(album)
    else:
        page.goto(address)
    if address == "artist":
        page.locator("main a[href^='/artists/']").first.click()
        page.wait_for_url("**/artists/**")
    if address == "release":
        page.locator("#press a[href^='/releases/']").first.click()
        page.wait_for_url("**/releases/**")
    if address == "/records/":
        expect(page.locator(CARDS).first).to_be_visible(timeout=WORK)


@pytest.mark.parametrize("whose", ["open", "own"])
def test_every_page_is_accessible_in_both_themes_and_widths_and_fits(
    new_context: Callable[..., BrowserContext], site: Site, whose: str
) -> None:
    page = new_context(color_scheme="light", reduced_motion="reduce").new_page()
    if whose == "own":
        sign_in(page, site.demo_email, site.demo_password)
    album = an_album(page)
    axe = f"{Axe().axe_script}; 0"  # evaluated for what it does, not for what it is
    wrong = []
    for address in OPEN if whose == "open" else OWN:
        visit(page, address, album)
        expect(page.locator("h1").first).to_be_attached()
        page.set_viewport_size({"width": 360, "height": 800})
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if too_wide > 0:
            wrong.append(f"{page.url}: {too_wide} px too wide at 360")
        page.evaluate(FEW)
        page.evaluate(axe)
        # The whole page at once: what the tab bar of phones covers comes out by scrolling.
        high = page.evaluate("document.documentElement.scrollHeight") + 600
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": high})
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                found = violations(page, colours_only=theme == "dark")
                wrong += [f"{page.url} {width} {theme}: {one}" for one in found]
    assert not wrong, "\n" + "\n".join(wrong)


# --- without script -----------------------------------------------------------------------


def test_pages_are_read_and_used_without_script(
    new_context: Callable[..., BrowserContext], site: Site
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    for address, words in (("/", "Vinilogy"), ("/status/", "Discogs"), ("/search/?q=can", "Can")):
        page.goto(address)
        expect(page.locator("h1").first).to_be_visible()
        expect(page.locator("body")).to_contain_text(words)

    page.goto("/try/")
    page.locator("main input[list=seed-options]").first.fill("Can")
    page.get_by_role("button", name="Show albums").click()
    page.wait_for_url("**/try/")
    expect(page.locator("main")).to_contain_text("Can")

    sign_in(page, site.demo_email, site.demo_password)
    page.goto("/records/")
    cards = page.locator(CARDS)
    expect(cards.nth(9)).to_be_attached()
    card = cards.nth(3)
    title = card.locator("a[data-row-link]").inner_text()
    address = card.locator("a[data-row-link]").get_attribute("href")
    link = page.locator(f'{CARDS} a[data-row-link][href="{address}"]')
    here = page.locator(CARDS, has=page.locator(f'a[data-row-link][href="{address}"]'))

    want = here.get_by_role("button", name="Want", exact=True)
    before = want.get_attribute("aria-pressed")
    want.click()
    page.wait_for_url("**/records/")
    assert want.get_attribute("aria-pressed") != before
    want.click()
    assert want.get_attribute("aria-pressed") == before

    here.get_by_role("button", name="Dismiss").click()
    expect(link).to_have_count(0)
    expect(page.locator("[data-toast]")).to_contain_text(f"{title} dismissed")
    page.get_by_role("button", name="Undo").first.click()
    expect(link).to_have_count(1)

    page.goto("/records/?decade=1970")
    years = [text[-4:] for text in page.locator(f"{CARDS} p > .num").all_inner_texts() if text]
    assert years and all(year.startswith("197") for year in years)


def test_an_album_is_narrowed_without_script(
    new_context: Callable[..., BrowserContext], site: Site
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, site.demo_email, site.demo_password)
    page.goto("/shelf/")
    page.locator("#list a[href^='/albums/']").first.click()
    page.wait_for_url("**/albums/**")
    rows = page.locator("#press tbody tr:not(.grp)")
    every = rows.count()
    assert every > 1
    select = page.locator("form.bar select").nth(1)
    narrow = str(select.locator("option").nth(1).get_attribute("value"))
    select.select_option(narrow)
    page.locator("form.bar button[type=submit]").first.click()
    page.wait_for_url(re.compile(rf"=({re.escape(narrow)})(&|$)"))
    assert 0 < rows.count() < every
    page.get_by_role("link", name=re.compile("Show all")).first.click()
    assert rows.count() == every
    page.locator("main a[href^='/artists/']").first.click()
    expect(page.locator("h1")).to_be_visible()


# --- what moves, and where the keyboard is --------------------------------------------------

WATCH = """
window.shift = 0; window.moved = [];
new PerformanceObserver(list => {
  for (const one of list.getEntries()) {
    if (one.hadRecentInput) continue;
    window.shift += one.value;
    for (const s of one.sources) window.moved.push([one.value.toFixed(4),
      s.node?.className || s.node?.id || s.node?.nodeName]);
  }
}).observe({type: 'layout-shift', buffered: true})
"""


def calm(page: Page) -> None:
    """Nothing has jumped since the page began to load."""
    shift = page.evaluate("shift")
    assert shift < 0.05, f"{page.url} moved by {shift}: {page.evaluate('moved.slice(0, 8)')}"


def test_nothing_jumps_while_prices_arrive(demo_page: Page) -> None:
    page = demo_page
    page.add_init_script(WATCH)
    page.goto("/records/", wait_until="networkidle")
    calm(page)
    card = page.locator(CARDS, has=page.get_by_role("button", name="Get the price")).first
    page.goto(str(card.locator("a[data-row-link]").get_attribute("href")))
    page.locator("#prices .ask-form button").click()
    answered = page.locator("#prices .prov:not([aria-busy])")
    expect(page.locator("#prices .prov[aria-busy]").first).to_be_visible()
    expect(page.locator("#prices .prov[aria-busy]")).to_have_count(0, timeout=WORK)
    expect(answered.first).to_be_visible()
    calm(page)


def test_nothing_jumps_while_listening_is_read(browser_page: Page) -> None:
    page = browser_page
    sign_up(page)
    page.add_init_script(WATCH)
    section = bring_lastfm(page, "lena_breaks")
    expect(section.locator(".st").first).to_contain_text("Read today", timeout=WORK)
    calm(page)


def test_a_call_that_goes_out_stands_in_the_open_log_at_once(demo_page: Page) -> None:
    page = demo_page
    page.goto("/status/")
    expect(page.locator("#log-lines tr").first).to_be_attached()
    words = "qwxyzzy live"
    beside = page.context.new_page()
    beside.goto(f"/search/?q={words.replace(' ', '+')}")
    beside.get_by_role("button", name=re.compile("Ask Discogs")).click()
    line = page.locator("#log-lines tr", has_text=words)
    expect(line.first).to_be_visible(timeout=WORK)
    expect(page.locator("#live > tr")).to_have_count(0)
    expect(page.locator("#lights")).to_contain_text("Discogs")


def test_the_records_are_walked_by_keyboard(demo_page: Page) -> None:
    page = demo_page
    page.goto("/records/")
    links = page.locator(f"{CARDS} a[data-row-link]")
    expect(links.nth(4)).to_be_visible(timeout=WORK)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.locator("#q").blur()

    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    expect(links.nth(1)).to_be_focused()
    ring = links.nth(1).evaluate(
        "e => (s => [s.outlineStyle, s.outlineWidth])(getComputedStyle(e))"
    )
    assert ring == ["solid", "2px"]

    address = links.nth(1).get_attribute("href")
    card = page.locator(CARDS, has=page.locator(f'a[data-row-link][href="{address}"]'))
    link = card.locator("a[data-row-link]")
    for key, name in (("l", "Keep"), ("w", "Want")):
        button = card.get_by_role("button", name=name, exact=True)
        before = button.get_attribute("aria-pressed")
        after = "false" if before == "true" else "true"
        page.keyboard.press(key)
        expect(button).to_have_attribute("aria-pressed", after)
        expect(link).to_be_focused()
        page.keyboard.press(key)
        expect(button).to_have_attribute("aria-pressed", str(before))
        expect(link).to_be_focused()

    page.keyboard.press("d")
    expect(card).to_have_count(0)
    expect(page.locator(f"{CARDS}:focus-within")).to_have_count(1)
    page.locator("#toasts [data-undo]").click()
    expect(card).to_have_count(1)
    expect(link).to_be_focused()


# --- words that are longer than a telephone is wide ------------------------------------------

LONG_WORDS = """
word => {
  const names = "h1, h2, .crumb a, .crumb, a[href^='/albums/'], .press .c-la a, .press .fmt span"
  for (const one of document.querySelectorAll(names)) {
    if (one.closest("main") === null || one.closest(".sr, .segs")) continue
    for (const text of one.childNodes)
      if (text.nodeType === 3 && /\\p{L}{2}/u.test(text.data)) { text.data = word; break }
  }
  return document.documentElement.scrollWidth - innerWidth
}
"""


def test_a_title_of_one_endless_word_makes_no_page_wider(
    new_context: Callable[..., BrowserContext], site: Site
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    album = an_album(page)
    wrong = []
    for address in ("/search/?q=the", "album", "artist", "release"):
        visit(page, address, album)
        for letters in (58, 3000):
            too_wide = page.evaluate(LONG_WORDS, "W" * letters)
            if too_wide > 0:
                wrong.append(f"{page.url}: {too_wide} px too wide with {letters} letters")
    assert not wrong, "\n" + "\n".join(wrong)
