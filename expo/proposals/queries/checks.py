"""What the checks find in a proposal, for its team, and near-copies across sponsors, for chairs."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.catalogue import CATALOGUE, TEXTS
from expo.editions.queries import rules_of
from expo.editions.states import Reader
from expo.kit.mail_domains import is_shared
from expo.sponsors.models import Sponsor

from ..checks.copies import containment, is_near_copy, shingles
from ..checks.engine import check
from ..checks.findings import CheckedText, EarlierText, Finding, Problem, Writer
from ..models import Proposal, ProposalContent
from ..states import ProposalState
from .content import PresenterData, is_asked, links_of, outline_of, people_of, proposal_of
from .listing import for_chairs

_FOR_REVIEW = ("abstract", "takeaways", "evidence", "hands_on")
#: Most earlier texts that one text is compared with, the newest first.
MOST_COMPARED = 200


@dataclass(frozen=True)
class NearCopy:
    """A proposal that says nearly the same, as a chair without a conflict with either may know."""

    proposal: Proposal
    share: float


def findings(source: ProposalContent, people: Sequence[PresenterData] | None = None) -> list[Finding]:
    """Everything found in a proposal or its working copy, with the reasons for what its team keeps.

    `people`: who presents, where that is typed and not saved.
    """
    proposal = proposal_of(source)
    people = people_of(source) if people is None else people
    problem = Problem(
        tuple(_texts(source, people)),
        _writer(proposal.sponsor, people),
        proposal.edition.hide_sponsor_until_scored,
        tuple(_earlier(proposal)),
    )
    return with_reasons(check(problem), source.kept)


def public_findings(source: ProposalContent) -> list[Finding]:
    """What is found in the public title and text, and in what is printed with them."""
    own = tuple(text for text in _texts(source, ()) if text.is_public)
    return with_reasons(check(Problem(own)), source.kept)


def sentence_findings(sentence: str) -> list[Finding]:
    """What is found in the sentence about a sponsor that the program prints."""
    return check(Problem((CheckedText("sentence", "sentence about you", sentence, is_public=True),)))


def as_typed(
    source: ProposalContent,
    typed: Mapping[str, Any],
    outline: Sequence[Mapping[str, Any]],
    links: Sequence[Mapping[str, Any]],
) -> ProposalContent:
    """A proposal with the words that are in a form, for the checks alone: it is not to be saved."""
    shown = copy(source)
    for name in TEXTS:
        if name in typed:
            setattr(shown, name, str(typed[name]))
    shown.outline, shown.links = list(outline), list(links)
    return shown


def with_reasons(found: Sequence[Finding], kept: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """The findings with why their team keeps them; a finding that stops is never kept."""
    return [
        replace(each, reason=kept[each.key]["reason"], kept_at=datetime.fromisoformat(kept[each.key]["at"]))
        if each.key in kept and not each.stops
        else each
        for each in found
    ]


def _texts(source: ProposalContent, people: Sequence[PresenterData]) -> Iterator[CheckedText]:
    """Its texts with who reads them, in the order of the form."""
    rules = rules_of(source.format)
    for name in TEXTS:
        if is_asked(rules, name):
            field = CATALOGUE[name]
            is_blinded, is_public = field.reader == Reader.REVIEWERS, field.reader == Reader.PUBLIC
            yield CheckedText(name, field.subject, getattr(source, name), is_blinded, is_public)
    printed = source.format.publishes_outline
    for number, part in enumerate(outline_of(source), 1):
        words = f"{part.title}\n{part.text}".strip()
        yield CheckedText("outline", f"part {number} of the outline", words, True, printed, number)
    for number, link in enumerate(links_of(source), 1):
        yield CheckedText("links", f"link {number}", f"{link.label} {link.url}".strip(), is_public=True, number=number)
    for number, person in enumerate(people, 1):
        subject = f"biography of {person.name or f'presenter {number}'}"
        yield CheckedText("presenters", subject, person.biography, is_public=True, number=number)


def _writer(sponsor: Sponsor, people: Sequence[PresenterData]) -> Writer:
    """Names and domains that would tell reviewers who wrote it. Free mail and shared suffixes tell nobody."""
    names = (sponsor.name, sponsor.legal_name, sponsor.organisation.name)
    host = (urlsplit(sponsor.website).hostname or "").removeprefix("www.")
    mails = (person.email.rpartition("@")[2].lower() for person in people)
    domains = dict.fromkeys(domain for domain in (*sponsor.domains, host, *mails) if domain and not is_shared(domain))
    return Writer(
        tuple(filter(None, dict.fromkeys(names))),
        tuple(domains),
        tuple(dict.fromkeys(person.name for person in people if person.name)),
    )


def _earlier(proposal: Proposal) -> Iterator[EarlierText]:
    """The sponsor's other proposals here, and what its organisation submitted to earlier editions."""
    sponsor, edition = proposal.sponsor, proposal.edition
    before = Q(
        sponsor__organisation=sponsor.organisation_id,
        edition__created_at__lt=edition.created_at,
        edition__is_demo=False,
        submitted_at__isnull=False,
    )
    rows = Proposal.objects.filter(Q(sponsor=sponsor.pk) | before).exclude(pk=proposal.pk)
    rows = rows.exclude(state=ProposalState.WITHDRAWN).select_related("edition", "format").order_by("-id")
    for row in rows[:MOST_COMPARED]:
        here = row.edition_id == edition.pk
        where = f"your proposal “{row.name}” ({row.code})" if here else f"“{row.name}”, proposed for {row.edition}"
        yield EarlierText(row.title, _for_review(row), where)


def _for_review(proposal: ProposalContent) -> str:
    parts = (f"{part.get('title', '')}\n{part.get('text', '')}" for part in proposal.outline)
    return "\n".join((*(getattr(proposal, name) for name in _FOR_REVIEW), *parts))


def near_copies(user: User, proposal: Proposal) -> list[NearCopy]:
    """Other proposals of its edition that say nearly the same, as far as this chair may see, the nearest first."""
    own = shingles(_for_review(proposal))
    rows = for_chairs(user, proposal.edition).exclude(pk=proposal.pk).select_related("format")
    pairs = ((row, shingles(_for_review(row))) for row in rows)
    close = [NearCopy(row, containment(own, theirs)) for row, theirs in pairs if is_near_copy(own, theirs)]
    return sorted(close, key=lambda each: (-each.share, each.proposal.pk))
