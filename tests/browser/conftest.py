"""A real Chromium in front of the whole site, as `make run` starts it.

These tests see what a person sees, and reach into nothing: no database fixture works here.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.fixtures_site import Site
from tools import browser as chromium

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
]


@dataclass
class Complaints:
    """What the browser complained about: errors in the console and violated CSP rules."""

    lines: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, part: str) -> None:
        """A complaint that contains this text is what the test wants to see."""
        self.expected.append(part)

    def unexpected(self) -> list[str]:
        return [line for line in self.lines if not any(part in line for part in self.expected)]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium to drive; without one these tests are skipped, or fail where they must run."""
    found = chromium.find()
    if found is None:
        if os.environ.get(chromium.REQUIRE) == "1":
            pytest.fail("no Chromium, and the browser tests must run: see `make browser`")
        pytest.skip("NO CHROMIUM: the browser tests did not run (`make browser` gets one)")
    return str(found)


@pytest.fixture(scope="session")
def site(chromium_path: str, running_site: Site) -> Site:
    """The whole site with the demo data (asked for only where there is a browser)."""
    running_site.ensure()
    return running_site


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
    yield running
    running.close()


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def new_context(
    browser: Browser, site: Site, complaints: Complaints
) -> Iterator[Callable[..., BrowserContext]]:
    """Make browsers for several people: `new_context(viewport=..., java_script_enabled=...)`."""
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        settings: dict[str, object] = {
            "base_url": site.url,
            "locale": "en-GB",
            "timezone_id": "Europe/Madrid",
            "viewport": {"width": 1280, "height": 900},
        }
        context = browser.new_context(**(settings | options))  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        context.on("page", lambda page: listen(page, complaints, site.url))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert not complaints.unexpected(), "the browser complained:\n" + "\n".join(
        complaints.unexpected()
    )


@pytest.fixture
def browser_page(new_context: Callable[..., BrowserContext]) -> Page:
    """A fresh page of somebody who is not signed in; addresses may be relative. The test fails
    when the browser complains about a script, a missing file or the content security policy."""
    return new_context().new_page()


@pytest.fixture
def demo_page(browser_page: Page, site: Site) -> Page:
    """A page of the demo person, signed in."""
    sign_in(browser_page, site.demo_email, site.demo_password)
    return browser_page


def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in by the form, as a person does."""
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/account/login" not in url)


def listen(page: Page, complaints: Complaints, address: str) -> None:
    """Collect what the browser complains about on pages below this address. The sandbox's own
    pages, which stand for other people's, are not ours to judge."""

    def note(text: str) -> None:
        if page.url.startswith(address):
            complaints.lines.append(f"{page.url}: {text}")

    page.on("pageerror", lambda error: note(str(error)))
    page.on(
        "console",
        lambda message: (
            note(message.text)
            if message.type in ("error", "warning") and _matters(message.text)
            else None
        ),
    )


def _matters(text: str) -> bool:
    # Chromium's advice about its own features is no fault of a page.
    advice = text.startswith("[Intervention]") or "was preloaded using link preload" in text
    return not advice
