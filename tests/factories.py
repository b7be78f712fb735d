"""Factories: the least that a thing needs to exist. An edition from here is in its call, open for a month each way."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import factory
from factory.django import DjangoModelFactory

from expo.accounts.models import Affiliation, Organisation, User
from expo.editions.models import Day, Edition, Format, Role, Room, Topic, Track
from expo.editions.states import Phase, RoleKind
from expo.kit import clock
from expo.kit.names import plain_address
from expo.program.models import Session
from expo.proposals.models import (
    ChangeRequest,
    Conflict,
    LateLink,
    OfficeAnswer,
    OfficeField,
    Presenter,
    PresenterInvitation,
    Proposal,
)
from expo.proposals.queries.presenters import hash_of, token_for
from expo.proposals.states import ProposalState
from expo.sponsors.models import Entitlement, Picture, Sponsor, TeamInvitation, TeamMember, Tier
from expo.sponsors.states import TeamRole
from reviews.assignments.models import Assignment, ReviewerProfile
from reviews.assignments.states import AssignmentState
from reviews.decisions.models import Batch, Decision
from reviews.decisions.states import Reason, Verdict
from reviews.rubrics.models import Criterion, Level, PracticeProposal, Rubric
from reviews.scoring.models import Comment, Review, Score
from reviews.scoring.states import ReviewState

EXPO_DAY = date(2027, 7, 18)


class UserFactory(DjangoModelFactory):
    """A person with a verified mail address, as after sign-up."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@people{n}.example")
    name = factory.Sequence(lambda n: f"Person {n}")

    @factory.post_generation
    def verified(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create and extracted is not False:
            from allauth.account.models import EmailAddress

            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Organisation {n}")


class AffiliationFactory(DjangoModelFactory):
    class Meta:
        model = Affiliation

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = Edition

    slug = factory.Sequence(lambda n: f"expo-{n}")
    name = factory.Sequence(lambda n: f"Expo {n}")
    conference = "ICML"
    contact_email = "expo@icml.example"
    time_zone = "America/New_York"
    phase = Phase.CALL
    call_opens_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=30))
    call_closes_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=30))
    reviews_due_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=45))


class FormatFactory(DjangoModelFactory):
    class Meta:
        model = Format
        django_get_or_create = ("edition", "slug")

    edition = factory.SubFactory(EditionFactory)
    slug = "talk"
    name = factory.LazyAttribute(lambda made: made.slug.capitalize())
    minutes = 60


class RoomFactory(DjangoModelFactory):
    class Meta:
        model = Room

    edition = factory.SubFactory(EditionFactory)
    name = factory.Sequence(lambda n: f"Room {n}")
    capacity = 100
    position = factory.Sequence(lambda n: n)


class TrackFactory(DjangoModelFactory):
    """A track; pass `formats=[...]`."""

    class Meta:
        model = Track
        skip_postgeneration_save = True

    edition = factory.SubFactory(EditionFactory)
    slug = factory.Sequence(lambda n: f"track-{n}")
    name = factory.Sequence(lambda n: f"Track {n}")
    position = factory.Sequence(lambda n: n)

    @factory.post_generation
    def formats(self, create: bool, extracted: list[Format] | None, **kwargs: object) -> None:
        if create and extracted:
            self.formats.set(extracted)


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic

    edition = factory.SubFactory(EditionFactory)
    slug = factory.Sequence(lambda n: f"topic-{n}")
    name = factory.Sequence(lambda n: f"Topic {n}")


class DayFactory(DjangoModelFactory):
    class Meta:
        model = Day

    edition = factory.SubFactory(EditionFactory)
    date = EXPO_DAY
    opens_at = time(9)
    closes_at = time(18)


class RoleFactory(DjangoModelFactory):
    class Meta:
        model = Role

    edition = factory.SubFactory(EditionFactory)
    user = factory.SubFactory(UserFactory)
    kind = RoleKind.REVIEWER


class TierFactory(DjangoModelFactory):
    class Meta:
        model = Tier
        django_get_or_create = ("edition", "slug")

    edition = factory.SubFactory(EditionFactory)
    slug = "gold"
    name = factory.LazyAttribute(lambda made: made.slug.capitalize())


class EntitlementFactory(DjangoModelFactory):
    class Meta:
        model = Entitlement

    tier = factory.SubFactory(TierFactory)
    format = factory.SubFactory(FormatFactory)
    may_submit = 2
    may_be_accepted = 1


class PictureFactory(DjangoModelFactory):
    """One point of colour, of which there are as many as of numbers."""

    class Meta:
        model = Picture

    digest = factory.Sequence(lambda n: f"{n:064x}")
    data = b"\x89PNG"
    content_type = "image/png"
    width = height = 1


