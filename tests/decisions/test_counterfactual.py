"""“It would have had a place if …”: do exactly that, run the real scores and selection, and see it come out."""

import random
import re
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.editions.states import Phase
from expo.sponsors.models import Entitlement
from reviews.decisions import counterfactual
from reviews.decisions.counterfactual import Case, Rating, Scale, reproduced, smallest_change
from reviews.decisions.models import Decision
from reviews.decisions.queries.decision_basis import basis_of
from reviews.decisions.queries.desk import desk_of, draft_for
from reviews.scoring import calibration, selection
from reviews.scoring.models import Score
from tests.factories import (
    AssignmentFactory,
    CriterionFactory,
    DecisionFactory,
    ReviewFactory,
    RoleFactory,
    SponsorFactory,
    SubmittedFactory,
)
from tests.scoring.fixtures import open_review

SCALES = (Scale(1, 1, (1, 2, 3, 4)), Scale(2, 2, (1, 2, 3, 4)), Scale(3, 1, (1, 2, 4)))


def marks_of(ratings, key, weights):
    return [
        calibration.Mark(key, rating.reviewer, calibration.weighted_mean(dict(rating.levels), weights))
        for rating in ratings
    ]


@st.composite
def editions(draw):
    """Up to nine proposals of three sponsors and two formats with up to three reviews each; decided in part."""
    levels = st.tuples(*(st.sampled_from(scale.values) for scale in SCALES))
    number = draw(st.integers(3, 9))
    ratings = {
        index: tuple(
            Rating(reviewer, tuple(zip((1, 2, 3), draw(levels), strict=True)))
            for reviewer in range(draw(st.integers(1, 3)))
        )
        for index in range(number)
    }
    items = tuple(
        selection.Item(
            f"C{index}", draw(st.integers(1, 3)), format_ := draw(st.integers(1, 2)), "A", 30 * format_, None, None
        )
        for index in range(number)
    )
    limits = {(s, f): draw(st.integers(1, 2)) for s in (1, 2, 3) for f in (1, 2)}
    verdicts = {f"C{index}": draw(st.sampled_from([None, None, True, False])) for index in range(number)}
    return ratings, items, limits, 30 * draw(st.integers(1, 6)), verdicts


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(editions())
def test_what_is_said_flips_the_outcome_and_without_it_the_decisions_come_out(edition):
    ratings, items, limits, units, verdicts = edition
    weights = {scale.criterion: scale.weight for scale in SCALES}

    def rerun(problem, said):
        marks = [mark for index, each in said.items() for mark in marks_of(each, str(index), weights)]
        values = calibration.solve(calibration.Problem(tuple(marks))).estimates
        scored = tuple(replace(item, value=values[item.code[1:]].value) for item in problem.items)
        return replace(problem, items=scored)

    problem = rerun(selection.Problem(items, {"A": units}, limits), ratings)
    decided = {code: verdict for code, verdict in verdicts.items() if verdict is not None}
    problem = reproduced(problem, decided)
    solution = selection.solve(problem)
    assert {code: code in solution.chosen for code in decided} == decided
    for index, item in enumerate(problem.items):
        answer = solution.suggestions[item.code]
        if item.fixed is not None or answer.chosen or answer.needs is None:
            continue
        case = Case(
            item.code,
            str(index),
            tuple(mark for at, each in ratings.items() for mark in marks_of(each, str(at), weights)),
            ratings[index],
            SCALES,
            problem.items,
            tuple((each.code, each.code[1:]) for each in problem.items),
            units,
            tuple(limits.items()),
        )
        change = smallest_change(case, answer.needs)
        if change is not None:
            assert 1 <= len(change.criteria) <= 2
            assert 1 <= change.levels <= 2
            raised = {**ratings, index: _raised(ratings[index], change)}
            assert item.code in selection.solve(rerun(problem, raised)).chosen


def _raised(ratings, change):
    """Written apart from the code under test: each level so many steps up its scale, at most to the top."""
    values = {scale.criterion: scale.values for scale in SCALES}

    def up(criterion, value):
        higher = [each for each in values[criterion] if each >= value][: change.levels + 1]
        return higher[-1] if criterion in change.criteria else value

    return tuple(
        replace(rating, levels=tuple((criterion, up(criterion, value)) for criterion, value in rating.levels))
        for rating in ratings
    )


