"""Steps 1 and 2: the edition is set up, its call opens, sponsors submit; and the people to sign in as."""

from dataclasses import dataclass, field
from datetime import time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress

from expo.accounts.models import User
from expo.accounts.services import add_affiliation, ensure_person, prove_address
from expo.editions.models import Edition, Format, Topic
from expo.editions.services import days, icml, lifecycle, parts, roles
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.memo import remembering
from expo.proposals.models import Proposal
from expo.proposals.queries.checks import findings
from expo.proposals.services import office
from expo.proposals.services.checks import keep_finding
from expo.proposals.services.conflict_facts import confirm_parent, request_parent
from expo.proposals.services.drafts import create_draft, set_presenters
from expo.proposals.services.submission import submit
from expo.sponsors.models import ParentRequest, Sponsor, Tier
from expo.sponsors.services.invitations import accept_invitation
from expo.sponsors.services.pictures import save_picture
from expo.sponsors.services.sponsors import add_sponsor, save_tier
from reviews.rubrics.services import criteria as rubrics

from .pictures import PORTRAIT, drawn
from .plan import Plan, PlannedProposal, PlannedReviewer, PlannedSponsor, Timeline
from .texts import BIOGRAPHY, texts

PASSWORD = "expo-demo-2027"  # noqa: S105 - printed on purpose; the demo refuses to build where DEBUG is off
CAST = {
    "admin": "Demo Admin",
    "organiser": "Demo Organiser",
    "cochair": "Demo Cochair, academia",
    "cochair2": "Demo Cochair, industry",
    "reviewer": "Demo Reviewer",
    "sponsor": "Demo Sponsor Contact",
}


def sign_in(part: str) -> str:
    """The mail address of a part."""
    return f"{part}@demo.example"


def person(part: str) -> User:
    """The person of a part, created on first use, ready to sign in."""
    user = User.objects.filter(email=sign_in(part)).first()
    if user is None:
        user = User.objects.create_user(sign_in(part), PASSWORD, name=CAST[part], is_staff=part == "admin")
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


#: Tier → format → (may submit, may be accepted), generous enough for the copies of size `l`.
TIERS = {
    "Diamond": {"Talk": (6, 2), "Demo": (6, 2), "Workshop": (4, 1)},
    "Platinum": {"Talk": (3, 1), "Demo": (3, 1), "Workshop": (3, 1)},
    "Gold": {"Talk": (1, 1), "Demo": (1, 1), "Workshop": (1, 1)},
}
#: Sponsor → the organisation it belongs to.
FAMILIES = {"Google AI": "Google", "Google": "Alphabet", "AWS": "Amazon"}
ASKED = "Google DeepMind"
#: Why what the checks object to stays.
AS_ON_RECORD = "This is a demo: the title is on record, and the text is invented."
#: Room → where it lies, and what it has.
ROOMS = {
    "Hall A": ("Ground floor", ("Live audio", "Stage light", "Second screen")),
    "Hall B": ("First floor", ("Live audio", "Power at seats")),
    "Hall C": ("First floor", ("Power at seats", "Whiteboards")),
}
#: What the office collects of each accepted session.
OFFICE: tuple[dict[str, Any], ...] = (
    {
        "label": "Person on site",
        "kind": "line",
        "help": "Name and mobile number of who is there on the day.",
        "is_required": True,
    },
    {
        "label": "Arrival of equipment",
        "kind": "choice",
        "options": ("Nothing is shipped", "The day before", "On the morning"),
        "is_required": True,
    },
    {"label": "Power in watts", "kind": "number", "help": "Only if it is more than a laptop needs."},
    {"label": "May it be recorded", "kind": "yes_no"},
)
CALL = """The bar: **research, informative, relevant**. No sales, no recruiting.

Propose a talk or demo of an hour, or a workshop of four. Two cochairs, one from industry and one from academia, decide
with the help of reviewers who score against an anchored rubric.

*This is a demo edition. Titles, sponsors and presenters are those of public programs where they are on record;
sponsors and people called “Demo”, all texts, scores and verdicts are invented.*
"""


@dataclass
class Demo:
    """What the builder carries from step to step."""

    edition: Edition
    plan: Plan
    time: Timeline
    dice: Random
    contacts: dict[str, User] = field(default_factory=dict)
    proposals: dict[int, PlannedProposal] = field(default_factory=dict)
    reviewers: dict[int, PlannedReviewer] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)