class SponsorFactory(DjangoModelFactory):
    class Meta:
        model = Sponsor

    edition = factory.SubFactory(EditionFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    tier = factory.SubFactory(TierFactory, edition=factory.SelfAttribute("..edition"))
    name = factory.LazyAttribute(lambda made: made.organisation.name)
    domains = factory.Sequence(lambda n: [f"sponsor{n}.example"])


class TeamMemberFactory(DjangoModelFactory):
    class Meta:
        model = TeamMember

    sponsor = factory.SubFactory(SponsorFactory)
    user = factory.SubFactory(UserFactory)
    role = TeamRole.CONTACT


class TeamInvitationFactory(DjangoModelFactory):
    """An invitation that was mailed and waits for its answer."""

    class Meta:
        model = TeamInvitation

    sponsor = factory.SubFactory(SponsorFactory)
    email = factory.Sequence(lambda n: f"invited{n}@labs.example")
    mailed_at = factory.LazyFunction(clock.now)


WORDS = (
    "we measure a model cost error rate of each sample under noise with more layers than before and find that small "
    "networks learn slower but forget less when the data shift by season region or store so plans stay useful"
)


def prose(seed: int, words: int = 60) -> str:
    """Words that no other seed has in this order."""
    chosen = Random(seed).choices(WORDS.split(), k=words)
    return f"{' '.join(chosen)}.".capitalize()


class ProposalFactory(DjangoModelFactory):
    """A draft talk that is complete enough to be submitted, but for its presenter."""

    class Meta:
        model = Proposal

    edition = factory.SubFactory(EditionFactory)
    sponsor = factory.SubFactory(SponsorFactory, edition=factory.SelfAttribute("..edition"))
    format = factory.SubFactory(FormatFactory, edition=factory.SelfAttribute("..edition"))
    title = factory.Sequence(lambda n: f"Scaling laws for demand forecasts, part {n}")
    abstract = factory.Sequence(lambda n: f"We show how forecasts scale with data, and where they fail. {prose(n)}")
    takeaways = "How to tell a data problem from a model problem."
    public_title = factory.SelfAttribute("title")
    public_text = "How forecasts scale with data, and where they fail."
    created_by = factory.SubFactory(UserFactory)


class SubmittedFactory(ProposalFactory):
    state = ProposalState.SUBMITTED
    submitted_at = factory.LazyFunction(clock.now)


class AcceptedFactory(SubmittedFactory):
    state = ProposalState.ACCEPTED
    verdict_at = factory.LazyFunction(clock.now)
    public_text_approved_at = factory.LazyFunction(clock.now)


class PresenterFactory(DjangoModelFactory):
    class Meta:
        model = Presenter
        skip_postgeneration_save = True

    proposal = factory.SubFactory(ProposalFactory)
    name = factory.Sequence(lambda n: f"Presenter {n}")
    email = factory.Sequence(lambda n: f"presenter{n}@stage.example")
    person = factory.LazyAttribute(lambda made: plain_address(made.email))  # confirmed by its owner or a chair

    @factory.post_generation
    def confirmed(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        """`confirmed=True`: its owner answered the invitation with yes."""
        if create and extracted:
            PresenterInvitationFactory(proposal=self.proposal, address=plain_address(self.email), answer="yes")


class PresenterInvitationFactory(DjangoModelFactory):
    """A presenter was asked, and has not answered."""

    class Meta:
        model = PresenterInvitation

    proposal = factory.SubFactory(ProposalFactory)
    address = factory.Sequence(lambda n: f"presenter{n}@stage.example")
    token_hash = factory.LazyAttribute(lambda made: hash_of(token_for(made.proposal.pk, made.address)))
    answered_at = factory.LazyAttribute(lambda made: None if getattr(made, "answer", "open") == "open" else clock.now())


class OfficeFieldFactory(DjangoModelFactory):
    """A line that every accepted session needs."""

    class Meta:
        model = OfficeField

    edition = factory.SubFactory(EditionFactory)
    label = factory.Sequence(lambda n: f"Thing {n}")
    is_required = True
    position = factory.Sequence(int)


class OfficeAnswerFactory(DjangoModelFactory):
    class Meta:
        model = OfficeAnswer

    proposal = factory.SubFactory(AcceptedFactory)
    field = factory.SubFactory(OfficeFieldFactory)
    value = "As last year"
    answered_by = factory.SubFactory(UserFactory)


class LateLinkFactory(DjangoModelFactory):
    class Meta:
        model = LateLink

    sponsor = factory.SubFactory(SponsorFactory)
    expires_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=1))
    reason = "Their network was down."
    granted_by = factory.SubFactory(UserFactory)


