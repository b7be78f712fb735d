"""Calibration against a dense likelihood, against the balanced analysis of variance, and against common sense."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.scoring.calibration import Estimate, Limit, Pool, Problem, components, solve, values
from reviews.scoring.likelihood import Design, Mark, deviance, fit, moments
from reviews.scoring.posterior import RELIABILITY_PRIOR, left_out_errors, posterior

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


def dense(marks, a, b, tracks=None):
    """The restricted likelihood written down as the textbook has it, with every matrix in full."""
    design = Design(marks, tracks=tracks)
    zp = np.eye(len(design.proposals))[design.at_proposal]
    zr = np.eye(len(design.reviewers))[design.at_reviewer]
    x = np.eye(design.groups)[design.group][design.at_proposal]
    y = design.y + design.centre
    v = np.eye(len(y)) + a * zp @ zp.T + b * zr @ zr.T
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    means = np.linalg.solve(information, x.T @ inverse @ y)
    freedom = len(y) - design.groups
    noise = max((y - x @ means) @ inverse @ (y - x @ means) / freedom, 1e-12)
    value = freedom * np.log(noise) + np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
    return value, means, noise, inverse, x, zp, y


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


TRACKS = {f"P{p:03}": "AB"[p % 2] for p in range(200)}


@pytest.mark.parametrize("tracks", [None, TRACKS])
def test_the_posterior_equals_the_dense_prediction_and_its_error(tracks):
    marks = tuple(sorted(simulated(proposals=25, reviewers=16)[0]))
    design = Design(marks, tracks=tracks)
    fitted = fit(design)
    known = posterior(design, fitted.a, fitted.b)
    value, means, noise, inverse, x, zp, y = dense(marks, fitted.a, fitted.b, tracks)
    blup = np.eye(design.groups)[design.group] @ means + fitted.a * zp.T @ inverse @ (y - x @ means)
    slack = np.eye(design.groups)[design.group] - fitted.a * zp.T @ inverse @ x
    error = fitted.a * np.eye(len(design.proposals)) - fitted.a**2 * zp.T @ inverse @ zp
    error += slack @ np.linalg.inv(x.T @ inverse @ x) @ slack.T
    assert deviance(design, fitted.a, fitted.b) == pytest.approx(value, abs=1e-6)
    assert known.noise == pytest.approx(noise)
    assert known.centre == pytest.approx(blup, abs=1e-8)
    assert known.spread() == pytest.approx(np.sqrt(noise * np.diag(error)), abs=1e-8)


@pytest.mark.parametrize("b", [0.0, 0.4])
def test_the_error_of_a_left_out_score_is_that_of_the_prediction_without_it(b):
    marks = tuple(sorted(simulated(proposals=9, reviewers=7)[0]))
    found = left_out_errors(Design(marks), 0.7, b)
    for index in (0, 5, 26):
        _, means, _, inverse, x, _, y = dense(marks[:index] + marks[index + 1 :], 0.7, b)
        out = marks[index]
        rest = marks[:index] + marks[index + 1 :]
        shares = np.array([0.7 * (m.proposal == out.proposal) + b * (m.reviewer == out.reviewer) for m in rest])
        assert found[index] == pytest.approx(out.value - means[0] - shares @ inverse @ (y - x @ means))


def test_moments_come_close_to_the_most_likely_variances_of_many_scores():
    design = Design(simulated(proposals=400, reviewers=60, severity=0.5)[0], tracks={})
    fitted = fit(design)
    assert moments(design) == pytest.approx((fitted.a, fitted.b), rel=0.15)


@pytest.mark.slow
def test_statsmodels_finds_the_same_variances_and_the_same_values():
    from statsmodels.regression.mixed_linear_model import MixedLM

    marks = tuple(sorted(simulated(proposals=40, reviewers=15)[0]))
    design = Design(marks)
    fitted = fit(design)
    known = posterior(design, fitted.a, fitted.b)
    parts = {
        "proposal": np.eye(len(design.proposals))[design.at_proposal],
        "reviewer": np.eye(len(design.reviewers))[design.at_reviewer],
    }
    names = [[f"{part}{index:03}" for index in range(matrix.shape[1])] for part, matrix in parts.items()]
    from statsmodels.regression.mixed_linear_model import VCSpec

    spec = VCSpec(list(parts), [[each] for each in names], [[each] for each in parts.values()])
    n = design.n
    model = MixedLM(design.y, np.ones((n, 1)), groups=np.zeros(n), exog_vc=spec)
    result = model.fit(reml=True, method=["lbfgs"])
    assert (*result.vcomp, result.scale) == pytest.approx(
        (fitted.variances.proposal, fitted.variances.reviewer, fitted.variances.noise), rel=0.01
    )
    effects = np.asarray(next(iter(result.random_effects.values())))[: len(design.proposals)]
    assert design.centre + result.fe_params[0] + effects == pytest.approx(known.centre, abs=0.01)


def test_severity_is_found_and_corrected_where_it_is_large():
    marks, quality = simulated(proposals=120, reviewers=30, severity=1.5)
    solution = solve(Problem(marks))
    codes = sorted(solution.estimates)
    found = np.array([solution.estimates[code].value for code in codes])
    plain = np.array([solution.estimates[code].mean for code in codes])
    assert solution.calibrated
    assert np.corrcoef(found, quality)[0, 1] > np.corrcoef(plain, quality)[0, 1] + 0.03
    covered = [e.low <= q <= e.high for e, q in zip((solution.estimates[c] for c in codes), quality, strict=True)]
    assert 0.88 <= np.mean(covered) <= 1


@pytest.mark.parametrize(
    ("shape", "gate"),
    [
        ({"proposals": 30}, "few-scores"),
        ({"proposals": 60, "reviewers": 12}, "few-reviewers"),
        ({"proposals": 60, "reviewers": 60}, "small-loads"),
        ({"severity": 0.0}, "no-severity"),
    ],
)
def test_each_gate_names_itself_and_leaves_severity_uncorrected(shape, gate):
    marks, _ = simulated(**shape)
    solution = solve(Problem(marks))
    assert (solution.calibrated, solution.gate) == (False, gate)
    assert solution.sentence.endswith(".")
    order = sorted(solution.estimates.values(), key=lambda each: each.mean)
    assert order == sorted(order, key=lambda each: each.value)
    grand = np.mean([mark.value for mark in marks])
    assert all(abs(each.value - grand) <= abs(each.mean - grand) for each in order)


@pytest.mark.slow
def test_the_gates_refuse_reviewers_who_do_not_differ():
    refused = [not solve(Problem(simulated(seed, severity=0.0)[0])).calibrated for seed in range(40)]
    assert np.mean(refused) >= 0.9


def test_of_two_values_with_the_same_mean_the_one_with_more_reviews_is_further_out():
    marks = tuple(Mark(code, r, value) for code, value, n in (("A", 4, 3), ("B", 4, 1), ("C", 2, 3)) for r in range(n))
    found = values(Problem(marks))
    assert found["A"] > found["B"] > found["C"]


def test_two_groups_without_a_common_reviewer_are_numbered():
    first, _ = simulated(1, proposals=40, reviewers=10)
    second = tuple(Mark("Q" + mark.proposal, mark.reviewer + 100, mark.value) for mark in first[:90])
    assert set(components(Design(first + second)).tolist()) == {0, 1}
    solution = solve(Problem(first + second))
    assert solution.groups == 2
    assert {code[0]: each.group for code, each in solution.estimates.items()} == {"P": 0, "Q": 1}


def test_who_reads_a_weak_track_is_not_called_severe():
    """Track B is two points weaker; half of the reviewers read mostly B. Severity does not differ within a track."""
    random = np.random.default_rng(5)
    marks, quality = [], {}
    for p in range(80):
        track = p % 2
        quality[f"P{p:03}"] = random.normal(4 - 2 * track, 0.7)
        likely = np.array([0.9 if (r % 2) == track else 0.1 for r in range(20)])
        for r in random.choice(20, 4, replace=False, p=likely / likely.sum()):
            offset = 1.0 if r % 4 < 2 else -1.0
            marks.append(Mark(f"P{p:03}", int(r), float(quality[f"P{p:03}"] + offset + random.normal(0, 0.8))))
    tracks = tuple((code, "AB"[int(code[1:]) % 2]) for code in quality)
    with_tracks, without = solve(Problem(tuple(marks), tracks=tracks)), solve(Problem(tuple(marks)))
    assert with_tracks.calibrated
    assert with_tracks.tracks == 2

    def gap(solution):
        by_track = [[], []]
        for code, each in solution.estimates.items():
            by_track[int(code[1:]) % 2].append(each.value)
        return np.mean(by_track[0]) - np.mean(by_track[1])

    truth = np.mean([q for c, q in quality.items() if not int(c[1:]) % 2]) - np.mean(
        [q for c, q in quality.items() if int(c[1:]) % 2]
    )
    assert abs(gap(with_tracks) - truth) < abs(gap(without) - truth)
    assert gap(with_tracks) == pytest.approx(truth, abs=0.25)


def test_without_scores_there_is_no_estimate():
    assert solve(Problem(())).gate == "no-scores"
    assert values(Problem(())) == {}


@pytest.mark.parametrize("shape", [{}, {"proposals": 20}])
def test_the_values_alone_are_those_of_the_whole(shape):
    problem = Problem(simulated(**shape)[0], tracks=tuple(TRACKS.items()))
    assert values(problem) == {code: each.value for code, each in solve(problem).estimates.items()}


def test_a_single_score_is_its_own_value_and_says_nothing_more():
    assert solve(Problem((Mark("A", 1, 3.0),))).estimates["A"] == Estimate(1, 3.0, 3.0, None, None, None, None, 0)


def panel_of_the_prior(seed, proposals=20, most=3):
    """A panel whose reliability is drawn from the prior: the truth, and what is said of it."""
    random = np.random.default_rng(seed)
    reliability = random.beta(*RELIABILITY_PRIOR)
    quality = random.normal(3, reliability**0.5, proposals)
    marks = tuple(
        Mark(f"P{p:02}", r, float(quality[p] + random.normal(0, (1 - reliability) ** 0.5)))
        for p in range(proposals)
        for r in range(int(random.integers(1, most + 1)))
    )
    codes = [f"P{p:02}" for p in range(proposals)]
    places = proposals // 3
    solution = solve.__wrapped__(Problem(marks, (Pool("all", places, tuple((code, 1) for code in codes)),)))
    best = set(np.argsort(-quality)[:places])
    return [(solution.estimates[code], solution.chances[code], quality[p], p in best) for p, code in enumerate(codes)]


@pytest.mark.slow
def test_intervals_cover_and_chances_come_true_over_the_prior():
    rows = [row for seed in range(80) for row in panel_of_the_prior(seed)]
    covered = [estimate.low <= truth <= estimate.high for estimate, _, truth, _ in rows]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)
    said, true = np.array([row[1] for row in rows]), np.array([row[3] for row in rows])
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0)):
        inside = (said >= low) & (said < high)
        assert true[inside].mean() == pytest.approx(said[inside].mean(), abs=0.06)


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


def test_a_limit_takes_chances_from_the_same_sponsor_and_gives_them_to_others():
    marks = tuple(Mark(code, r, value + r % 2) for code, value in (("A", 4), ("B", 4), ("C", 2)) for r in range(6))
    sizes = (("A", 1), ("B", 1), ("C", 1))
    free = solve(Problem(marks, (Pool("all", 2, sizes),))).chances
    held = solve(Problem(marks, (Pool("all", 2, sizes, (Limit(("A", "B"), 1),)),))).chances
    assert free["A"] + free["B"] > 1.5
    assert held["A"] + held["B"] == pytest.approx(1)
    assert 0.999 < held["C"] < 1


def test_who_has_no_review_yet_competes():
    marks = tuple(Mark(code, r, value + r % 2) for code, value in (("A", 4), ("B", 3)) for r in range(6))
    sizes = tuple((code, 1) for code in "ABCDEF")
    some = solve(Problem(marks, (Pool("all", 2, sizes),)))
    assert set(some.estimates) == set(some.chances) == {"A", "B"}
    assert some.chances["B"] < some.chances["A"] < 1
    assert sum(some.chances.values()) < 1.9


def test_stability_falls_where_the_place_hangs_on_who_reviewed():
    firm = tuple(Mark(code, r, value + r % 2) for code, value in (("A", 4), ("B", 1)) for r in range(6))
    split = tuple(Mark(code, r, 5.0 if r == wide else 2.0) for code, wide in (("C", 1), ("D", 9)) for r in range(6))
    pool = Pool("all", 2, tuple((code, 1) for code in "ABCD"))
    found = {code: each.stability for code, each in solve(Problem(firm + split, (pool,))).estimates.items()}
    assert found["A"] > found["C"] > 0.5 > found["B"]


def test_where_there_is_room_for_all_everybody_is_above_the_line():
    marks = tuple(Mark(code, r, 3.0 + r % 2) for code in ("A", "B", "C") for r in range(4))
    assert set(solve(Problem(marks, (Pool("all", 3, (("A", 1), ("B", 1), ("C", 1))),))).chances.values()) == {1.0}


@pytest.mark.slow
def test_when_everybody_gives_the_same_score_there_is_nothing_to_calibrate():
    marks, _ = simulated()
    flat = tuple(Mark(mark.proposal, mark.reviewer, 3.0) for mark in marks)
    solution = solve(Problem(flat))
    assert (solution.calibrated, {each.value for each in solution.estimates.values()}) == (False, {3.0})
