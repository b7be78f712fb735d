"""A proposal's life, as its sponsor sees it. Verdicts arrive only when their batch is released."""

from expo.kit.states import State, Table


class ProposalState(State):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    REJECTED = "rejected"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"

    @property
    def for_sponsor(self) -> str:
        """What its team reads: the same words as in the mail."""
        return "Not accepted" if self == ProposalState.REJECTED else self.label


PROPOSAL_STATES = Table(
    "proposal",
    {
        ProposalState.DRAFT: frozenset({ProposalState.SUBMITTED, ProposalState.WITHDRAWN}),
        ProposalState.SUBMITTED: frozenset(
            {
                ProposalState.ACCEPTED,
                ProposalState.WAITLISTED,
                ProposalState.REJECTED,
                ProposalState.WITHDRAWN,
            }
        ),
        ProposalState.WAITLISTED: frozenset({ProposalState.ACCEPTED, ProposalState.REJECTED, ProposalState.WITHDRAWN}),
        ProposalState.REJECTED: frozenset({ProposalState.ACCEPTED, ProposalState.WAITLISTED}),
        ProposalState.ACCEPTED: frozenset({ProposalState.CONFIRMED, ProposalState.WITHDRAWN}),
        ProposalState.CONFIRMED: frozenset({ProposalState.WITHDRAWN}),
        ProposalState.WITHDRAWN: frozenset({ProposalState.DRAFT}),
    },
)

#: Counts against what a tier may submit.
COUNTED = (
    ProposalState.SUBMITTED,
    ProposalState.ACCEPTED,
    ProposalState.WAITLISTED,
    ProposalState.REJECTED,
    ProposalState.CONFIRMED,
)
#: Has a place in the program, or may get one.
PLACEABLE = (ProposalState.ACCEPTED, ProposalState.CONFIRMED)
#: Decided and not out: public text, presenters and availability may change until the edition is archived.
EDITABLE_AFTER_DECISION = (*PLACEABLE, ProposalState.WAITLISTED)
#: A verdict may reach it: the first one, or one that supersedes the last.
DECIDABLE = (ProposalState.SUBMITTED, ProposalState.WAITLISTED, ProposalState.REJECTED)
#: What a withdrawal may have been from if it can be restored; a draft has nothing to be restored to.
RESTORABLE = (ProposalState.SUBMITTED, *EDITABLE_AFTER_DECISION)
#: What the chairs' verdict makes of a proposal.
VERDICTS = {
    "accept": ProposalState.ACCEPTED,
    "waitlist": ProposalState.WAITLISTED,
    "reject": ProposalState.REJECTED,
}


class Withdrawal(State):
    """How an acceptance ended, where it was not simply withdrawn."""

    DECLINED = "declined"
    LAPSED = "lapsed"

    @property
    def for_sponsor(self) -> str:
        """What its team reads."""
        return "Not confirmed in time" if self == Withdrawal.LAPSED else self.label


class DayHalf(State):
    """When a session would rather be: before or after the middle of a day's hours."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class ConflictSource(State):
    """Where a conflict comes from; every conflict can say it."""

    OWN_TEAM = "own_team"
    PRESENTER = "presenter"
    EMPLOYER = "employer"
    FORMER_EMPLOYER = "former_employer"
    MAIL_DOMAIN = "mail_domain"
    COAUTHOR = "coauthor"
    DECLARED = "declared"


class ClaimKind(State):
    """How something that a sponsor typed points at a person with a role, the strongest first."""

    ADDRESS = "address"
    NAME = "name"
    COAUTHOR = "coauthor"
    TEAM = "team"


class ClaimAnswer(State):
    """What became of a claim. Only a yes is a conflict."""

    OPEN = "open"
    YES = "yes"
    NO = "no"


class AudienceLevel(State):
    """How much of the subject attendees should know already."""

    INTRODUCTORY = "introductory"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class PresenterAnswer(State):
    """What somebody who was named as a presenter said to it."""

    OPEN = "open"
    YES = "yes"
    NO = "no"


class ChangeRequestState(State):
    """A change asked for after the deadline. Accepted: at least one field of it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CHANGE_REQUEST_STATES = Table(
    "change request",
    {
        ChangeRequestState.OPEN: frozenset(
            {ChangeRequestState.ACCEPTED, ChangeRequestState.REFUSED, ChangeRequestState.WITHDRAWN}
        ),
    },
)


class OfficeFieldKind(State):
    """What is written into a field of the office."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