class ChangeRequestFactory(DjangoModelFactory):
    """An open request for another title; its proposal has no working copy."""

    class Meta:
        model = ChangeRequest

    proposal = factory.SubFactory(SubmittedFactory)
    before = factory.LazyAttribute(lambda made: {"title": made.proposal.title})
    after = factory.LazyAttribute(lambda made: {"title": f"{made.proposal.title}, revised"})
    reason = "A number in the title was wrong."
    asked_by = factory.SelfAttribute("proposal.created_by")


class ConflictFactory(DjangoModelFactory):
    class Meta:
        model = Conflict

    user = factory.SubFactory(UserFactory)
    sponsor = factory.SubFactory(SponsorFactory)
    declared_by = factory.SelfAttribute("user")


class RubricFactory(DjangoModelFactory):
    class Meta:
        model = Rubric
        django_get_or_create = ("edition", "format", "version")

    edition = factory.SubFactory(EditionFactory)
    format = None
    version = 1


class CriterionFactory(DjangoModelFactory):
    """A criterion with four levels."""

    class Meta:
        model = Criterion
        skip_postgeneration_save = True

    rubric = factory.SubFactory(RubricFactory)
    slug = factory.Sequence(lambda n: f"criterion-{n}")
    name = factory.Sequence(lambda n: f"Criterion {n}")
    question = "Is it so?"
    position = factory.Sequence(lambda n: n)

    @factory.post_generation
    def levels(self, create: bool, extracted: object, **kwargs: object) -> None:
        for value in range(1, 5):
            Level.objects.create(criterion=self, value=value, label=f"Level {value}", anchor=f"It is {value} of 4.")


class PracticeProposalFactory(DjangoModelFactory):
    class Meta:
        model = PracticeProposal

    rubric = factory.SubFactory(RubricFactory)
    title = factory.Sequence(lambda n: f"Practice {n}")
    text = "A text to practise on."
    explanation = "Because of this."


class ReviewerProfileFactory(DjangoModelFactory):
    class Meta:
        model = ReviewerProfile

    edition = factory.SubFactory(EditionFactory)
    user = factory.SubFactory(UserFactory)


class AssignmentFactory(DjangoModelFactory):
    """An accepted assignment; its reviewer holds the role."""

    class Meta:
        model = Assignment
        skip_postgeneration_save = True

    edition = factory.SubFactory(EditionFactory)
    proposal = factory.SubFactory(SubmittedFactory, edition=factory.SelfAttribute("..edition"))
    reviewer = factory.SubFactory(UserFactory)
    state = AssignmentState.ACCEPTED
    due_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=14))

    @factory.post_generation
    def role(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create and extracted is not False:
            Role.objects.get_or_create(edition=self.edition, user=self.reviewer, kind=RoleKind.REVIEWER)


class ReviewFactory(DjangoModelFactory):
    """A submitted review; pass `scores={criterion: value}`."""

    class Meta:
        model = Review
        skip_postgeneration_save = True

    assignment = factory.SubFactory(AssignmentFactory, state=AssignmentState.SUBMITTED)
    state = ReviewState.SUBMITTED
    submitted_at = factory.LazyFunction(clock.now)

    @factory.post_generation
    def scores(self, create: bool, extracted: dict[Criterion, int] | None, **kwargs: object) -> None:
        for criterion, value in (extracted or {}).items():
            Score.objects.create(review=self, criterion=criterion, level=criterion.levels.get(value=value))


class CommentFactory(DjangoModelFactory):
    class Meta:
        model = Comment

    proposal = factory.SubFactory(SubmittedFactory)
    author = factory.SubFactory(UserFactory)
    as_chair = True
    text = "A comment."


class BatchFactory(DjangoModelFactory):
    class Meta:
        model = Batch

    edition = factory.SubFactory(EditionFactory)
    name = factory.Sequence(lambda n: f"Batch {n}")
    created_by = factory.SubFactory(UserFactory)


class DecisionFactory(DjangoModelFactory):
    class Meta:
        model = Decision

    proposal = factory.SubFactory(SubmittedFactory)
    verdict = Verdict.ACCEPT
    reason = Reason.ABOVE_THE_LINE
    decided_by = factory.SubFactory(UserFactory)


class SessionFactory(DjangoModelFactory):
    """An hour from nine in New York on Expo Day."""

    class Meta:
        model = Session

    edition = factory.SubFactory(EditionFactory)
    proposal = factory.SubFactory(AcceptedFactory, edition=factory.SelfAttribute("..edition"))
    track = factory.SubFactory(TrackFactory, edition=factory.SelfAttribute("..edition"))
    room = factory.SubFactory(RoomFactory, edition=factory.SelfAttribute("..edition"))
    starts_at = datetime(2027, 7, 18, 13, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda made: made.starts_at + timedelta(hours=1))
    taken_from = factory.SelfAttribute("starts_at")
