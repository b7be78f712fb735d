"""Calibration against a dense likelihood, against the balanced analysis of variance, and against common sense."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.scoring.calibration import Pool, Problem, components, posterior, solve
from reviews.scoring.likelihood import Design, Mark, deviance, fit

scores = st.integers(1, 50).map(lambda tenth: tenth / 10)


@st.composite
def tables(draw, most=6):
    """A few proposals and reviewers, some pairs scored."""
    proposals, reviewers = draw(st.integers(2, most)), draw(st.integers(2, most))
    pairs = [(p, r) for p in range(proposals) for r in range(reviewers)]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=3, max_size=len(pairs), unique=True))
    return tuple(sorted(Mark(f"P{p}", r, draw(scores)) for p, r in chosen))


def simulated(seed=1, proposals=60, reviewers=20, each=3, severity=1.0, noise=0.6):
    random = np.random.default_rng(seed)
    quality, offset = random.normal(3, 1, proposals), random.normal(0, severity**0.5, reviewers)
    marks = [
        Mark(f"P{p:03}", int(r), float(quality[p] + offset[r] + random.normal(0, noise)))
        for p in range(proposals)
        for r in random.choice(reviewers, each, replace=False)
    ]
    return tuple(marks), quality


def dense(marks, a, b):
    """The restricted likelihood written down as the textbook has it, with every matrix in full."""
    design = Design(marks)
    zp = np.eye(len(design.proposals))[design.at_proposal]
    zr = np.eye(len(design.reviewers))[design.at_reviewer]
    y = design.y + design.centre
    v = np.eye(len(y)) + a * zp @ zp.T + b * zr @ zr.T
    inverse, one = np.linalg.inv(v), np.ones(len(y))
    information = one @ inverse @ one
    mean = one @ inverse @ y / information
    noise = max((y - mean) @ inverse @ (y - mean) / (len(y) - 1), 1e-12)
    value = (len(y) - 1) * np.log(noise) + np.linalg.slogdet(v)[1] + np.log(information)
    return value, mean, noise, inverse, zp, y


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(tables(), st.floats(0, 5), st.floats(0, 5))
def test_the_reduced_likelihood_equals_the_dense_one(marks, a, b):
    assume_spread = len({mark.value for mark in marks}) > 1
    if assume_spread:
        assert deviance(Design(marks), a, b) == pytest.approx(dense(marks, a, b)[0], abs=1e-6)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(tables(4))
def test_no_point_of_a_grid_is_more_likely_than_the_fit(marks):
    design = Design(marks)
    fitted = fit(design)
    if fitted.variances.noise > 1e-6:
        grid = [0, 0.01, 0.1, 0.3, 1, 3, 10, 100]
        found = deviance(design, fitted.a, fitted.b)
        assert found <= min(deviance(design, a, b) for a in grid for b in grid) + 1e-4


def test_a_balanced_design_gives_the_estimates_of_the_analysis_of_variance():
    random = np.random.default_rng(3)
    p, r = 12, 7
    table = random.normal(0, 1.1, (p, 1)) + random.normal(0, 0.8, (1, r)) + random.normal(0, 0.7, (p, r))
    marks = tuple(Mark(f"P{i:02}", j, float(table[i, j])) for i in range(p) for j in range(r))
    rows, columns, mean = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True), table.mean()
    error = ((table - rows - columns + mean) ** 2).sum() / ((p - 1) * (r - 1))
    between_rows = r * ((rows - mean) ** 2).sum() / (p - 1)
    between_columns = p * ((columns - mean) ** 2).sum() / (r - 1)
    found = fit(Design(marks)).variances
    assert found.noise == pytest.approx(error, rel=1e-4)
    assert found.proposal == pytest.approx((between_rows - error) / r, rel=1e-4)
    assert found.reviewer == pytest.approx((between_columns - error) / p, rel=1e-4)


@pytest.mark.parametrize(
    ("seed", "shape", "figures"),
    [
        (1, {}, (0.699667996, 0.679619902, 0.38021758, 81.12807528)),
        (2, {"severity": 0.0}, (1.176130253, 0, 0.3730942775, 0)),
        (3, {"proposals": 120, "reviewers": 30, "severity": 1.5}, (1.139557024, 1.417161915, 0.399360825, 303.4362792)),
        (4, {"noise": 0.05}, (0.9711181153, 1.286503076, 0.002444447484, 644.3023501)),
        (5, {"proposals": 8, "reviewers": 5}, (0.6870641519, 0.8357028044, 0.1647410176, 15.57098317)),
    ],
)
def test_the_library_finds_the_maxima_that_our_own_simplex_found(seed, shape, figures):
    """Variances of proposals, reviewers and noise, and the likelihood ratio, written down before scipy took over."""
    marks, _ = simulated(seed, **shape)
    fitted = fit(Design(tuple(sorted(marks))))
    variances = fitted.variances
    found = (variances.proposal, variances.reviewer, variances.noise, fitted.ratio)
    assert found == pytest.approx(figures, rel=1e-5, abs=1e-9)


def test_the_posterior_equals_the_dense_prediction_and_its_error():
    marks, _ = simulated(proposals=25, reviewers=16)
    design = Design(tuple(sorted(marks)))
    fitted = fit(design)
    known = posterior(design, fitted)
    _, mean, noise, inverse, zp, y = dense(tuple(sorted(marks)), fitted.a, fitted.b)
    one = np.ones(len(y))
    blup = mean + fitted.a * zp.T @ inverse @ (y - mean)
    slack = np.ones(len(design.proposals)) - fitted.a * zp.T @ inverse @ one
    error = fitted.a * np.eye(len(design.proposals)) - fitted.a**2 * zp.T @ inverse @ zp
    error += np.outer(slack, slack) / (one @ inverse @ one)
    assert known.centre == pytest.approx(blup, abs=1e-8)
    assert known.spread() == pytest.approx(np.sqrt(noise * np.diag(error)), abs=1e-8)


def test_severity_is_found_and_corrected_where_it_is_large():
    marks, quality = simulated(proposals=120, reviewers=30, severity=1.5)
    solution = solve(Problem(marks))
    codes = sorted(solution.estimates)
    values = np.array([solution.estimates[code].value for code in codes])
    plain = np.array([solution.estimates[code].mean for code in codes])
    assert solution.calibrated
    assert np.corrcoef(values, quality)[0, 1] > np.corrcoef(plain, quality)[0, 1] + 0.03
    covered = [e.low <= q <= e.high for e, q in zip((solution.estimates[c] for c in codes), quality, strict=True)]
    assert 0.88 <= np.mean(covered) <= 1


@pytest.mark.slow
def test_intervals_hold_the_truth_about_95_times_in_a_hundred():
    hits = []
    for seed in range(12):
        marks, quality = simulated(seed, proposals=80, reviewers=20)
        estimates = solve(Problem(marks)).estimates
        hits += [estimates[f"P{i:03}"].low <= q <= estimates[f"P{i:03}"].high for i, q in enumerate(quality)]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("shape", "gate"),
    [
        ({"proposals": 30}, "few-scores"),
        ({"proposals": 60, "reviewers": 12}, "few-reviewers"),
        ({"proposals": 60, "reviewers": 60}, "small-loads"),
        ({"severity": 0.0}, "no-severity"),
    ],
)
def test_each_gate_names_itself_and_leaves_the_plain_means(shape, gate):
    marks, _ = simulated(**shape)
    solution = solve(Problem(marks))
    assert (solution.calibrated, solution.gate) == (False, gate)
    assert solution.sentence.endswith(".")
    assert all(each.value == each.mean for each in solution.estimates.values())


def test_two_groups_without_a_common_reviewer_are_not_compared():
    first, _ = simulated(1, proposals=40, reviewers=10)
    second = tuple(Mark("Q" + mark.proposal, mark.reviewer + 100, mark.value) for mark in first)
    assert solve(Problem(first + second)).gate == "not-connected"
    assert components(Design(tuple(sorted(first + second)))) == 2


def test_without_scores_there_is_no_estimate():
    assert solve(Problem(())).gate == "no-scores"


def test_a_plain_interval_needs_five_degrees_of_freedom():
    marks = tuple(Mark(f"P{i}", j, float(i + j)) for i in range(2) for j in range(3))
    assert solve(Problem(marks)).estimates["P0"].low is None
    more = marks + tuple(Mark("P2", j, float(j)) for j in range(3))
    estimate = solve(Problem(more)).estimates["P0"]
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx(
        (1 - 2.446912 / 3**0.5, 1, 1 + 2.446912 / 3**0.5)
    )


def small_edition(seed, reliability):
    """24 proposals with one to three reviews each, 8 places: the truth, and what is said of it."""
    random = np.random.default_rng(seed)
    quality = random.normal(3, reliability**0.5, 24)
    offset = random.normal(0, (0.3 * (1 - reliability)) ** 0.5, 12)
    marks = [
        Mark(f"P{p:02}", int(r), float(quality[p] + offset[r] + random.normal(0, (0.7 * (1 - reliability)) ** 0.5)))
        for p in range(24)
        for r in random.choice(12, int(random.integers(1, 4)), replace=False)
    ]
    solution = solve(Problem(tuple(marks), (Pool("all", 8, tuple((f"P{p:02}", 1) for p in range(24))),)))
    best = set(np.argsort(-quality)[:8])
    return [(solution.estimates[f"P{p:02}"], solution.chances[f"P{p:02}"], quality[p], p in best) for p in range(24)]


@pytest.mark.slow
def test_plain_means_promise_no_more_than_comes_true():
    rows = [row for seed in range(80) for row in small_edition(seed, reliability=0.3)]
    covered = [estimate.low <= truth <= estimate.high for estimate, _, truth, _ in rows]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)
    said, true = np.array([row[1] for row in rows]), np.array([row[3] for row in rows])
    single = np.array([row[0].reviews == 1 for row in rows])
    for low, high in ((0.5, 0.7), (0.7, 0.9)):
        inside = (said >= low) & (said < high)
        assert true[inside].mean() > said[inside].mean() - 0.05
        assert true[inside & single].mean() > said[inside & single].mean() - 0.1
    assert said[single].max() < 0.95
    assert true[said >= 0.9].mean() > 0.8


@settings(max_examples=30, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(marks, random):
    pool = Pool("all", 2, tuple((f"P{i}", 1) for i in range(6)))
    mixed = list(marks)
    random.shuffle(mixed)
    assert solve.__wrapped__(Problem(marks, (pool,))) == solve.__wrapped__(Problem(tuple(mixed), (pool,)))


def test_chances_add_up_to_the_places_and_follow_the_values():
    marks, _ = simulated()
    codes = sorted({mark.proposal for mark in marks})
    solution = solve(Problem(marks, (Pool("all", 20, tuple((code, 1) for code in codes)),)))
    ranked = sorted(codes, key=lambda code: -solution.estimates[code].value)
    assert sum(solution.chances.values()) == pytest.approx(20, abs=0.01)
    assert solution.chances[ranked[0]] > 0.9 > 0.1 > solution.chances[ranked[-1]]
    equal_load = [solution.chances[code] for code in ranked]
    assert all(above >= below - 0.2 for above, below in pairwise(equal_load))


def test_equal_proposals_share_the_last_place():
    marks = tuple(Mark(code, r, 3.0 + r % 2) for code in ("A", "B", "C") for r in range(4))
    chances = solve(Problem(marks, (Pool("all", 1, (("A", 1), ("B", 1), ("C", 1))),))).chances
    assert chances == pytest.approx({"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}, abs=0.03)


def test_where_there_is_room_for_all_everybody_is_above_the_line():
    marks = tuple(Mark(code, r, 3.0 + r % 2) for code in ("A", "B", "C") for r in range(4))
    assert set(solve(Problem(marks, (Pool("all", 3, (("A", 1), ("B", 1), ("C", 1))),))).chances.values()) == {1.0}


@pytest.mark.slow
def test_when_everybody_gives_the_same_score_there_is_nothing_to_calibrate():
    marks, _ = simulated()
    flat = tuple(Mark(mark.proposal, mark.reviewer, 3.0) for mark in marks)
    solution = solve(Problem(flat))
    assert (solution.calibrated, {each.value for each in solution.estimates.values()}) == (False, {3.0})
