"""The model learned from listening: its sums, its reasons, its versions."""

import numpy as np
import pytest
import scipy.sparse as sp

from recommendations.similarity import blend, linear
from recommendations.similarity import model as models
from recommendations.similarity.matrix import listening, log_weights, tag_vectors
from recommendations.similarity.training import Material, Settings, fit

PEOPLE, ARTISTS, GROUPS = 60, 48, 4


def taste(draw, person, many=9):
    """Artists that somebody of this group plays; the groups share a few."""
    own = [one for one in range(ARTISTS) if one % GROUPS == person % GROUPS or one < 3]
    return draw.choice(own, many, replace=False)


@pytest.fixture(scope="module")
def material():
    draw = np.random.default_rng(8)
    rows = [(p, a, draw.integers(1, 400)) for p in range(PEOPLE) for a in taste(draw, p)]
    people, artists, plays = np.array(rows).T
    tags = sp.csr_matrix(
        [[float(a % GROUPS == g) + (a % 7 == g) for g in range(7)] for a in range(ARTISTS)]
    )
    return Material(listening(people, artists, plays, (PEOPLE, ARTISTS)), tags)


@pytest.fixture(scope="module")
def model(material):
    return fit(np.arange(100, 100 + ARTISTS), material, Settings())


@pytest.fixture
def profile():
    return models.Profile.of(np.array([5, 9, 13, 2, 21]), np.array([300.0, 40, 2, 77, 5]))


def test_the_small_system_gives_what_the_whole_one_gives(material):
    """EDLAE with tags by its definition: the inverse of the regularised Gram matrix."""
    settings = linear.LinearSettings(ridge=3.0, dropout=0.4, tags=2.0)
    weights, vectors = log_weights(material.plays), tag_vectors(material.tags)
    rows = np.vstack([weights.toarray(), np.sqrt(2.0) * vectors.T.toarray()])
    gram = rows.T @ rows
    inverse = np.linalg.inv(gram + np.diag(3.0 + 0.4 / 0.6 * np.diag(gram)))
    wanted = -inverse / np.diag(inverse)
    np.fill_diagonal(wanted, 0)
    solved = linear.Linear(weights, [vectors.T.tocsr()], settings)
    found = solved.neighbours(ARTISTS)
    assert found.toarray() == pytest.approx(wanted, abs=1e-5)
    heads = linear.head_neighbours(weights, [vectors.T.tocsr()], settings, keep=ARTISTS)
    assert heads.toarray() == pytest.approx(wanted, abs=1e-4)
    other = weights[:1].toarray()[0] == 0
    scores = solved.scores(weights[:1])[0]
    assert scores[other] == pytest.approx((weights[:1] @ wanted)[0][other], abs=1e-5)


def test_beyond_the_head_artists_are_led_to_by_the_head(material):
    weights = log_weights(material.plays)
    found = linear.head_neighbours(weights, [], linear.LinearSettings(), keep=20, head=16)
    reached = np.asarray((found != 0).sum(axis=0)).ravel()
    giving = np.asarray((found != 0).sum(axis=1)).ravel()
    assert (reached > 0).sum() > 40
    assert (giving > 0).sum() == 16
    best = np.asarray(found.argmax(axis=0)).ravel()
    tail = [a for a in range(3, ARTISTS) if not giving[a] and reached[a]]
    right = [best[a] % GROUPS == a % GROUPS or best[a] < 3 for a in tail]
    assert np.mean(right) > 0.9


def test_contributions_add_up_to_the_score(model, profile):
    wanted = np.array([0, 1, 17, 33, 40, 47])
    scores = model.scores(profile)[wanted]
    weights = model.blend.at(len(profile.places))
    popular = weights[blend.POPULARITY] * model.popularity[wanted]
    summed = model.contributions(profile, wanted).sum(axis=0)
    assert summed + popular == pytest.approx(scores, abs=1e-6)


def test_without_its_named_causes_an_artist_falls_most(model, profile):
    """What is named as the cause is the cause: taking the two strongest causes away costs an
    artist more than taking the two weakest, and than taking any two costs on the average."""
    wanted, _ = model.ranked(profile, limit=10, never=profile.places, spread=0)
    pairs = [(a, b) for a in range(5) for b in range(a)]

    def without(artist, pair):
        keep = [row for row in range(5) if row not in pair]
        less = models.Profile(profile.places[keep], profile.plays[keep])
        return model.scores(less)[artist]

    for artist in wanted:
        order = np.argsort(-model.contributions(profile, np.array([artist]))[:, 0])
        left = without(artist, order[:2])
        assert left < without(artist, order[-2:])
        assert left < np.mean([without(artist, pair) for pair in pairs])


def test_lists_hold_nothing_of_the_profile_and_spread_keeps_the_set(model, profile):
    plain, scores = model.ranked(profile, limit=30, never=profile.places, spread=0)
    wide, _ = model.ranked(profile, limit=30, never=profile.places, spread=0.6)
    assert not set(plain) & set(profile.places)
    assert list(scores) == sorted(scores, reverse=True)
    assert set(plain) == set(wide)
    assert list(plain) != list(wide)
    assert plain[0] == wide[0]


@pytest.mark.parametrize("plays", [[], [0.0], [-3.0], [float("nan")], [1e300]])
def test_any_profile_has_scores(model, plays):
    profile = models.Profile.of(np.arange(len(plays)), np.array(plays))
    assert np.isfinite(model.scores(profile)).all()


def test_an_endless_profile_is_heard_by_its_strongest(model):
    places = np.arange(ARTISTS)
    whole = models.Profile.of(np.repeat(places, 1100), np.tile(places + 1.0, 1100))
    assert len(whole.places) == models.PROFILE_MOST


def test_weights_go_over_between_sizes():
    mixed = blend.Blend((3, 12), ((1.0, 0, 0, 0, 0, 0), (0, 1.0, 0, 0, 0, 0)))
    assert mixed.at(1)[0] == 1
    assert mixed.at(6)[:2] == pytest.approx([0.5, 0.5])
    assert mixed.at(500)[1] == 1


def test_a_file_gives_back_the_model(model, profile, tmp_path):
    models.save(model, tmp_path / "m.npz")
    again = models.load(tmp_path / "m.npz")
    assert again.scores(profile) == pytest.approx(model.scores(profile), abs=1e-5)
    assert list(again.artists) == list(model.artists)


def test_a_bad_file_is_told(model, tmp_path, monkeypatch):
    path = tmp_path / "m.npz"
    with pytest.raises(models.ModelFileError, match="missing"):
        models.load(path)
    monkeypatch.setattr(models, "FORMAT", 99)
    models.save(model, path)
    monkeypatch.undo()
    with pytest.raises(models.ModelFileError, match="has format 99"):
        models.load(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(models.ModelFileError, match="cannot be read"):
        models.load(path)
