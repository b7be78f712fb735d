"""What the verbs of this room share."""

from typing import TypeVar

from django.db import models
from django.db.models import ProtectedError
from django.utils.text import slugify

from expo.accounts.models import User
from expo.accounts.services import checked_name
from expo.journal.services import record
from expo.kit.errors import Invalid, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require

from ..models import Edition

Part = TypeVar("Part", bound=models.Model)


def locked(edition: Edition) -> Edition:
    """The edition's row, held until the transaction ends: set-up verbs of one edition take turns."""
    return Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)


def _rows(model: type[Part], edition: Edition) -> models.QuerySet[Part]:
    return model._default_manager.filter(edition=edition)  # noqa: SLF001 - Django's name for any model's manager


def own(model: type[Part], edition: Edition, part: Part | None) -> Part | None:
    """The part as it is now, provided that it belongs to this edition; raises DoesNotExist otherwise."""
    if part is None:
        return None
    return _rows(model, edition).get(pk=part.pk)


def fresh_name(
    model: type[Part], edition: Edition, name: str, *, except_for: Part | None, limit: int, noun: str
) -> str:
    """A name that no other part of its kind in the edition has."""
    name = checked_name(name, "name", limit)
    others = _rows(model, edition).filter(name__iexact=name)
    if others.exclude(pk=except_for.pk if except_for else None).exists():
        raise Invalid(
            "name-taken",
            f"There is already a {noun} called “{name}”. Change that one, or choose another name.",
            field="name",
        )
    return name


def fresh_slug(model: type[Part], edition: Edition, name: str, noun: str) -> str:
    """A short name for addresses and files; it stays when the name changes."""
    stem = slugify(name)[:34] or noun
    taken = set(_rows(model, edition).filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for n in range(1, len(taken) + 2) if (slug := stem if n == 1 else f"{stem}-{n}") not in taken)


def next_position(model: type[Part], edition: Edition) -> int:
    """The place at the end of the list."""
    last = _rows(model, edition).aggregate(last=models.Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def note(fact: str, by: User | None, part: models.Model, **data: object) -> None:
    """Journal a change of the set-up; later policies of this request ask again."""
    forget()
    record(fact, by=by, target=part, data=dict(data))


def remove(part: Part, *, by: User | None, edition: Edition, noun: str, used_by: str) -> None:
    """Delete a part of the set-up, unless something stands on it."""
    require_set_up(by, edition)
    locked(edition)
    found = own(type(part), edition, part)
    assert found is not None  # noqa: S101 - own() gives None only for None
    record(f"editions.{noun}_removed", by=by, target=found)
    try:
        found.delete()
    except ProtectedError as error:
        raise WrongState(
            "in-use",
            f"The {noun} “{part}” is used by {len(error.protected_objects)} {used_by}. Move them, then remove it.",
        ) from None
    forget()


def require_set_up(by: User | None, edition: Edition) -> None:
    """Ask the policy of set-up verbs; the system itself may."""
    if by is not None:
        require(by, "editions.set_up", edition)


def refuse_if(found: bool, code: str, sentence: str, field: str | None = None) -> None:
    """Refuse the input when the rule is broken."""
    if found:
        raise Invalid(code, sentence, field=field)
