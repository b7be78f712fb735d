"""Reads about rubrics: which one a format is scored by, and what it asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.proposals.models import Proposal

from .models import Criterion, PracticeProposal, PracticeReview, Rubric

#: The ends of a scale that nobody has written yet.
NO_SCALE = (1, 5)


@dataclass(frozen=True)
class FormatRubric:
    """What one format is scored by: the current rubric, its criteria in order, each with its levels."""

    rubric: Rubric | None = None
    criteria: tuple[Criterion, ...] = ()

    @property
    def weights(self) -> dict[int, int]:
        """By criterion."""
        return {each.pk: each.weight for each in self.criteria}

    @property
    def with_weights(self) -> list[tuple[Criterion, str]]:
        """Each criterion with how much it counts, in words; empty when all count the same."""
        total = sum(each.weight for each in self.criteria)
        is_even = len({each.weight for each in self.criteria}) < 2
        return [(each, "" if is_even else f"{each.weight} of {total} parts of the score") for each in self.criteria]

    @cached_property
    def scale(self) -> tuple[int, int]:
        """The lowest and the highest level."""
        return _ends(self.criteria)


@dataclass(frozen=True)
class Rubrics:
    """All current rubrics of an edition: the one for all formats, and those of formats that have their own."""

    edition_wide: FormatRubric = FormatRubric()
    by_format: Mapping[int, FormatRubric] = field(default_factory=dict)

    def of(self, format_id: int | None) -> FormatRubric:
        """What proposals of this format are scored by."""
        return self.by_format.get(format_id or 0, self.edition_wide)

    def of_proposal(self, proposal: Proposal) -> FormatRubric:
        """By the format it was submitted as: accepted as another, its reviews still answer the first one's rubric."""
        return self.of(proposal.accepted_instead_of_id or proposal.format_id)

    @cached_property
    def all_criteria(self) -> tuple[Criterion, ...]:
        """Of the edition's rubric, then of the formats' own."""
        return tuple(each for one in (self.edition_wide, *self.by_format.values()) for each in one.criteria)

    @cached_property
    def scale(self) -> tuple[int, int]:
        """The lowest and the highest level, which all rubrics of an edition share."""
        return _ends(self.all_criteria)


def rubrics_of(edition: Edition) -> Rubrics:
    """The current rubrics of an edition, in three queries."""
    adopted = (
        Rubric.objects.filter(edition=edition, adopted_at__isnull=False).select_related("format").order_by("version")
    )
    current = {each.format_id: each for each in adopted}
    filled = {each.rubric.format_id: each for each in _filled(edition, current.values()) if each.rubric}
    by_format = {format: filled[format] for format in sorted(format for format in filled if format is not None)}
    return Rubrics(filled.get(None, FormatRubric()), by_format)


def being_written(edition: Edition, format_id: int | None) -> FormatRubric | None:
    """The new version of the edition's rubric or of a format's own, in three queries."""
    rows = Rubric.objects.filter(edition=edition, format=format_id, adopted_at=None)
    return next(iter(_filled(edition, rows)), None)


def formats_being_written(edition: Edition) -> set[int | None]:
    """The formats of which a new version is being written; None: the edition's."""
    return set(Rubric.objects.filter(edition=edition, adopted_at=None).values_list("format", flat=True))


def _filled(edition: Edition, rubrics: Iterable[Rubric]) -> list[FormatRubric]:
    known = {each.pk: each for each in rubrics}
    criteria: dict[int, list[Criterion]] = {pk: [] for pk in known}
    for criterion in Criterion.objects.filter(rubric__in=known).prefetch_related("levels") if known else ():
        criterion.rubric = known[criterion.rubric_id]
        criteria[criterion.rubric_id].append(criterion)
    for rubric in known.values():
        rubric.edition = edition
    return [FormatRubric(rubric, tuple(criteria[pk])) for pk, rubric in known.items()]


def current_rubric(proposal: str = "proposal") -> Subquery:
    """The id of the rubric that a row's proposal is scored by, to annotate a list with."""
    format = Coalesce(OuterRef(f"{proposal}__accepted_instead_of"), OuterRef(f"{proposal}__format"))
    rows = Rubric.objects.filter(
        Q(format=None) | Q(format=format), edition=OuterRef(f"{proposal}__edition"), adopted_at__isnull=False
    )
    return Subquery(rows.order_by(F("format").asc(nulls_last=True), "-version").values("pk")[:1])


def only_format_of(user: Any, edition: Edition) -> Format | None:
    """The format of all the proposals of somebody's teams, where it is one; an empty page of theirs says nothing."""
    if not user.is_authenticated:
        return None
    rows = Proposal.objects.filter(sponsor__edition=edition, sponsor__team__user=user)
    formats = list(Format.objects.filter(pk__in=rows.values("format"))[:2])
    return formats[0] if len(formats) == 1 else None


def criterion_by_id(user: Any, *, edition: str, criterion: int) -> Criterion:
    """A criterion of this edition, for a policy to judge; raises Criterion.DoesNotExist."""
    return Criterion.objects.select_related("rubric__edition", "rubric__format").get(
        pk=criterion, rubric__edition__slug=edition
    )


def practice_by_id(user: Any, *, edition: str, practice: int) -> PracticeProposal:
    """A practice proposal of this edition, for a policy to judge; raises PracticeProposal.DoesNotExist."""
    rows = PracticeProposal.objects.select_related("rubric__edition", "rubric__format")
    return rows.get(pk=practice, rubric__edition__slug=edition)


def practice_in(rubrics: Rubrics) -> list[PracticeProposal]:
    """The practice proposals of all current rubrics, each with how many answered it (`answers`)."""
    current = [each.rubric for each in (rubrics.edition_wide, *rubrics.by_format.values()) if each.rubric]
    rows = PracticeProposal.objects.filter(rubric__in=current).select_related("rubric__format")
    return list(rows.annotate(answers=Count("reviews")).order_by("rubric__format", "position", "id"))


def practice_to_do(user: User, rubrics: Iterable[int | None] | QuerySet[Any]) -> PracticeProposal | None:
    """The first practice proposal of these rubrics that somebody has not answered."""
    rows = PracticeProposal.objects.filter(rubric__in=rubrics).exclude(reviews__reviewer=user)
    return rows.order_by("position", "id").first()


def practice_answers(edition: Edition) -> dict[User, list[tuple[dict[str, int], dict[str, int]]]]:
    """By reviewer: own and the panel's levels on each practice proposal they answered, by criterion."""
    rows = PracticeReview.objects.filter(proposal__rubric__edition=edition).select_related("reviewer", "proposal")
    answers: dict[User, list[tuple[dict[str, int], dict[str, int]]]] = {}
    for row in rows.order_by("reviewer__name", "reviewer", "id"):
        answers.setdefault(row.reviewer, []).append((row.levels, row.proposal.levels))
    return answers


def _ends(criteria: Iterable[Criterion]) -> tuple[int, int]:
    values = [level.value for each in criteria for level in each.levels.all()]
    return (min(values), max(values)) if values else NO_SCALE
