"""What a proposal still lacks before it can be submitted: everything at once."""

from dataclasses import dataclass

from expo.editions.models import Topic

from .. import wording
from ..models import Presenter, Proposal

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


def gaps(proposal: Proposal) -> list[Gap]:
    """Everything that stands between this proposal and its submission, in the order of the form."""
    found = [*_topics(proposal), *_texts(proposal), *_presenters(list(proposal.presenters.all())), *_notices(proposal)]
    return sorted(found, key=lambda gap: _ORDER.index(gap.field))


_ORDER = ("title", "abstract", "takeaways", "topics", "presenters", "public_title", "public_text")


def _topics(proposal: Proposal) -> list[Gap]:
    if proposal.topics.exists() or not Topic.objects.filter(edition=proposal.edition_id).exists():
        return []
    return [Gap("topics", "Choose at least one topic, so that it finds reviewers who know the field.")]


def _texts(proposal: Proposal) -> list[Gap]:
    return [Gap(name, sentence) for name, sentence in _NEEDED.items() if not getattr(proposal, name).strip()]


def _presenters(presenters: list[Presenter]) -> list[Gap]:
    if not presenters:
        return [Gap("presenters", "Name at least one presenter.")]
    asked = ((number, *_lacking(each)) for number, each in enumerate(presenters, 1))
    return [
        Gap("presenters", f"Presenter {number} ({known or 'empty'}) needs {lack}.")
        for number, known, lack in asked
        if lack
    ]


def _lacking(presenter: Presenter) -> tuple[str, str]:
    """What is known of a presenter, and what is not."""
    if not presenter.name:
        return presenter.email, "a name" if presenter.email else "a name and an e-mail address"
    return presenter.name, "" if presenter.email else "an e-mail address"


def _notices(proposal: Proposal) -> list[Gap]:
    found = wording.objections(proposal.public_title, proposal.public_text)
    return [Gap("public_text", each.sentence) for each in found if each.stops]
