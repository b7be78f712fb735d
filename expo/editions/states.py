"""An edition's phases and the roles people hold in it."""

from expo.kit.states import State, Table


class Phase(State):
    SETUP = "setup"
    CALL = "call"
    REVIEW = "review"
    DECIDE = "decide"
    SCHEDULE = "schedule"
    PUBLISHED = "published"
    ARCHIVED = "archived"


PHASES = Table(
    "edition",
    {
        Phase.SETUP: frozenset({Phase.CALL}),
        Phase.CALL: frozenset({Phase.REVIEW}),
        Phase.REVIEW: frozenset({Phase.CALL, Phase.DECIDE}),
        Phase.DECIDE: frozenset({Phase.REVIEW, Phase.SCHEDULE}),
        Phase.SCHEDULE: frozenset({Phase.DECIDE, Phase.PUBLISHED}),
        Phase.PUBLISHED: frozenset({Phase.ARCHIVED}),
    },
)


# Steps that divide the hour, so that a session starts at a time people can remember.
GRIDS = (5, 10, 15, 20, 30, 60)


class FieldUse(State):
    """Whether a format's form asks for a field."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Reader(State):
    """For whom a field is written."""

    REVIEWERS = "reviewers"
    PUBLIC = "public"
    OFFICE = "office"


class UploadKind(State):
    SPONSORS = "sponsors"
    ROLES = "roles"
    REVIEWERS = "reviewers"
    OFFERS = "offers"


class RoleKind(State):
    ORGANISER = "organiser"
    COCHAIR = "cochair"
    REVIEWER = "reviewer"
