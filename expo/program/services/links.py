"""Links between two sessions, required or preferred: add and remove them."""

from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.policy import require
from expo.proposals import texts
from expo.proposals.models import Proposal
from expo.proposals.states import PLACEABLE

from ..models import Link
from ..queries.sessions import visible_links
from ..states import LinkKind
from .sessions import lock_timetable

LONGEST_NOTE = 200


@transaction.atomic
def add(
    *, by: User, edition: Edition, kind: str, one: Proposal, other: Proposal, is_rule: bool = True, note: str = ""
) -> Link:
    """Link two sessions, as a rule that must hold (`is_rule`) or as a preference.

    Contradictions are looked for among the links that `by` may see, so that a refusal tells nothing of hidden ones.
    """
    for proposal in (one, other):
        require(by, "program.link", proposal)
    edition = lock_timetable(edition)
    if kind not in list(LinkKind):
        raise Invalid("unknown-kind", "Choose how the two are linked.", field="kind")
    if one.edition_id != edition.pk or other.edition_id != edition.pk:
        raise NotAllowed("not-allowed", "This session is not part of the edition.")
    if one.pk == other.pk:
        raise Invalid("same-session", "A session cannot be linked to itself. Choose another one.", field="other")
    if any(proposal.state not in PLACEABLE for proposal in (one, other)):
        raise WrongState("not-accepted", "Only accepted sessions can be linked, and one of these is not accepted.")
    if kind != LinkKind.BEFORE and other.pk < one.pk:
        one, other = other, one  # these kinds are symmetric, so each pair is stored once
    note = texts.tidy(note, one_line=True)
    if len(note) > LONGEST_NOTE:
        raise Invalid("too-long", f"The reason has {len(note)} characters and may have {LONGEST_NOTE}.", field="note")
    link = Link(edition=edition, kind=kind, one=one, other=other, is_rule=is_rule, note=note, made_by=by)
    _refuse_contradiction(by, link)
    try:
        with transaction.atomic():
            link.save()
    except IntegrityError:
        raise Refused(
            "link-exists", "These two are linked in this way already. Remove that link first to change it."
        ) from None
    _record("program.link_added", by, link)
    return link


@transaction.atomic
def remove(*, by: User, link: Link) -> None:
    """Remove a link; one that is gone already stays gone."""
    require(by, "program.unlink", link)
    lock_timetable(link.edition)
    current = Link.objects.select_for_update(of=("self",)).filter(pk=link.pk).first()
    if current is not None:
        _record("program.link_removed", by, current)
        current.delete()


def _refuse_contradiction(by: User, link: Link) -> None:
    """A before B before A cannot be, nor any longer cycle of rules."""
    if link.kind != LinkKind.BEFORE or not link.is_rule:
        return
    after: dict[int, list[Link]] = {}
    for row in visible_links(by, link.edition):
        if row.kind == LinkKind.BEFORE and row.is_rule:
            after.setdefault(row.one_id, []).append(row)
    path = shortest_path(after, link.other_id, link.one_id)
    if path is not None:
        chain = ", then ".join(f"“{step.one.title}” before “{step.other.title}”" for step in path)
        raise Refused("contradiction", f"It contradicts existing links: {chain}. Remove one of them first.")


def shortest_path(after: dict[int, list[Link]], start: int, end: int) -> list[Link] | None:
    """The fewest links that lead from one session to another, if any do."""
    paths: dict[int, list[Link]] = {start: []}
    queue = [start]
    for key in queue:
        for link in after.get(key, ()):
            if link.other_id not in paths:
                paths[link.other_id] = [*paths[key], link]
                queue.append(link.other_id)
    return paths.get(end)


def _record(fact: str, by: User, link: Link) -> None:
    """A conflict with either of the two hides the entry: the journal reads `other`."""
    data = {"kind": link.kind, "is_rule": link.is_rule, "other": link.other_id, "note": link.note}
    record(fact, by=by, target=link, proposal_id=link.one_id, data=data)
