"""A command waits for a service that is busy for a moment, and for no other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from vinyl.upstreams.errors import (
    NotFound,
    QuotaExceeded,
    RateLimited,
    Unavailable,
    UpstreamError,
)
from vinyl.upstreams.patience import (
    CLOSED_TIMES,
    DOWN_AFTER,
    LONGEST,
    LONGEST_CLOSED,
    TIMES,
    Patience,
    patiently,
)


def busy(seconds=0.0, kind=RateLimited):
    return kind("discogs", "busy", retry_at=timezone.now() + timedelta(seconds=seconds))


def asked(answers):
    """What comes of these answers, each a value or an error, and what was told meanwhile."""
    told, left = [], iter(answers)

    def ask():
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    try:
        return patiently(ask, tell=told.append), told
    except UpstreamError as error:
        return error, told


def test_it_asks_again_when_the_time_has_come_and_says_that_it_waits():
    found, told = asked([busy(0.05), busy(-5), "albums"])

    assert found == "albums"
    assert told == ["busy", "busy"]


@pytest.mark.parametrize(
    "answer",
    [
        busy(LONGEST.total_seconds() + 86400),  # made when tests are collected, long before
        busy(0, QuotaExceeded),
        NotFound("discogs", "gone"),
        Unavailable("discogs", "failed"),  # nobody says when
        busy(LONGEST_CLOSED.total_seconds() + 86400, Unavailable),
    ],
)
def test_what_does_not_pass_in_minutes_is_not_waited_for(answer):
    assert asked([answer]) == (answer, [])


def test_a_service_that_stays_busy_is_given_up():
    answers = [busy(-1) for _ in range(TIMES)]

    found, told = asked(answers)

    assert found is answers[-1] and len(told) == TIMES - 1


def test_a_service_that_failed_is_asked_when_its_breaker_says():
    found, told = asked([busy(0.05, Unavailable), busy(-5), "albums"])

    assert found == "albums"
    assert told == ["busy", "busy"]


def test_a_service_that_is_not_back_after_its_tries_is_given_up():
    answers = [busy(-1, Unavailable) for _ in range(CLOSED_TIMES + 1)]

    found, told = asked(answers)

    assert found is answers[-1] and len(told) == CLOSED_TIMES


def test_patience_is_over_when_things_in_a_row_were_asked_for_in_vain():
    patience = Patience(tell=lambda _words: None)

    def ends(error=None):
        def ask():
            if error is not None:
                raise error

        try:
            patience.ask(ask)
        except UpstreamError:
            pass
        return patience.is_over

    assert [ends(busy(-1, Unavailable)) for _ in range(DOWN_AFTER)] == [False, True]
    assert not ends()
    assert not ends(busy(-1, Unavailable))
    assert not ends(NotFound("discogs", "it answers"))
    assert not ends(busy(-1, Unavailable))