def set_up(slug: str, name: str, plan: Plan, time: Timeline) -> Demo:
    """An edition as at ICML, with sponsors and roles, its call open."""
    with clock.at(time.set_up):
        edition = lifecycle.create_edition(
            by=person("admin"), slug=slug, name=name, conference="ICML", time_zone="America/New_York", is_demo=True
        )
        roles.grant_role(by=person("admin"), edition=edition, email=person("organiser").email, kind=RoleKind.ORGANISER)
        demo = Demo(edition, plan, time, Random(f"expo demo {slug}"))  # noqa: S311 - a demo, no secret
        _calendar(demo)
        _roles(demo)
        tiers = {tier.name: tier for tier in Tier.objects.filter(edition=demo.edition)}
        for index, planned in enumerate(demo.plan.sponsors):
            _sponsor(demo, planned, tiers[planned.tier], is_first=index == 0)
        _families(demo)
    with clock.at(time.opens):
        lifecycle.open_call(by=person("organiser"), edition=edition)
    return demo


def _calendar(demo: Demo) -> None:
    organiser, edition = person("organiser"), demo.edition
    lifecycle.save_calendar(
        by=organiser,
        edition=edition,
        call_opens_at=demo.time.opens,
        call_closes_at=demo.time.closes,
        reviews_due_at=demo.time.reviews_due,
        verdicts_at=demo.time.verdicts,
        confirm_by_at=demo.time.verdicts + timedelta(days=14),
        slots_freeze_at=demo.time.slots_freeze,
        rest_minutes=5,
        walk_minutes=10,
        call_text=CALL,
        place="Demo Convention Center",
        contact_email="expo@demo.example",
    )
    icml.set_up_as_icml(by=organiser, edition=edition, on=demo.time.expo_day)
    _venue(demo)
    for asked in OFFICE:
        office.save_field(by=organiser, edition=edition, **asked)
    for topic in demo.plan.topics:
        parts.save_topic(by=organiser, edition=edition, name=topic)
    formats = {one.name: one for one in Format.objects.filter(edition=edition)}
    for name, limits in TIERS.items():
        entitlements = {formats[kind]: limit for kind, limit in limits.items()}
        save_tier(by=organiser, edition=edition, name=name, rank=list(TIERS).index(name) + 1, entitlements=entitlements)


def _venue(demo: Demo) -> None:
    """What the rooms have and where they lie, and the hours that everybody would like."""
    organiser, edition = person("organiser"), demo.edition
    for room in edition.rooms.all():
        area, equipment = ROOMS[room.name]
        parts.save_room(
            by=organiser,
            edition=edition,
            room=room,
            name=room.name,
            capacity=room.capacity,
            area=area,
            equipment=equipment,
            position=room.position,
        )
    for day in edition.days.all():
        hours = {"opens_at": day.opens_at, "closes_at": day.closes_at}
        days.save_day(
            by=organiser, edition=edition, day=day, date=day.date, prime_from=time(10), prime_until=time(13), **hours
        )


def _roles(demo: Demo) -> None:
    """Two cochairs, one of them with an employer among the sponsors, so that the conflict wall can be tried."""
    _grant(demo, sign_in("cochair"), CAST["cochair"], RoleKind.COCHAIR, "academia")
    _grant(demo, sign_in("cochair2"), CAST["cochair2"], RoleKind.COCHAIR, "industry")
    _works_for(person("cochair2"), demo.plan.sponsors[-1].name)
    for index, planned in enumerate(demo.plan.reviewers):
        email = sign_in("reviewer") if index == 0 else f"reviewer{index + 1:03d}@demo.example"
        name = CAST["reviewer"] if index == 0 else planned.name
        user = _grant(demo, email, name, RoleKind.REVIEWER, planned.sector, is_senior=planned.is_senior)
        demo.reviewers[user.pk] = planned
        if planned.employer:
            _works_for(user, planned.employer)
    rubrics.set_up_default(by=person("cochair"), edition=demo.edition)


def _grant(demo: Demo, email: str, name: str, kind: RoleKind, sector: str, *, is_senior: bool = False) -> User:
    if email in map(sign_in, CAST):
        person(email.partition("@")[0])
    role = roles.grant_role(
        by=person("organiser"),
        edition=demo.edition,
        email=email,
        name=name,
        kind=kind,
        sector=sector,
        is_senior=is_senior,
    )
    return role.user


def _works_for(user: User, employer: str) -> None:
    if not user.affiliations.exists():
        add_affiliation(by=user, organisation=employer, relation="employee")


