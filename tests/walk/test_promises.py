"""Which test holds which promise of the site, and the promises that no other file keeps."""

import ast
import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.factories import make_quote
from vinyl.money import Money

TESTS = Path(__file__).parents[1]
HELD_BY = {
    "sessions": {
        "accounts/test_auth_sign_up.py": [
            "test_signing_in_changes_the_session_and_signing_out_ends_it"
        ],
        "accounts/test_auth_settings.py": ["test_a_new_password_ends_all_other_sessions"],
        "walk/test_headers.py": ["test_production_is_https_only_for_a_year_with_closed_cookies"],
    },
    "linking accounts": {
        "accounts/test_auth_linking.py": [
            "test_an_answer_counts_once_and_for_the_session_that_asked",
            "test_spotify_is_asked_with_pkce_and_a_state",
            "test_an_account_that_somebody_else_linked_is_refused",
        ],
        "sandbox/test_spotify.py": [
            "test_code_is_bound_to_its_redirect",
            "test_redirects_that_spotify_refuses",
        ],
    },
    "tokens of services": {
        "accounts/test_auth_linking.py": [
            "test_tokens_are_readable_nowhere",
            "test_tokens_move_to_a_new_key",
        ],
        "accounts/test_auth_settings.py": ["test_staff_see_people_and_links_but_no_secret"],
    },
    "link again": {
        "accounts/test_auth_linking.py": [
            "test_a_revoked_link_is_marked_and_its_owner_told_once",
            "test_errors_that_pass_never_unlink_anybody",
        ]
    },
    "text from outside": {
        "front/test_components.py": ["test_what_a_seller_wrote_is_escaped"],
        "front/test_sleeves.py": ["test_markup_in_a_name_stays_text"],
        "walk/test_promises.py": ["test_what_a_source_sends_is_text_and_leads_to_the_web_only"],
    },
    "files from outside": {
        "accounts/test_listening_history.py": [
            "test_a_zip_without_history_and_one_that_swells_are_refused"
        ],
        "accounts/test_listening_imports.py": [
            "test_too_large_and_empty_files_are_refused_before_anything_is_kept"
        ],
    },
    "second factor": {
        "accounts/test_second_factor.py": [
            "test_signing_in_asks_for_a_code_after_the_password",
            "test_a_code_signs_in_once_for_as_long_as_it_counts",
            "test_a_recovery_code_signs_in_once",
            "test_guessing_codes_is_ended",
            "test_switching_off_wants_a_code_not_only_the_password",
            "test_secrets_are_readable_nowhere",
            "test_staff_enter_the_admin_with_a_second_factor_only",
        ]
    },
    "one's own data": {
        "accounts/test_own_data.py": [
            "test_every_table_that_names_the_person_is_in_the_file",
            "test_nothing_in_it_opens_a_door_or_is_somebody_elses",
            "test_it_is_handed_out_after_the_password_only",
            "test_a_deleted_account_leaves_its_name_nowhere",
        ]
    },
    "backups": {
        "embedded/test_backups.py": [
            "test_a_backup_restores_into_an_empty_database_and_the_counts_match",
            "test_a_row_that_is_missing_is_seen",
            "test_every_migration_can_be_taken_back",
        ],
        "test_restored.py": ["test_rows_are_as_they_were_only_where_somebody_had_counted_them"],
    },
    "undo": {
        "accounts/test_undoing.py": [
            "test_a_want_comes_back_with_its_wishes_and_its_alert",
            "test_all_copies_come_back_each_with_what_was_noted_of_it",
            "test_what_somebody_else_took_off_cannot_be_put_on_ones_own_shelf",
        ],
        "pricing/test_pages_lists.py": [
            "test_what_is_removed_comes_back_as_it_was",
            "test_strangers_can_neither_remove_nor_bring_back",
        ],
    },
    "money": {
        "walk/test_promises.py": ["test_two_currencies_are_never_added"],
        "pricing/test_exchange_rates.py": [
            "test_conversion_takes_the_last_bank_day_and_says_which",
        ],
        "pricing/test_best.py": ["test_prices_run_out_for_readers_at_once"],
    },
}


@pytest.mark.parametrize("promise", HELD_BY)
def test_the_tests_that_hold_a_promise_are_there(promise):
    for name, wanted in HELD_BY[promise].items():
        tree = ast.parse((TESTS / name).read_text())
        there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert there >= set(wanted), f"{promise}: {name} has lost a test"


def test_two_currencies_are_never_added():
    euros, crowns = Money(Decimal("20.90"), "EUR"), Money(Decimal("5.50"), "SEK")
    assert euros + Money(Decimal("5.50"), "EUR") == Money(Decimal("26.40"), "EUR")
    for mixed in (lambda: euros + crowns, lambda: euros - crowns, lambda: euros < crowns):
        with pytest.raises((TypeError, ValueError)):
            mixed()
    with pytest.raises(TypeError):
        Money(20.9, "EUR")


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "//evil.test/"])
@pytest.mark.parametrize("source", ["ebay", "discogs"])
def test_what_a_source_sends_is_text_and_leads_to_the_web_only(world, browser_of, source, scheme):
    make_quote(
        world.album, world.release, amount="3.00", source=source, url=scheme,
        title="<script>alert(1)</script>", seller="<img src=x onerror=alert(1)>",
    )  # fmt: skip
    page = browser_of(world.owner).get(f"/albums/{world.album.pk}/").text
    assert "€</i>8.50" in page or "8.50" in page, "the offer is on the page"
    assert "<script>alert" not in page and "<img src=x" not in page
    assert f'href="{scheme}' not in page
    outside = re.findall(r'<a href="https?://[^"]*"[^>]*>', page)
    assert outside
    for link in outside:
        assert "noopener" in link or "127.0.0.1" in link, link