def test_the_smallest_change_comes_first():
    """One level of one criterion before two of it, and nothing at the best level."""
    marks = (calibration.Mark("0", 1, 2.5), calibration.Mark("1", 1, 3.0))
    items = (selection.Item("A", 1, 1, "T", 1, 2.5), selection.Item("B", 2, 1, "T", 1, 3.0))
    scales = (Scale(1, 1, (1, 2, 3, 4)), Scale(2, 1, (1, 2, 3, 4)))
    case = Case(
        "A", "0", marks, (Rating(1, ((1, 1), (2, 4))),), scales, items, (("A", "0"), ("B", "1")), 1,
        (((1, 1), 1), ((2, 1), 1)),
    )  # fmt: skip
    assert smallest_change(case, 3.0) == counterfactual.Change((1,), 1, False)


def calibrated_edition():
    """36 talks of twelve sponsors whose tier may have one accepted, 18 reviewers of different severity, six places."""
    dice = random.Random(7)
    panel = open_review(Phase.DECIDE, places=6)
    panel.criteria.append(CriterionFactory(rubric=panel.edition.rubrics.get(), name="Topic fit"))
    panel.reviewers += [RoleFactory(edition=panel.edition).user for _ in range(14)]
    Entitlement.objects.update(may_submit=9)
    severity = [dice.gauss(0, 0.7) for _ in panel.reviewers]
    sponsors = [SponsorFactory(edition=panel.edition) for _ in range(12)]
    for index in range(36):
        proposal = SubmittedFactory(edition=panel.edition, format=panel.talk, sponsor=sponsors[index % 12])
        worth = dice.gauss(2.5, 0.7)
        for at in dice.sample(range(len(panel.reviewers)), 3):
            scores = {each: min(4, max(1, round(worth + severity[at] + dice.gauss(0, 0.4)))) for each in panel.criteria}
            assignment = AssignmentFactory(
                edition=panel.edition, proposal=proposal, reviewer=panel.reviewers[at], state="submitted"
            )
            ReviewFactory(assignment=assignment, scores=scores)
    return panel


def stated_change(text):
    """The sentence of the draft as (criteria, levels), or None."""
    found = re.search(r"would have had a place if every reviewer had rated (.+?) (one level|2 levels) higher", text)
    if found is None:
        assert "would have had a place" not in text
        return None
    return re.findall("“(.+?)”", found[1]), 1 if found[2] == "one level" else 2


def raise_levels(panel, proposal, names, levels):
    for score in Score.objects.filter(review__assignment__proposal=proposal).select_related("criterion", "level"):
        if score.criterion.name.lower() in names:
            score.level = score.criterion.levels.get(value=min(4, score.level.value + levels))
            score.save()


def suggested(panel, proposal):
    return desk_of(panel.edition, panel.chair).of(proposal).suggestion.chosen


@contextmanager
def rolled_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.slow
@pytest.mark.django_db
def test_in_a_calibrated_edition_with_tiers_every_sentence_comes_true():
    panel = calibrated_edition()
    known = basis_of(panel.edition, panel.chair)
    assert known.ranking.is_calibrated
    for row in desk_of(panel.edition, panel.chair).rows:
        verdict = "accept" if row.suggestion.chosen else "reject"
        DecisionFactory(proposal=row.proposal, verdict=verdict, reason=row.reasons[verdict], decided_by=panel.chair)
    known = basis_of(panel.edition, panel.chair)
    assert {each.reason for each in Decision.objects.all()} == {
        "above_the_line", "below_the_line", "over_the_tiers_limit",
    }  # fmt: skip
    rejected = Decision.objects.filter(verdict="reject").select_related("proposal__format")
    said = [
        (each.proposal, stated_change(draft_for(known, each.proposal, "reject", each.reason).text)) for each in rejected
    ]
    # Every verdict above agreed with the selection, so it can be asked afresh, without any.
    Decision.objects.all().delete()
    assert not {row.proposal for row in desk_of(panel.edition, panel.chair).rows if row.suggestion.chosen} & {
        proposal for proposal, _ in said
    }
    changes = [(proposal, change) for proposal, change in said if change]
    for proposal, change in changes[::2]:
        with rolled_back():
            raise_levels(panel, proposal, *change)
            assert suggested(panel, proposal)
    assert len(changes) >= 6
