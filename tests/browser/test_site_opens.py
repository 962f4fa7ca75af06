"""The site that `make run` starts, in a browser."""

from tests.browser.conftest import sign_in


def test_the_landing_page_opens_without_complaints(browser_page):
    answer = browser_page.goto("/")
    assert answer.status == 200
    assert browser_page.title()


def test_the_demo_login_shows_records(new_context, site):
    page = new_context().new_page()
    sign_in(page, site.demo_email, site.demo_password)
    page.goto("/records/")
    assert page.url == f"{site.url}/records/"
    assert page.locator("main").is_visible()


def test_the_printed_mailbox_opens(browser_page, site):
    assert browser_page.goto(f"{site.sandbox_url}/mail/").status == 200
