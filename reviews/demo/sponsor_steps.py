"""What sponsors and presenters do beside the main line, so that a sponsor's contact can look at every state."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from expo.editions.models import Format, Topic
from expo.kit import clock
from expo.kit.memo import remembering
from expo.proposals.models import PresenterInvitation, Proposal
from expo.proposals.queries.checks import findings
from expo.proposals.queries.content import data_of
from expo.proposals.queries.presenters import presenter_of, token_for
from expo.proposals.services import office
from expo.proposals.services.change_requests import answer_change, ask_for_change
from expo.proposals.services.checks import keep_finding
from expo.proposals.services.drafts import create_draft, edit
from expo.proposals.services.late_links import give_late_link
from expo.proposals.services.presenter_answers import confirm_presenting, decline_presenting
from expo.proposals.services.submission import withdraw
from expo.proposals.states import PLACEABLE, PresenterAnswer, ProposalState, Withdrawal
from expo.sponsors.models import Sponsor
from expo.sponsors.queries import profile_version
from expo.sponsors.services.invitations import accept_invitation, invite_to_team
from expo.sponsors.services.profiles import approve_profile, save_profile

from .pictures import LOGO, drawn
from .setup import Demo, person
from .texts import AT_ODDS, KEPT, LATE_DRAFT

#: So many proposals end up with a request that waits, one that was refused, and changes that nobody asked for.
AFTER_DEADLINE = 3
ANSWERS = {"Person on site": "Demo: Kim, at the booth", "Arrival of equipment": "The day before"}


def _of(demo: Demo, *which: Q, **how: Any) -> list[Proposal]:
    rows = Proposal.objects.filter(*which, edition=demo.edition, **how).order_by("id")
    return list(rows.select_related("edition", "sponsor__edition", "sponsor__tier", "format"))


# --- While the call is open ---------------------------------------------------------------------------------


def write_on(demo: Demo) -> str:
    """One draft has what the checks object to, a part of it kept with a reason; one submitted proposal is changed."""
    # Whoever signs in as the sponsor has the first name of all, and looks at it at once.
    draft = min(_of(demo, state=ProposalState.DRAFT), key=lambda each: each.sponsor.name)
    submitted = _of(demo, state=ProposalState.SUBMITTED)[1]
    contact = demo.contacts[draft.sponsor.name]
    with remembering():
        text = f"{draft.abstract}\n\n{AT_ODDS.format(sponsor=draft.sponsor.name)}"
        draft = edit(by=contact, proposal=draft, version=draft.version, abstract=text)
        keepable = [each for each in findings(draft) if not each.stops]
        keep_finding(by=contact, proposal=draft, key=keepable[0].key, reason=KEPT)
        _change(demo, submitted)
    return "One draft that the checks object to, one submitted proposal changed since"


def withdraw_one(demo: Demo) -> str:
    """While the call is open, a sponsor withdraws one proposal."""
    proposal = _of(demo, state=ProposalState.SUBMITTED)[-1]
    withdraw(by=demo.contacts[proposal.sponsor.name], proposal=proposal, reason="Demo: not ready this year.")
    return "One proposal withdrawn"


def leave_draft(demo: Demo) -> str:
    """An hour before the deadline the sponsor to sign in as begins a second proposal, and does not get ready."""
    sponsor = Sponsor.objects.get(edition=demo.edition, name=demo.plan.sponsors[0].name)
    with clock.at(demo.time.closes - timedelta(hours=1)):
        create_draft(
            by=person("sponsor"),
            sponsor=sponsor,
            format=Format.objects.get(edition=demo.edition, slug="talk"),
            form_key=UUID(int=demo.dice.getrandbits(128), version=4),
            topics=list(Topic.objects.filter(edition=demo.edition)[:1]),
            **LATE_DRAFT,
        )
    return "One draft left unfinished"


# --- After the deadline -------------------------------------------------------------------------------------


def after_deadline(demo: Demo) -> str:
    """The unfinished draft gets more time; three others changed theirs: one asks for it, one was refused, one waits."""
    (draft,) = _of(demo, state=ProposalState.DRAFT)
    until = clock.now() + timedelta(days=10)
    why = "Demo: its author was ill in the last week of the call."
    give_late_link(by=person("organiser"), sponsor=draft.sponsor, expires_at=until, reason=why)
    others = _of(demo, ~Q(sponsor=draft.sponsor), state=ProposalState.SUBMITTED, format__slug="talk")
    asked, refused, changed = others[:AFTER_DEADLINE]
    with remembering():
        for proposal in (asked, refused, changed):
            _change(demo, proposal)
        for proposal in (asked, refused):
            why = "Demo: the evaluation is finished only now, and one number was wrong."
            ask_for_change(by=demo.contacts[proposal.sponsor.name], proposal=proposal, reason=why)
        answer = "Demo: reviewers have begun to read; say it on stage instead."
        answer_change(by=person("cochair"), proposal=refused, accept=(), answer=answer)
    return "More time for one draft, two changes asked for, one of them refused"


def _change(demo: Demo, proposal: Proposal) -> None:
    """Change what was submitted, beside it."""
    text = f"{proposal.takeaways}\nWhat the last two weeks of measuring added (demo)."
    contact = demo.contacts[proposal.sponsor.name]
    edit(by=contact, proposal=proposal, version=proposal.version, takeaways=text)


# --- After the verdict --------------------------------------------------------------------------------------


def presenters_answer(demo: Demo) -> str:
    """Presenters of what is accepted confirm what is printed of them; of one session one declines, one says nothing."""
    rows = PresenterInvitation.objects.filter(
        proposal__edition=demo.edition, proposal__state__in=PLACEABLE, answer=PresenterAnswer.OPEN
    )
    by_proposal: dict[int, list[PresenterInvitation]] = {}
    for row in rows.select_related("proposal__edition", "proposal__sponsor__organisation", "proposal__format"):
        by_proposal.setdefault(row.proposal_id, []).append(row)
    mixed = next((pk for pk, asked in sorted(by_proposal.items()) if len(asked) > 2), 0)
    with clock.at(demo.time.verdicts + timedelta(days=1)):
        for pk, asked in sorted(by_proposal.items()):
            positions = {one.pk: who.position for one in asked if (who := presenter_of(one)) is not None}
            for number, one in enumerate(sorted(asked, key=lambda row: positions.get(row.pk, 0))):
                _answer(one, number if pk == mixed else 0)
    return f"Presenters of {len(by_proposal)} sessions answered"


def _answer(invitation: PresenterInvitation, number: int) -> None:
    """The second one declines and the third stays silent; everybody else confirms."""
    token = token_for(invitation.proposal_id, invitation.address)
    presenter = presenter_of(invitation)
    if presenter is None or number == 2:
        return
    if number == 1:
        why = "Demo: at another conference that week."
        decline_presenting(by=None, invitation=invitation, token=token, reason=why)
    else:
        confirm_presenting(by=None, invitation=invitation, token=token, words=data_of(presenter))


def answer_office(demo: Demo) -> str:
    """Every third sponsor answers all that the office needs, every third a part of it, the others nothing yet."""
    fields = {each.label: each.pk for each in demo.edition.office_fields.all()}
    confirmed = _of(demo, state=ProposalState.CONFIRMED)
    with clock.at(demo.time.verdicts + timedelta(days=1)):
        for index, proposal in enumerate(confirmed):
            answers = list(ANSWERS.items())[: (1, 2, 0)[index % 3]]
            if answers:
                known = {fields[label]: value for label, value in answers}
                office.answer(by=demo.contacts[proposal.sponsor.name], proposal=proposal, answers=known)
    return f"The office asked about {len(confirmed)} sessions"


def write_profiles(demo: Demo) -> str:
    """Sponsors with an accepted session write their public profile; all but the second one approve it."""
    accepted = Q(proposals__state__in=PLACEABLE) | Q(name=demo.plan.sponsors[0].name)
    rows = Sponsor.objects.filter(accepted, edition=demo.edition).distinct().order_by("name")
    sponsors = list(rows.select_related("edition", "organisation"))
    with clock.at(demo.time.verdicts + timedelta(days=2)):
        for index, sponsor in enumerate(sponsors):
            contact = demo.contacts[sponsor.name]
            saved = save_profile(
                by=contact,
                sponsor=sponsor,
                website=f"https://sponsors.example.org/{sponsor.pk}",
                sentence=f"Demo text: one sentence in which {sponsor.name} says what it works on.",
                logo=drawn(sponsor.name, LOGO),
            )
            if index != 1:
                approve_profile(by=contact, sponsor=saved, version=profile_version(saved))
    return f"{len(sponsors)} public profiles"


# --- Whom one signs in as -------------------------------------------------------------------------------------

_OFFICE_PARTLY = Q(state=ProposalState.CONFIRMED, office_answers__field__label="Person on site") & ~Q(
    office_answers__field__label="Arrival of equipment"
)


def act_for_others(demo: Demo) -> str:
    """The sponsor's contact to sign in as also acts for others, as an agency: one proposal of each status is theirs.

    Also of each way to be accepted or to end, and of whatever its team can still do about it.
    """
    contact = person("sponsor")
    joined = 0
    wanted = [Q(state=state) for state in ProposalState]
    wanted += [
        Q(state__in=PLACEABLE, accepted_instead_of__isnull=False),
        Q(withdrawn_as=Withdrawal.DECLINED),
        Q(state=ProposalState.DRAFT) & ~Q(kept={}),
        Q(working_copy__isnull=False, change_requests=None),
        Q(change_requests__state="open"),
        Q(change_requests__state="refused"),
        Q(state__in=PLACEABLE, presenter_invitations__answer=PresenterAnswer.NO),
        Q(state=ProposalState.SUBMITTED, sponsor__tier__name="Gold"),
        Q(state__in=PLACEABLE, sponsor__profile_approved_at=None, sponsor__logo__isnull=False),
        _OFFICE_PARTLY,
    ]
    for which in wanted:
        rows = Proposal.objects.filter(which, edition=demo.edition).select_related("sponsor").order_by("id")
        if rows.exists() and not rows.filter(sponsor__team__user=contact).exists():
            sponsor = rows[0].sponsor
            invitation = invite_to_team(
                by=demo.contacts[sponsor.name], sponsor=sponsor, email=contact.email, name=contact.name
            )
            accept_invitation(by=contact, invitation=invitation)
            joined += 1
    return f"The sponsor's contact acts for {joined} more"
