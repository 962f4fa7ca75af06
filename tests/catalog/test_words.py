"""Dates and countries of pressings, told as far as they are known and in the page's language."""

from datetime import date

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from catalog.words import country_named, country_words, iso_date, released_words, written_date

WRITTEN = {
    "2023-00-00": ("2023", "2023", "2023"),
    "1987-06-00": ("June 1987", "junio de 1987", "1987-06"),
    "1973-03-01": ("1 March 1973", "1 de marzo de 1973", "1973-03-01"),
    "1987": ("1987", "1987", "1987"),
    "1987-13-00": ("1987-13-00", "1987-13-00", "1987"),
    "": ("", "", ""),
    "199?": ("199?", "199?", ""),
    "1999-02-31": ("1999-02-31", "1999-02-31", "1999-02"),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_date_is_told_as_far_as_it_is_known(written):
    english, spanish, iso = WRITTEN[written]
    with override("en"):
        assert written_date(written) == english
    with override("es"):
        assert written_date(written) == spanish
    assert iso_date(written) == iso


def test_without_a_date_the_year_is_told():
    assert (released_words("", 1980), released_words("0000-00-00", 1980)) == ("1980", "1980")
    assert (iso_date("Summer of 79", 1979), iso_date("", None)) == ("1979", "")


@given(st.text(alphabet="0123456789-", max_size=10))
def test_programs_get_iso_dates_only(text):
    told = iso_date(text)
    if told:
        date.fromisoformat(told + "-01" * (2 - told.count("-")))
        assert text.strip().startswith(told)


SPANISH = {
    "Spain": "España",
    "US": "Estados Unidos",
    "UK": "Reino Unido",
    "UK & Europe": "Reino Unido y Europa",
    "USA & Canada": "Estados Unidos y Canadá",
    "UK, Europe & US": "Reino Unido, Europa y Estados Unidos",
    "Germany, Austria, & Switzerland": "Alemania, Austria y Suiza",
    "Bosnia & Herzegovina": "Bosnia y Herzegovina",
    "Trinidad and Tobago": "Trinidad y Tobago",
    "Mars & Venus": "Mars & Venus",
    "Spain & Venus": "Spain & Venus",
    "": "",
}


@pytest.mark.parametrize("name", SPANISH)
def test_a_country_is_told_in_the_pages_language_and_as_discogs_has_it_in_english(name):
    with override("es"):
        assert country_words(name) == SPANISH[name]
    with override("en"):
        assert country_words(name) == name


@pytest.mark.parametrize(
    "written, named",
    [
        ("UK", "UK"), ("gb", "UK"), ("united kingdom", "UK"), ("USA", "US"), ("us", "US"),
        ("usa", "US"), ("USA & Europe", "USA & Europe"), ("EU", "Europe"),
        ("Germany", "Germany"), ("DE", "Germany"), ("germany", "Germany"), ("CZ", "Czech Republic"),
        ("UK & Europe", "UK & Europe"), ("Europe", "Europe"), ("USSR", "USSR"), ("ussr", "USSR"),
        ("Germany, Austria, & Switzerland", "Germany, Austria, & Switzerland"),
        ("Narnia", ""), ("UK & Narnia", ""), ("XX", ""), ("", ""), ("&", ""), ("150", ""),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_names_and_letters(written, named):
    assert country_named(written) == named
