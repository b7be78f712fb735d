"""Rules and wishes between two sessions: add and remove them."""

from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.policy import require
from expo.proposals import wording
from expo.proposals.models import Proposal
from expo.proposals.states import PLACEABLE

from ..models import Link
from ..queries.sessions import visible_links
from ..states import LinkKind
from .writing import take_turn

MOST_NOTE = 200
TWICE = "These two are tied in this way already. Remove that first if you want to change it."


@transaction.atomic
def add_link(
    *, by: User, edition: Edition, kind: str, one: Proposal, other: Proposal, is_rule: bool = True, note: str = ""
) -> Link:
    """Tie two sessions to one another, as a rule that must hold or as a wish.

    Contradictions are looked for among the links that `by` may see, so that a refusal tells nothing of hidden ones.
    """
    for each in (one, other):
        require(by, "program.link", each)
    edition = take_turn(edition)
    _check(edition, kind, one, other)
    if kind != LinkKind.BEFORE and other.pk < one.pk:
        one, other = other, one  # these ask the same of both, so each pair stands there once
    link = Link(edition=edition, kind=kind, one=one, other=other, is_rule=is_rule, note=_note(note), made_by=by)
    _refuse_contradiction(by, link)
    try:
        with transaction.atomic():
            link.save()
    except IntegrityError:
        raise Refused(
            "link-exists", "These two are tied in this way already. Remove that first to change it."
        ) from None
    _record("program.link_added", by, link)
    return link


@transaction.atomic
def remove_link(*, by: User, link: Link) -> None:
    """Let go of a rule or wish; one that is gone already stays gone."""
    require(by, "program.unlink", link)
    take_turn(link.edition)
    found = Link.objects.select_for_update(of=("self",)).filter(pk=link.pk).first()
    if found is not None:
        _record("program.link_removed", by, found)
        found.delete()


def _check(edition: Edition, kind: str, one: Proposal, other: Proposal) -> None:
    if kind not in list(LinkKind):
        raise Invalid("unknown-kind", "Choose what the two owe one another.", field="kind")
    if one.edition_id != edition.pk or other.edition_id != edition.pk:
        raise NotAllowed("not-allowed", "This session is not part of the edition.")
    if one.pk == other.pk:
        raise Invalid("same-session", "A session cannot be tied to itself. Choose another one.", field="other")
    if any(each.state not in PLACEABLE for each in (one, other)):
        raise WrongState("not-accepted", "Only accepted sessions are tied to one another, and one is not accepted.")


def _note(note: str) -> str:
    note = wording.tidy(note, one_line=True)
    if len(note) > MOST_NOTE:
        raise Invalid("too-long", f"The note has {len(note)} characters and may have {MOST_NOTE}.", field="note")
    return note


def _refuse_contradiction(by: User, link: Link) -> None:
    """A before B before A cannot be, nor any longer ring of rules."""
    if link.kind != LinkKind.BEFORE or not link.is_rule:
        return
    after: dict[int, list[Link]] = {}
    for row in visible_links(by, link.edition):
        if row.kind == LinkKind.BEFORE and row.is_rule:
            after.setdefault(row.one_id, []).append(row)
    path = _path(after, link.other_id, link.one_id)
    if path is not None:
        told = ", then ".join(f"“{each.one.title}” before “{each.other.title}”" for each in path)
        raise Refused("contradiction", f"It contradicts rules that stand already: {told}. Remove one of them first.")


def _path(after: dict[int, list[Link]], start: int, end: int) -> list[Link] | None:
    """The links that lead from one session to another, if there are such; the fewest."""
    ways: dict[int, list[Link]] = {start: []}
    queue = [start]
    for key in queue:
        for link in after.get(key, ()):
            if link.other_id not in ways:
                ways[link.other_id] = [*ways[key], link]
                queue.append(link.other_id)
    return ways.get(end)


def _record(fact: str, by: User, link: Link) -> None:
    """Behind the walls of both: `other` is read where the journal is."""
    data = {"kind": link.kind, "is_rule": link.is_rule, "other": link.other_id, "note": link.note}
    record(fact, by=by, target=link, proposal_id=link.one_id, data=data)
