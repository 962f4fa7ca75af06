"""What follows on what: nothing is lost that came while the same work was being done."""

from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from accounts.models import Message
from accounts.services import messages
from tests.factories import make_person
from vinyl.chains import MAKE_SET, renew_recommendations
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make_person()


def lists_to_make():
    return Job.objects.filter(kind=MAKE_SET, state=Job.State.QUEUED).count()


def test_listening_that_arrives_while_a_list_is_made_gets_a_list_of_its_own(person):
    brought = enqueue("accounts.sync_listening", owner=person)
    renew_recommendations(brought)
    renew_recommendations(brought)
    assert lists_to_make() == 1, "one that waits will read what came"

    Job.objects.filter(kind=MAKE_SET).update(
        state=Job.State.RUNNING, lease_token=uuid4(), lease_until=timezone.now()
    )
    for _ in range(2):
        renew_recommendations(brought)
    assert lists_to_make() == 1, "one at work may have read before it came"


def test_a_message_that_comes_while_a_mail_is_sent_is_mailed_too(person, monkeypatch):
    EmailAddress.objects.create(user=person, email=person.email, verified=True)
    hours = {"quiet_from": timezone.now().time(), "quiet_until": timezone.now().time()}
    messages.change_settings(person, by_mail=True, **hours)
    messages.tell(person, kind="price", key="1", title="The first")
    sending = mail.EmailMessage.send

    def send(self, *args, **kwargs):
        if not Message.objects.filter(key="2").exists():
            messages.tell(person, kind="price", key="2", title="The second")
        return sending(self, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMessage, "send", send)
    for _ in range(2):
        Message.objects.update(created_at=timezone.now() - messages.GATHER)
        run_pending_jobs([messages.MAIL], limit=1, ignore_waits=True)

    assert not Message.objects.filter(mailed_at=None).exists()
    assert [one.subject for one in mail.outbox] == ["The first", "The second"]
