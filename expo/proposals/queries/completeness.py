"""What a proposal still lacks before it can be submitted: everything at once."""

from dataclasses import dataclass

from expo.editions.models import Topic

from .. import wording
from ..models import ProposalContent
from .people import PresenterData, people_of

_NEEDED = {
    "title": "Give it a title.",
    "abstract": "Write the review text: what the research is, what the evidence is, what people will learn.",
    "takeaways": "Say what attendees will take away.",
    "public_title": "Give it a public title: it stands in the program.",
    "public_text": "Write the public text: it stands in the program.",
}


@dataclass(frozen=True)
class Gap:
    """Something missing or wrong, in a sentence, and the form field where it is put right."""

    field: str
    sentence: str


def gaps(source: ProposalContent) -> list[Gap]:
    """Everything that stands between a proposal, or its working copy, and its submission, in the order of the form."""
    found = [*_topics(source), *_texts(source), *_presenters(people_of(source)), *_notices(source)]
    return sorted(found, key=lambda gap: _ORDER.index(gap.field))


_ORDER = ("title", "abstract", "takeaways", "topics", "presenters", "public_title", "public_text")


def _topics(source: ProposalContent) -> list[Gap]:
    if source.topics.exists() or not Topic.objects.filter(edition=source.format.edition_id).exists():
        return []
    return [Gap("topics", "Choose at least one topic, so that it finds reviewers who know the field.")]


def _texts(source: ProposalContent) -> list[Gap]:
    return [Gap(name, sentence) for name, sentence in _NEEDED.items() if not getattr(source, name).strip()]


def _presenters(presenters: list[PresenterData]) -> list[Gap]:
    if not presenters:
        return [Gap("presenters", "Name at least one presenter.")]
    asked = ((number, *_lacking(each)) for number, each in enumerate(presenters, 1))
    return [
        Gap("presenters", f"Presenter {number} ({known or 'empty'}) needs {lack}.")
        for number, known, lack in asked
        if lack
    ]


def _lacking(presenter: PresenterData) -> tuple[str, str]:
    """What is known of a presenter, and what is not."""
    if not presenter.name:
        return presenter.email, "a name" if presenter.email else "a name and an e-mail address"
    return presenter.name, "" if presenter.email else "an e-mail address"


def _notices(source: ProposalContent) -> list[Gap]:
    found = wording.objections(source.public_title, source.public_text)
    return [Gap("public_text", each.sentence) for each in found if each.stops]
