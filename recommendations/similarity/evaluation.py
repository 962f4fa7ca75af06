"""Train on one file, rank for the people of another, with the model that serves the site."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from recommendations.similarity.blend import PARTS, Blend
from recommendations.similarity.files import BadFile, Keys, Triples, read_triples
from recommendations.similarity.matrix import listening
from recommendations.similarity.model import Model, Profile
from recommendations.similarity.training import Material, Say, Settings, fit
from recommendations.similarity.tuning import tune

PLAYS = ("user", "artist", "plays")
TAGS = ("artist", "tag", "weight")
LONG = 100
# `blend` is what serves the site; the others are its parts alone.
MODELS = ("blend", *PARTS)


@dataclass(frozen=True, slots=True)
class Task:
    """What is learned from and who is ranked for."""

    artists: Keys
    people: Keys
    material: Material
    foldin: Triples
    skipped: dict[str, int]


def read(train: Path, foldin: Path, tags: Path | None) -> Task:
    """The three files. Artists of train and of the tags may be recommended. Raises BadFile."""
    artists, teachers, people, names = Keys(), Keys(), Keys(), Keys()
    learned = read_triples(train, PLAYS, teachers, artists)
    if not len(learned.values):
        raise BadFile(f"{train}: no row to learn from")
    nothing = Triples(np.zeros(0, int), np.zeros(0, int), np.zeros(0), 0)
    tagged = read_triples(tags, TAGS, artists, names) if tags else nothing
    known = len(artists.names)
    # Whom a row names without plays that count is theirs all the same, and never ranked for them.
    asked = read_triples(foldin, PLAYS, people, artists, keep_named=True)
    if not people.names:
        raise BadFile(f"{foldin}: nobody to rank for")
    shape = (len(teachers.names), known)
    plays = listening(learned.left, learned.right, learned.values, shape)
    return Task(
        artists=artists,
        people=people,
        material=Material(plays, tagged.matrix((known, max(1, len(names.names))))),
        foldin=asked,
        skipped={"train": learned.skipped, "tags": tagged.skipped, "foldin": asked.skipped},
    )


def train(task: Task, *, name: str, seconds: float, seed: int, say: Say) -> Model:
    """The named model, its settings chosen on train."""
    started = time.monotonic()
    settings, measured = tune(task.material, seconds=seconds, seed=seed, say=say)
    settings = only(settings, name)
    known = task.material.plays.shape[1]
    artists = np.array(task.artists.names[:known])
    about: dict[str, Any] = {"measured": measured, "seconds": time.monotonic() - started}
    return fit(artists, task.material, settings, say=say, about=about)


def only(settings: Settings, name: str) -> Settings:
    """Settings of the whole blend, or of one part alone and unspread."""
    if name == "blend":
        return settings
    weights = tuple(1.0 if part == name else 0.0 for part in PARTS)
    return replace(settings, blend=Blend((1,), (weights,)), spread=0.0)


def rank(task: Task, model: Model, *, long: int = LONG) -> Iterator[tuple[str, list[str]]]:
    """For everybody of foldin, in the order of the file, the best `long` artists, none of which
    is in their own profile. In one thread: the products for one person are so small that a second
    one costs more, in waiting for it, than it does."""
    with threadpool_limits(1):
        yield from _ranked(task, model, long)


def _ranked(task: Task, model: Model, long: int) -> Iterator[tuple[str, list[str]]]:
    order = np.argsort(task.foldin.left, kind="stable")
    starts = np.searchsorted(task.foldin.left[order], np.arange(len(task.people.names) + 1))
    for person, name in enumerate(task.people.names):
        rows = order[starts[person] : starts[person + 1]]
        places, where = np.unique(task.foldin.right[rows], return_inverse=True)
        plays = np.bincount(where, weights=task.foldin.values[rows], minlength=len(places))
        known = places < len(model.artists)
        profile = Profile.of(places[known], plays[known])
        found, _ = model.ranked(profile, limit=long, never=places[known])
        yield name, model.artists[found].tolist()
