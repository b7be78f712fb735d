"""Fixed vocabularies about people and organisations."""

from expo.kit.states import State


class Sector(State):
    INDUSTRY = "industry"
    ACADEMIA = "academia"
    OTHER = "other"


class Relation(State):
    """How somebody belongs to an organisation; interns do not carry a conflict past their stay."""

    EMPLOYEE = "employee"
    FOUNDER = "founder"
    ADVISER = "adviser"
    STUDENT = "student"
    INTERN = "intern"


class TokenScope(State):
    """What a script's token may do."""

    READ = "read"
    WRITE = "write"
