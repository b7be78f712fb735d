"""Domain exceptions with a stable code for programs and a message for people."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

#: Who a refusal may name as somebody who can do it instead, in words.
WHO = {"team": "its sponsor's team", "organiser": "an organiser", "cochair": "a cochair"}


class Refused(Exception):
    """A rule of the domain forbids it.

    `code` is stable (kebab-case, safe to match on); `message` says what, why and what to do next;
    `field` names the form field it belongs to, if there is one. `who_can` are the roles that would not be refused now
    and `can` is what they can do: the last sentence is made from the two, and a contract test tries it.
    """

    status = 409

    def __init__(
        self, code: str, message: str, *, field: str | None = None, who_can: Sequence[str] = (), can: str = ""
    ) -> None:
        if who_can:
            named = " or ".join(WHO[role] for role in who_can)
            message = f"{message} {named[0].upper()}{named[1:]} can {can}."
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.who_can, self.can = tuple(who_can), can


class NotAllowed(Refused):
    """This person may not do this, ever or in this role."""

    status = 403


class WrongState(Refused):
    """The verb does not fit the current state or phase."""


class Invalid(Refused):
    """The input breaks a rule of the service."""

    status = 422


class TakesErrors(Protocol):
    """The part of a Django form that takes error messages."""

    def add_error(self, field: str | None, error: str) -> None: ...


@contextmanager
def refusals_to(form: TakesErrors) -> Iterator[None]:
    """Turn a refusal inside the block into an error of the form, so nothing typed is lost."""
    try:
        yield
    except Refused as refusal:
        fields = getattr(form, "fields", {})
        form.add_error(refusal.field if refusal.field in fields else None, refusal.message)
