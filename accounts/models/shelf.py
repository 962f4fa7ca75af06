"""What people own and want, and what they changed here that Discogs has to hear of."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import GRADE_CHOICES, GRADES, User
from catalog.models import Album, Release

# What Discogs says of sleeves besides the grades, as it writes it and as a short code.
SLEEVE_WORDS = {"generic": "Generic", "not_graded": "Not Graded", "no_cover": "No Cover"}
SLEEVE_CHOICES = [*GRADE_CHOICES, *SLEEVE_WORDS.items()]
MOST_COUNTRIES = 20


def _one_of(field: str, values: list[str]) -> Q:
    return Q(**{f"{field}__in": ["", *values]})


class Want(models.Model):
    """A wish for an album in any pressing that fits the options, or for exactly one pressing.

    ``least_grade`` "" stands for the profile's. ``countries`` are named as Discogs names them
    ("UK"); none means any. ``rating`` and ``sent_at`` belong to Discogs' list: what the person
    rated there, and when this want was added there from here. ``printed`` see accounts.csv.
    """

    class Priority(models.TextChoices):
        MUST = "must", _("Must have")
        NICE = "nice", _("Nice to have")

    user = models.ForeignKey(User, models.CASCADE, related_name="wants")
    album = models.ForeignKey(Album, models.CASCADE, null=True, blank=True, related_name="wants")
    release = models.ForeignKey(
        Release, models.CASCADE, null=True, blank=True, related_name="wants"
    )
    originals_only = models.BooleanField(default=False)
    no_unofficial = models.BooleanField(default=False)
    countries = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    colour = models.CharField(max_length=40, blank=True)
    least_grade = models.CharField(max_length=3, choices=GRADE_CHOICES, blank=True)
    max_price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    priority = models.CharField(
        max_length=4, choices=Priority.choices, default=Priority.NICE, db_default=Priority.NICE
    )
    notes = models.TextField(blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=20, default="site")
    sent_at = models.DateTimeField(null=True, blank=True)
    printed = models.JSONField(default=dict, blank=True)
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
            models.CheckConstraint(
                condition=_one_of("least_grade", list(GRADES)), name="want_grade_known"
            ),
            models.CheckConstraint(
                condition=Q(priority__in=["must", "nice"]), name="want_priority_known"
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="want_rating_1_5"
            ),
            models.CheckConstraint(
                condition=Q(countries__len__lte=MOST_COUNTRIES), name="want_countries_few"
            ),
            # One pressing is what it is: there is nothing left to choose.
            models.CheckConstraint(
                condition=Q(release__isnull=True)
                | Q(originals_only=False, no_unofficial=False, colour="", countries__len=0),
                name="want_options_of_albums",
            ),
        ]

    def __str__(self) -> str:
        return f"want {self.album_id or self.release_id}"


class Owned(models.Model):
    """One copy on the shelf. ``release`` is empty when the pressing is not known.

    ``fields`` are the person's own columns at Discogs by name; ``paid`` is what the copy cost the
    person; ``double_is_meant`` says that it stands beside another copy on purpose.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="copies")
    album = models.ForeignKey(Album, models.CASCADE, related_name="copies")
    release = models.ForeignKey(
        Release, models.CASCADE, null=True, blank=True, related_name="copies"
    )
    discogs_instance_id = models.BigIntegerField(null=True, blank=True)
    discogs_folder_id = models.BigIntegerField(null=True, blank=True)
    folder = models.CharField(max_length=200, blank=True)
    grade = models.CharField(max_length=3, choices=GRADE_CHOICES, blank=True)
    sleeve_grade = models.CharField(max_length=12, choices=SLEEVE_CHOICES, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    notes = models.TextField(blank=True)
    fields = models.JSONField(default=dict, blank=True)
    paid = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    paid_currency = models.CharField(max_length=3, blank=True)
    double_is_meant = models.BooleanField(default=False)
    source = models.CharField(max_length=20, default="site")
    printed = models.JSONField(default=dict, blank=True)
    added_at = models.DateTimeField()
    # When Discogs was told of a copy that was put here. Without an instance then: it knows no such
    # pressing.
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-added_at", "-id"]
        verbose_name_plural = "owned"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "discogs_instance_id"],
                condition=Q(discogs_instance_id__isnull=False),
                name="owned_instance_once",
            ),
            models.CheckConstraint(
                condition=_one_of("grade", list(GRADES)), name="owned_grade_known"
            ),
            models.CheckConstraint(
                condition=_one_of("sleeve_grade", [*GRADES, *SLEEVE_WORDS]),
                name="owned_sleeve_known",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="owned_rating_1_5"
            ),
            models.CheckConstraint(
                condition=Q(paid__isnull=True, paid_currency="")
                | Q(paid__gte=0, paid_currency__regex=r"^[A-Z]{3}$"),
                name="owned_paid_with_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"copy of {self.release_id or self.album_id}"


class DiscogsChange(models.Model):
    """What a person changed here and Discogs has not heard of: the last wish for each number.

    Wants wait here until they were sent, where the person switched that on. What is not wanted
    any more stays here meanwhile, so that the next reading does not bring it back; so do copies
    that were taken off the shelf here.
    """

    class What(models.TextChoices):
        WANT = "want"
        COPY = "copy"

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    what = models.CharField(max_length=4, choices=What.choices)
    number = models.BigIntegerField()  # Discogs' id of the release, or of the instance
    wanted = models.BooleanField()
    notes = models.TextField(blank=True)
    # Of a copy: Discogs' id of its pressing, without which it cannot be taken off there.
    release_number = models.BigIntegerField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "what", "number"], name="discogs_change_once"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.number} {'on' if self.wanted else 'off'}"
