"""A source of prices is added by one file and one line: the example of docs/providers.md."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.urls import reverse

from pricing import providers, queries, services
from pricing.models import Quote
from sandbox import shop_feeds
from tests.factories import make_album, make_person
from tests.pricing.helpers import run_asks
from tests.pricing.test_providers_shops import stocked
from vinyl.upstreams.terms import withdraw

DOC = Path(__file__).parents[2] / "docs" / "providers.md"
FILE, REGISTRY = re.findall(r"^```python\n(.*?)^```$", DOC.read_text("utf-8"), re.S | re.M)
LINE = next(line for line in REGISTRY.splitlines() if "Attic" in line)


def written(name):
    """The example's provider as a module of its own; the sandbox's shop of that name answers."""
    module = ModuleType(f"pricing.providers.{name.replace('-', '_')}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(FILE.replace("attic", name), str(DOC), "exec"), module.__dict__)
        return eval(LINE.strip().rstrip(","), module.__dict__)
    finally:
        del sys.modules[module.__name__]


@pytest.fixture
def add(monkeypatch):
    """Adds a provider to the registry as its line does."""
    added = []

    def also(one):
        every = providers.registered(*providers.PROVIDERS.values(), one)
        monkeypatch.setattr(providers, "PROVIDERS", every)
        added.append(one.declared)
        return one

    yield also
    for terms in added:
        withdraw(terms)


@pytest.mark.django_db
def test_the_example_of_the_docs_is_one_file_and_one_line(client, sandbox, add):
    one = add(written(shop_feeds.WOO))
    album, record = stocked(shop_feeds.WOO)
    person = make_person()
    client.force_login(person)
    jobs = services.ask_prices(person, album_id=album.pk)
    assert [job.payload["provider"] for job in jobs] == ["discogs", "ebay", one.name]
    run_asks()
    quote = Quote.objects.get(source=one.name)
    assert int(quote.amount * 100) == record.cents
    page = client.get(reverse("pricing:album_prices", args=[album.pk])).content.decode()
    block = page[page.index("Attic Records</h3>") :]
    assert quote.url in block and "Prices from Attic Records." in block and one.home in block
    alone = client.get(reverse("pricing:block", args=[album.pk, one.name]))
    assert alone.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["sandbox", "real"])
def test_who_brings_only_a_name_and_two_methods_gets_a_careful_block(add, settings, mode):
    settings.UPSTREAMS = mode

    class Bare(providers.Provider):
        name = "bare-shelf"

        def plan(self, question):
            raise NotImplementedError

        answer = plan

    add(Bare())
    blocks = queries.provider_blocks(make_album().pk, queries.Viewer())
    assert [one.key for one in blocks] == ["discogs", "ebay", "shops", "bare-shelf"]
    assert (blocks[-1].name, blocks[-1].state) == ("Bare Shelf", "links")


@pytest.mark.django_db
def test_a_provider_that_misses_an_entry_is_off_and_the_others_are_asked(add):
    class Half(providers.Provider):
        name = "half"

        @property
        def configured(self):
            return {}["HALF_KEY"]

        def plan(self, question):
            raise NotImplementedError

        answer = plan

    add(Half())
    album = make_album()
    jobs = services.ask_prices(make_person(), album_id=album.pk)
    assert [job.payload["provider"] for job in jobs] == ["discogs", "ebay"]
    blocks = {one.key: one for one in queries.provider_blocks(album.pk, queries.Viewer())}
    assert blocks["half"].message == "Half is not set up on this site."
    assert blocks["discogs"].state == "asking"
