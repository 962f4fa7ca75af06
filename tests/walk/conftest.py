"""A person with one of everything that can be theirs, a stranger, and somebody of the staff."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

# Stands in everything that is the owner's own; nobody else may ever read it.
MARK = "c4n4ry"
# Stands in every secret, the site's and people's; nobody at all may ever read it.
SECRET = "s3cr3tm4rk"
# Not ours to give: Django and PostgreSQL work with these while the test runs.
IN_USE = {"DATABASE_URL", "REDIS_URL"}


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    """One thing of every kind. Albums, artists and pressings are everybody's."""
    from allauth.account.models import EmailAddress
    from django.utils import timezone

    from accounts.models import CsvImport, LinkedService, Message
    from accounts.tokens import make_token
    from pricing.models import FollowedSeller, PriceAsk, Seller
    from recommendations.models import Dismissal, Lock, Recommendation, RecommendationSet, Seed
    from tests import factories as make
    from vinyl.jobs.models import Job

    owner = make.make_person(f"{MARK}@vinilogy.test", postcode=f"{MARK[:5]}")
    stranger = make.make_person("stranger@vinilogy.test")
    staff = make.make_person("staff@vinilogy.test", is_staff=True, is_superuser=True)
    for person in (owner, stranger, staff):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    artist = make.make_artist("Can")
    album, other = make.make_album("Tago Mago", artist), make.make_album("Ege Bamyasi", artist)
    release = make.make_release(album)
    make.make_best_price(make.make_quote(album, release))
    PriceAsk.objects.create(
        source="discogs", album=album, territory="ES", state="answered", asked_at=timezone.now(),
        answered_at=timezone.now(), found=1,
    )  # fmt: skip
    job = Job.objects.create(
        kind="catalog.sync_album_releases", owner=owner, message_id=f"At {MARK}",
        payload={"album_id": album.pk, "note": MARK}, result={"note": MARK},
        dedupe_key=f"{MARK}",
    )  # fmt: skip
    for service in ("discogs", "lastfm"):
        LinkedService.objects.create(user=owner, service=service, username=f"{MARK}-{service}")
    make.make_listening(owner, artist, album, plays=7654321)
    found = RecommendationSet.objects.create(
        user=owner, made_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1),
        score_version="1", inputs_hash="", plays=7654321,
    )  # fmt: skip
    Recommendation.objects.create(
        set=found, album=album, position=1, listening=50, taste=30, causes=[]
    )
    Seed.objects.create(user=owner, artist=artist)
    Message.objects.create(user=owner, kind="price", key=MARK, title=MARK, text=MARK)
    file = CsvImport.objects.create(user=owner, list="shelf", name=MARK, state="read")
    file.rows.create(line=2, status="new", values={"cells": {"Artist": MARK, "Title": MARK}})
    Lock.objects.create(user=owner, album=album)
    Dismissal.objects.create(user=owner, album=other)
    seller = Seller.objects.create(username=f"{MARK}-records", state="read")
    return SimpleNamespace(
        followed=FollowedSeller.objects.create(user=owner, seller=seller),
        owner=owner, stranger=stranger, staff=staff, artist=artist, album=album, release=release,
        job=job, file=file, token=make_token(owner, name=MARK).token,
        want=make.make_want(owner, album, notes=MARK),
        copy=make.make_copy(owner, album, release, notes=MARK),
    )  # fmt: skip


@pytest.fixture
def marked(settings: Any, sandbox: Any, monkeypatch: Any, world: SimpleNamespace) -> Iterator[Any]:
    """The owner's links and the site's keys hold marks; services have short deadlines."""
    from cryptography.fernet import Fernet

    from accounts.credentials import Credential, store_token
    from accounts.models import LinkedService
    from vinyl import env
    from vinyl.upstreams import door, registry
    from vinyl.upstreams.credentials import keys

    for name in set(env.secret_names()) - IN_USE:
        value = f"{SECRET}-{name.lower()}-{'x' * 24}"
        setattr(settings, name, [Fernet.generate_key().decode()] if "KEYS" in name else value)
    settings.KEYS_IN_ADMIN = True
    keys.store("lastfm", {"LASTFM_API_KEY": f"{SECRET}-typed-by-a-curator"})
    for service in LinkedService.Service.values:
        link, _new = LinkedService.objects.get_or_create(user=world.owner, service=service)
        store_token(link, Credential(f"{SECRET}-access-{service}", f"{SECRET}-second-{service}"))
        link.save()
    world.owner.set_password(f"{SECRET}-password-of-a-person")
    world.owner.save()
    for name, of in registry.UPSTREAMS.items():
        short = replace(of, connect_timeout=0.3, read_timeout=0.3, deadline=0.6)
        monkeypatch.setitem(registry.UPSTREAMS, name, short)
    door.forget_everything()
    yield settings
    keys.forget()


@pytest.fixture
def browser_of() -> Callable[..., Any]:
    """A browser in which this person is signed in; None for nobody."""
    from django.test import Client

    def make(person: Any = None, **options: Any) -> Client:
        client = Client(**options)
        if person is not None:
            client.force_login(person)
        return client

    return make


@contextmanager
def undone(*, read_only: bool = False) -> Iterator[None]:
    """What happens inside is taken back. `read_only`: PostgreSQL itself refuses every write."""
    from django.db import connection, transaction

    with transaction.atomic():
        if read_only:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
        try:
            yield
        finally:
            transaction.set_rollback(True)