def _families(demo: Demo) -> None:
    """A family that site staff confirmed (Google AI, Google, Alphabet), and a request that waits for them."""
    by_name = {one.name: one for one in Sponsor.objects.filter(edition=demo.edition).select_related("organisation")}
    for name, parent in FAMILIES.items():
        if name in by_name and by_name[name].organisation.parent_id is None:
            asked = request_parent(by=person("organiser"), sponsor=by_name[name], name=parent)
            confirm_parent(by=person("admin"), request=asked)
    if "Google" in by_name and not ParentRequest.objects.filter(organisation__name=ASKED).exists():
        request_parent(by=person("organiser"), sponsor=by_name["Google"], name=ASKED, is_subsidiary=True)


def _sponsor(demo: Demo, planned: PlannedSponsor, tier: Tier, *, is_first: bool) -> None:
    """The first sponsor's contact is the one to sign in as."""
    slug = "".join(letter for letter in planned.name.lower() if letter.isalnum())
    email = sign_in("sponsor") if is_first else f"contact@{slug}.example"
    name = CAST["sponsor"] if is_first else f"Demo contact of {planned.name}"
    if is_first:
        person("sponsor")
    sponsor = add_sponsor(
        by=person("organiser"),
        edition=demo.edition,
        organisation_name=planned.name,
        name=planned.name,
        tier=tier,
        contact_email=email,
        contact_name=name,
        is_demo=planned.is_demo,
    )
    contact = ensure_person(by=None, email=email, name=name)
    prove_address(contact)
    accept_invitation(by=contact, invitation=sponsor.invitations.get())
    demo.contacts[planned.name] = contact


def submit_all(demo: Demo, *, some_stay_drafts: bool) -> None:
    """Every planned proposal is written and submitted, spread over the call; while it is open some are still drafts."""
    formats = {one.slug: one for one in Format.objects.filter(edition=demo.edition)}
    topics = {one.name: one for one in Topic.objects.filter(edition=demo.edition)}
    by_name = {one.name: one for one in Sponsor.objects.filter(edition=demo.edition)}
    span = (demo.time.closes - demo.time.opens) * (0.6 if some_stay_drafts else 0.99)
    for index, planned in enumerate(demo.plan.proposals):
        moment = demo.time.opens + span * (index + 1) / len(demo.plan.proposals)
        with clock.at(max(demo.time.opens, moment - timedelta(hours=1))):
            proposal = _draft(demo, planned, by_name[planned.sponsor], formats[planned.format], topics)
        demo.proposals[proposal.pk] = planned
        if some_stay_drafts and index % 4 == 3:
            continue
        with clock.at(moment), remembering():
            contact = demo.contacts[planned.sponsor]
            for finding in findings(proposal):
                keep_finding(by=contact, proposal=proposal, key=finding.key, reason=AS_ON_RECORD)
            submit(by=contact, proposal=proposal)


def _draft(demo: Demo, planned: PlannedProposal, sponsor: Sponsor, kind: Format, topics: dict[str, Topic]) -> Proposal:
    contact = demo.contacts[planned.sponsor]
    domain = "".join(letter for letter in planned.sponsor.lower() if letter.isalnum())
    presenters: list[dict[str, Any]] = []
    for name in planned.presenters:
        words = ("".join(each for each in word if each.isascii() and each.isalnum()) for word in name.lower().split())
        email = f"{'.'.join(words)}@{domain}.example"
        presenters.append(
            {
                "name": name,
                "email": email,
                "affiliation": planned.sponsor,
                "away": [],
                "biography": BIOGRAPHY,
                "link": f"https://people.example.org/{email.partition('@')[0]}",
                "picture": _picture(demo, name),
            }
        )
    proposal = create_draft(
        by=contact,
        sponsor=sponsor,
        format=kind,
        form_key=UUID(int=demo.dice.getrandbits(128), version=4),
        title=planned.title,
        topics=[topics[name] for name in planned.topics],
        expected_audience=demo.dice.randrange(40, 300, 10),
        **texts(planned, [each["email"] for each in presenters], len(demo.proposals)),
    )
    set_presenters(by=contact, proposal=proposal, presenters=presenters)
    return proposal


def _picture(demo: Demo, name: str) -> str:
    """The digest of the initials of somebody."""
    if name not in demo.pictures:
        demo.pictures[name] = save_picture(drawn(name, PORTRAIT)).digest
    return demo.pictures[name]
