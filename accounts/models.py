"""People: who they are, what they linked, what they listen to, own and want."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.places import DEFAULT_ZONE
from catalog.models import Album, Artist, Release

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


class LinkedService(models.Model):
    """A person's account at an outside service; tokens are ciphertext only."""

    class Service(models.TextChoices):
        DISCOGS = "discogs", "Discogs"
        SPOTIFY = "spotify", "Spotify"
        LASTFM = "lastfm", "Last.fm"
        LISTENBRAINZ = "listenbrainz", "ListenBrainz"

    class State(models.TextChoices):
        OK = "ok", _("linked")
        LINK_AGAIN = "link_again", _("link again")

    user = models.ForeignKey(User, models.CASCADE, related_name="links")
    service = models.CharField(max_length=20, choices=Service.choices)
    # The service's own immutable id where a sign-in proved it; empty for a typed user name.
    external_id = models.CharField(max_length=200, blank=True)
    username = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OK)
    token = models.BinaryField(null=True, blank=True, editable=False)
    scope = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    # The last warning about the end of this consent: "month", "week", or "" for none.
    consent_told = models.CharField(max_length=5, blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "service"], name="one_link_per_service"),
            models.UniqueConstraint(
                fields=["service", "external_id"], condition=~Q(external_id=""),
                name="service_account_linked_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.service}: {self.username}"


class ApiToken(models.Model):
    """A hashed token for programs; the secret itself is shown once and never stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    can_write = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """One sync of one person's listening at one source; the newest counts."""

    user = models.ForeignKey(User, models.CASCADE, related_name="snapshots")
    source = models.CharField(max_length=20)  # lastfm, listenbrainz, spotify, spotify_file
    username = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    plays = models.PositiveIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=dict, blank=True)
    unmatched = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "source"], name="one_snapshot_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.source} of {self.user_id}"


class Listening(models.Model):
    """What a snapshot said: plays or a rank of one artist, album or track in one period."""

    class Kind(models.TextChoices):
        ARTIST = "artist"
        ALBUM = "album"
        TRACK = "track"

    class Period(models.TextChoices):
        ALL = "all"
        YEAR = "12m"
        HALF = "6m"
        QUARTER = "3m"
        MONTH = "1m"
        # What is saved in a library there, which belongs to no period.
        SAVED = "lib"

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    period = models.CharField(max_length=3, choices=Period.choices)
    artist_name = models.CharField(max_length=500)
    title = models.CharField(max_length=1000, blank=True)
    mbid = models.CharField(max_length=40, blank=True)
    plays = models.PositiveIntegerField(null=True, blank=True)
    rank = models.PositiveIntegerField(null=True, blank=True)
    distinct_tracks = models.PositiveIntegerField(null=True, blank=True)
    artist = models.ForeignKey(Artist, models.SET_NULL, null=True, blank=True, related_name="+")
    album = models.ForeignKey(Album, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["snapshot", "kind", "period"], name="listening_kind")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(plays__isnull=False) | Q(rank__isnull=False),
                name="listening_has_figure",
            )
        ]

    def __str__(self) -> str:
        return f"{self.artist_name} {self.title}".strip()


class Want(models.Model):
    """A wish for an album in any pressing, or for exactly one pressing."""

    user = models.ForeignKey(User, models.CASCADE, related_name="wants")
    album = models.ForeignKey(Album, models.CASCADE, null=True, blank=True, related_name="wants")
    release = models.ForeignKey(
        Release, models.CASCADE, null=True, blank=True, related_name="wants"
    )
    max_price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    notes = models.TextField(blank=True)
    source = models.CharField(max_length=20, default="site")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(album__isnull=False, release__isnull=True)
                | Q(album__isnull=True, release__isnull=False),
                name="want_album_or_release",
            ),
            models.UniqueConstraint(
                fields=["user", "album"], condition=Q(album__isnull=False), name="want_album_once"
            ),
            models.UniqueConstraint(
                fields=["user", "release"],
                condition=Q(release__isnull=False),
                name="want_release_once",
            ),
            models.CheckConstraint(
                condition=Q(max_price__isnull=True)
                | Q(max_price__gt=0, currency__regex=r"^[A-Z]{3}$"),
                name="want_price_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"want {self.album_id or self.release_id}"


class Owned(models.Model):
    """One copy on the shelf. ``release`` is empty when the pressing is not known."""

    user = models.ForeignKey(User, models.CASCADE, related_name="copies")
    album = models.ForeignKey(Album, models.CASCADE, related_name="copies")
    release = models.ForeignKey(
        Release, models.CASCADE, null=True, blank=True, related_name="copies"
    )
    discogs_instance_id = models.BigIntegerField(null=True, blank=True)
    grade = models.CharField(max_length=3, choices=GRADE_CHOICES, blank=True)
    sleeve_grade = models.CharField(max_length=3, choices=GRADE_CHOICES, blank=True)
    notes = models.TextField(blank=True)
    source = models.CharField(max_length=20, default="site")
    added_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-added_at", "-id"]
        verbose_name_plural = "owned"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "discogs_instance_id"],
                condition=Q(discogs_instance_id__isnull=False),
                name="owned_instance_once",
            )
        ]

    def __str__(self) -> str:
        return f"copy of {self.release_id or self.album_id}"
