"""Practice proposals: chairs write them with the panel's levels, each reviewer answers once. They count for nothing."""

from collections.abc import Mapping

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.journal.services import record
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require

from ..models import PracticeProposal, PracticeReview, Rubric
from ..queries import FormatRubric, rubrics_of

#: As many as somebody scores before their real work without losing patience.
MOST_PRACTICE = 3
LONGEST = 8000


@transaction.atomic
def save_practice(
    *,
    by: User,
    edition: Edition,
    title: str,
    text: str,
    levels: Mapping[str, int],
    explanation: str,
    format: Format | None = None,
    practice: PracticeProposal | None = None,
) -> PracticeProposal:
    """Add a practice proposal to the rubric that counts now, or change one that nobody has answered yet.

    `levels`: the panel's, by the criteria's slugs; every criterion needs one.
    """
    require(by, "rubrics.edit", edition)
    asked = rubrics_of(edition).of(format.pk if format else None)
    if asked.rubric is None or asked.rubric.format_id != (format.pk if format else None):
        raise WrongState("no-rubric", "There is no such rubric yet. Set it up first, then write practice proposals.")
    title, text, explanation = title.strip(), text.strip(), explanation.strip()
    if not title or not text or not explanation:
        raise Invalid("practice-incomplete", "A practice proposal needs a title, a text and the panel's explanation.")
    if len(text) > LONGEST or len(explanation) > LONGEST:
        raise Invalid("too-long", f"Text and explanation may each have {LONGEST:,} characters.")
    kept = _checked(asked, levels)
    Rubric.objects.select_for_update().get(pk=asked.rubric.pk)
    if practice is None:
        if asked.rubric.practice_proposals.count() >= MOST_PRACTICE:
            raise WrongState(
                "practice-full", f"A rubric has at most {MOST_PRACTICE} practice proposals. Remove one first."
            )
        practice = PracticeProposal(rubric=asked.rubric, position=asked.rubric.practice_proposals.count())
    elif practice.reviews.exists():
        raise WrongState(
            "practice-answered",
            "A reviewer has answered this practice proposal, so it stays as they read it. Remove it, or write another.",
        )
    practice.title, practice.text, practice.levels, practice.explanation = title[:200], text, kept, explanation
    practice.save()
    record("rubrics.practice_saved", by=by, target=practice, edition_id=edition.pk, data={"title": practice.title})
    return practice


@transaction.atomic
def remove_practice(*, by: User, practice: PracticeProposal) -> None:
    """Remove a practice proposal, and what reviewers answered to it."""
    require(by, "rubrics.edit", practice.edition)
    record("rubrics.practice_removed", by=by, target=practice, edition_id=practice.edition.pk)
    practice.delete()


@transaction.atomic
def answer_practice(*, by: User, practice: PracticeProposal, levels: Mapping[str, int]) -> PracticeReview:
    """A reviewer's levels, once: the panel's are shown afterwards. A second answer changes nothing."""
    require(by, "rubrics.practise", practice)
    rubric = practice.rubric
    asked = rubrics_of(practice.edition).of(rubric.format_id)
    answer, is_new = PracticeReview.objects.get_or_create(
        proposal=practice, reviewer=by, defaults={"levels": _checked(asked, levels)}
    )
    if is_new:
        record("rubrics.practised", by=by, target=practice, edition_id=rubric.edition_id)
    return answer


def _checked(asked: FormatRubric, levels: Mapping[str, int]) -> dict[str, int]:
    kept = {}
    for each in asked.criteria:
        if levels.get(each.slug) not in {level.value for level in each.levels.all()}:
            raise Invalid(
                "scores-missing", f"No level yet for “{each.name}”. Choose one.", field=f"criterion_{each.pk}"
            )
        kept[each.slug] = levels[each.slug]
    return kept
