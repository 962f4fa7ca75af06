"""A person with their profile."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.places import DEFAULT_ZONE

# Goldmine grades as Discogs abbreviates them, best first.
GRADES = ("M", "NM", "VG+", "VG", "G+", "G", "F", "P")
GRADE_CHOICES = [(grade, grade) for grade in GRADES]


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address; there are no user names."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("an e-mail address is needed")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def with_email(self, email: str) -> list[User]:
        """Everybody with this address, whose it is first: who confirmed it, else who came first.

        Several people may have typed one address, one of them may have confirmed it: see
        docs/decisions/nobody-learns-who-has-an-account.md.
        """
        confirmed = Exists(
            EmailAddress.objects.filter(user=OuterRef("pk"), verified=True, email=email.lower())
        )
        found = self.filter(email__iexact=email).annotate(confirmed=confirmed)
        return list(found.order_by("-confirmed", "pk")) if email else []

    def get_by_natural_key(self, email: str | None) -> User:
        """For Django's own commands. User.DoesNotExist when nobody has the address."""
        found = self.with_email(email or "")
        if not found:
            raise self.model.DoesNotExist
        return found[0]


class User(AbstractUser):
    """A person with their profile: it is read on nearly every page, so it is one row."""

    class Theme(models.TextChoices):
        SYSTEM = "", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    # Django's own way to take an inherited field away, which its types do not know.
    username = None  # type: ignore[assignment]
    # Not unique: a refusal would tell strangers who has an account. A confirmed address is.
    email = models.EmailField(_("e-mail address"), db_index=True)
    country = models.CharField(_("country"), max_length=2, default="ES")
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    least_grade = models.CharField(
        _("least grade"), max_length=3, choices=GRADE_CHOICES, default="VG+"
    )
    language = models.CharField(_("language"), max_length=5, blank=True, default="")
    theme = models.CharField(
        _("theme"), max_length=5, choices=Theme.choices, blank=True, default=Theme.SYSTEM
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default=DEFAULT_ZONE)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    # AbstractUser declares a manager with user names.
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="user_country_iso"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="user_currency_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.email
