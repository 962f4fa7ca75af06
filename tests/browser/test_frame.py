"""The frame in a real browser: keys, search while typing, filters, scores, both themes."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect


def test_keys_search_help_and_walk_the_rows(browser_page: Page) -> None:
    page = browser_page
    page.goto("/parts/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    rows = page.locator("[data-row-link]")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_search_lists_while_one_types(browser_page: Page) -> None:
    page = browser_page
    page.goto("/privacy/")
    field = page.locator("#q")
    field.press_sequentially("talking")
    first = page.locator("#suggest [role=option]").first
    expect(first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#suggest-count")).not_to_be_empty()
    field.press("ArrowDown")
    chosen = field.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-selected", "true")
    field.press("Escape")
    expect(page.locator("#suggest")).to_be_hidden()
    field.press("ArrowDown")
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url(lambda url: "/privacy/" not in url)


def test_a_form_is_sent_once_and_again_by_who_comes_back_to_it(browser_page: Page) -> None:
    page, sent = browser_page, []
    page.goto("/try/")
    page.route(
        "**/try/", lambda route: (sent.append(route.request.method), route.fulfill(status=204))
    )
    page.locator("form[data-once] .field input").first.fill("Can")
    button = page.locator("form[data-once] button[type=submit]")
    with page.expect_request("**/try/"):
        button.click()
    button.click()
    # As browsers do with a page that they kept while one looked at the next.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    with page.expect_request("**/try/"):
        button.click()
    assert sent == ["POST", "POST"]


def test_search_works_without_script(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/privacy/")
    page.locator("#q").fill("talking")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search/?q=talking")


def test_filters_change_the_address_and_open_as_a_sheet_on_phones(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context(viewport={"width": 390, "height": 800}).new_page()
    page.goto("/parts/")
    page.locator("[data-filters-open]").click()
    page.locator("#filters-genre").select_option("jazz")
    page.wait_for_url("**genre=jazz**")
    expect(page.locator("[data-filters-said]")).to_contain_text("Jazz")
    page.locator("[data-filters-close]").click()
    expect(page.locator("[data-filters-open]")).to_be_focused()


def test_a_score_opens_over_its_card_and_closes_on_escape(browser_page: Page) -> None:
    page = browser_page
    page.goto("/parts/")
    score = page.locator(".card details.score").first
    score.locator("summary").click()
    expect(score.locator(".score-open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(score.locator(".score-open")).to_be_hidden()


def test_the_landing_page_does_not_jump_while_it_loads(
    new_context: Callable[..., BrowserContext],
) -> None:
    for width in (1280, 390):
        page = new_context(viewport={"width": width, "height": 900}).new_page()
        page.add_init_script(
            "window.shift = 0; new PerformanceObserver(list => {"
            "for (const entry of list.getEntries()) window.shift += entry.value"
            "}).observe({type: 'layout-shift', buffered: true})"
        )
        page.goto("/", wait_until="networkidle")
        assert page.evaluate("shift") < 0.05
