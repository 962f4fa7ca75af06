"""Spanish is complete, and what is served is what stands in django.po."""

import pytest
from babel.messages.catalog import Catalog

from vinyl import messages


@pytest.fixture(scope="module")
def collected():
    """The texts of all sources; reading them takes a second."""
    return messages.collect()


def test_spanish_is_complete_and_in_step(collected):
    assert messages.problems(collected) == []


def test_texts_of_templates_and_python_are_both_found(collected):
    texts = {message.id for message in collected}
    assert "Sandbox: invented offers, no shop is asked." in texts
    assert "%(count)s min ago" in texts
    assert ("%(count)s day ago", "%(count)s days ago") in texts


def test_an_empty_or_fuzzy_text_is_a_fault():
    catalog = Catalog(locale="es")
    empty = catalog.add("Keep")
    fuzzy = catalog.add("Want", "Quiero", flags=["fuzzy"])
    assert list(messages._faults("es", empty)) == ["es: 'Keep' is not translated"]
    assert list(messages._faults("es", fuzzy)) == ["es: 'Want' is fuzzy"]


def test_a_lost_place_is_a_fault():
    message = Catalog(locale="es").add("Asked %(age)s", "Preguntado")
    assert list(messages._faults("es", message)) == ["es: 'Asked %(age)s' has lost a place"]
