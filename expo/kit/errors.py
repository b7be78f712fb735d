"""Every refusal of the house: a stable code for machines, a clear sentence for people."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Refused(Exception):
    """A rule of the house said no.

    `code` is stable (kebab-case, safe to match on); `message` says what, why and what to do next;
    `field` names the form field it belongs to, if there is one.
    """

    status = 409

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class NotAllowed(Refused):
    """This person may not do this, ever or in this role."""

    status = 403


class WrongState(Refused):
    """The verb does not fit the present state or phase."""


class Invalid(Refused):
    """The input breaks a rule of the service."""

    status = 422


class TakesErrors(Protocol):
    """What a Django form offers to somebody who wants to complain."""

    def add_error(self, field: str | None, error: str) -> None: ...


@contextmanager
def refusals_to(form: TakesErrors) -> Iterator[None]:
    """Turn a refusal inside the block into an error of the form, so nothing typed is lost."""
    try:
        yield
    except Refused as refusal:
        fields = getattr(form, "fields", {})
        form.add_error(refusal.field if refusal.field in fields else None, refusal.message)
