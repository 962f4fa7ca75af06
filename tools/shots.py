"""Screenshots of the site into docs/screenshots: `make shots`.

Uses the running site (with the demo login of the sandbox mode); starts one for the length of the
work when none runs. Every page at two widths, light and dark.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page, sync_playwright

from tools import browser
from vinyl.embedded import runfile
from vinyl.embedded.paths import for_home

BASE = Path(__file__).resolve().parent.parent
TARGET = BASE / "docs" / "screenshots"
WIDTHS = {"wide": (1280, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
ALBUM = "album"  # found on the records page, because its number differs from place to place
# Of a page whose head is not what it is about, so many pixels are shown.
DOWN = {ALBUM: 2000}
_PRESSING = re.compile(r'<tr role="row" id="p\d')
PUBLIC = {"landing": "/", "try": "/try/"}
PAGES = {
    "records": "/records/",
    ALBUM: "",
    "start": "/start/",
    "wants": "/wants/",
    "shelf": "/shelf/",
    "settings": "/settings/",
    "status": "/status/",
}


def running_site() -> str | None:
    """The address of the running site, or None."""
    found = runfile.read(for_home(settings.VINILOGY_HOME).run_file)
    return found.url if found and found.ready else None


def start_site() -> "subprocess.Popen[str]":
    """Run a site for the length of the work."""
    site = subprocess.Popen(
        [sys.executable, "-m", "vinyl.embedded", "run"],
        cwd=BASE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert site.stdout is not None
    for line in site.stdout:
        print(line, end="")
        if line.startswith("Logs:"):
            return site
    sys.exit("the site did not start")


def sign_in(page: Page) -> None:
    """Sign in with the demo login."""
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(settings.DEMO_EMAIL)
    page.locator("input[name=password]").fill(settings.DEMO_PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/account/login" not in url)


def fullest_album(page: Page) -> str:
    """Of the albums on the records page with a price the address of the one with most pressings."""
    page.goto(PAGES["records"])
    cards = page.locator("li[data-card]:has(.money) a[data-row-link]")
    found = cards.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    pages = {address: page.request.get(address).text() for address in dict.fromkeys(found)}
    return max(pages, key=lambda address: len(_PRESSING.findall(pages[address])), default="/")


def take(page: Page, name: str, address: str) -> None:
    """One screenshot of the whole page, with its fonts and pictures loaded."""
    page.goto(address)
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.screenshot(path=TARGET / f"{name}.png", full_page=name.startswith("landing"))
    print(f"docs/screenshots/{name}.png")


def shoot(url: str, executable: str) -> None:
    """All pages, both widths, both themes."""
    TARGET.mkdir(parents=True, exist_ok=True)
    album = ""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for width, (across, down) in WIDTHS.items():
            for theme in THEMES:
                context = chromium.new_context(
                    base_url=url,
                    locale="en-GB",
                    viewport={"width": across, "height": down},
                    color_scheme="dark" if theme == "dark" else "light",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                for name, address in PUBLIC.items():
                    take(page, f"{name}-{width}-{theme}", address)
                sign_in(page)
                album = album or fullest_album(page)
                for name, address in PAGES.items():
                    page.set_viewport_size({"width": across, "height": DOWN.get(name, down)})
                    take(page, f"{name}-{width}-{theme}", album if name == ALBUM else address)
                context.close()
        chromium.close()


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    found = browser.find()
    if found is None:
        print("No Chromium to take pictures with: see `make browser`.", file=sys.stderr)
        return 1
    url, own = running_site(), None
    if url is None:
        own = start_site()
        url = running_site() or ""
    try:
        shoot(url, str(found))
    finally:
        if own is not None:
            own.send_signal(signal.SIGINT)
            own.communicate(timeout=90)
    return 0


if __name__ == "__main__":
    sys.exit(main())
