"""What the search box reads."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Q

from catalog.search_sql import WORDS_VECTOR


class SearchEntry(models.Model):
    """One artist or album as it is found.

    ``normalised`` is the key of the name or title, for what begins so. ``words`` are all words that
    find it, in any order: an album's with those of its artists in front, an artist's with those of
    its other names behind. ``popular`` marks the best known of each kind, at most so many
    (`catalog.search_sql.POPULAR`) however large the catalogue grows: they are ranked as a whole and
    found despite typing mistakes, at a cost that stays the same. Among the rest nobody is much
    better known than another, so for them the first that fit will do.
    """

    class Kind(models.TextChoices):
        ARTIST = "artist"
        ALBUM = "album"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    entity_id = models.BigIntegerField()
    text = models.CharField(max_length=1000)
    normalised = models.CharField(max_length=1000)
    words = models.CharField(max_length=2000, default="")
    popularity = models.PositiveIntegerField(default=0)
    popular = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "search entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "entity_id"], name="search_entry_of_entity")
        ]
        indexes: ClassVar = [
            # The kind stands behind: half of the rows have the same one, which sorting would
            # compare again and again.
            models.Index(
                fields=["normalised", "kind"],
                opclasses=["varchar_pattern_ops", "varchar_ops"],
                name="search_entry_begins",
            ),
            # All that begin so are ranked, so each kind has its own.
            *(
                models.Index(
                    fields=["normalised"],
                    opclasses=["varchar_pattern_ops"],
                    include=["popularity", "entity_id"],
                    condition=Q(popular=True, kind=kind),
                    name=f"search_entry_popular_{kind}",
                )
                for kind in ("artist", "album")
            ),
            GinIndex(
                Func("words", template=WORDS_VECTOR),
                fastupdate=False,
                condition=Q(popular=True),
                name="search_entry_popular_parts",
            ),
            GinIndex(
                Func("words", template=WORDS_VECTOR),
                fastupdate=False,
                condition=Q(popular=False),
                name="search_entry_other_parts",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class SearchWord(models.Model):
    """A word of the popular entries, to be found despite a typing mistake.

    ``keys`` are its beginnings, and these with one letter left out (`catalog.spelling.keys`): who
    mistypes one letter still shares a key. ``weight`` is in how many entries it stands.
    """

    word = models.CharField(max_length=100, primary_key=True)
    weight = models.PositiveIntegerField(default=1)
    keys = ArrayField(models.CharField(max_length=6), default=list)

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["keys"], fastupdate=False, name="search_word_keys")]

    def __str__(self) -> str:
        return self.word
