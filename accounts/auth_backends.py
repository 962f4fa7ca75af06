"""Signing in by e-mail address and password."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User
from vinyl.prepared import Ready

# Somebody who signed up with a taken address must not learn it from the clock: a password is
# compared as often for an address that one person has as for one that two have.
LEAST_COMPARISONS = 2

_PERSON = Ready(lambda person: User.objects.filter(pk=person), person=int)


class EmailBackend(AuthenticationBackend):
    """The library's, for addresses that several accounts carry: each has a password of its own.

    The library looks at the confirmed account alone, which would tell a stranger that there is one.
    """

    def get_user(self, user_id: int) -> User | None:
        """Who is signed in: every page begins with this read."""
        found = _PERSON.first(person=user_id)
        return found if found is not None and self.user_can_authenticate(found) else None

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        people = User.objects.with_email(email)
        right = [self._check_password(person, password) for person in people]
        # Where nobody was compared, the library compares once after this.
        for _ in range(LEAST_COMPARISONS - max(1, len(people))):
            self._mitigate_timing_attack(password)
        return next((person for person in right if isinstance(person, User)), None)
