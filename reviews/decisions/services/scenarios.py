"""What-ifs that a chair keeps by name. They change nothing for anybody, and nobody else reads them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require

from ..models import Scenario

MAX_NAME_LENGTH = 60
MOST_KEPT = 30


@transaction.atomic
def keep_scenario(
    *, by: User, edition: Edition, name: str, asked: Mapping[str, Any], scenario: Scenario | None = None
) -> Scenario:
    """Keep a what-if by name, or change one that the chair has kept (`scenario`)."""
    require(by, "decisions.desk", edition)
    name = " ".join(name.replace("\x00", "").split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise Invalid("bad-name", f"Give it a name of 1 to {MAX_NAME_LENGTH} characters.", field="name")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one at a time, so that the number holds
    mine = Scenario.objects.filter(edition=edition, made_by=by)
    if scenario is not None:
        scenario = mine.filter(pk=scenario.pk).first()
        if scenario is None:
            raise WrongState("gone", "This what-if is not there any more. Save it as a new one.")
    if mine.filter(name=name).exclude(pk=scenario.pk if scenario else 0).exists():
        raise Invalid("name-taken", "You have a what-if of this name already. Choose another name.", field="name")
    if scenario is None and mine.count() >= MOST_KEPT:
        raise WrongState("too-many", f"You keep {MOST_KEPT} what-ifs, which is the most. Delete one first.")
    kept = scenario or Scenario(edition=edition, made_by=by)
    kept.name, kept.asked = name, dict(asked)
    kept.save()
    # Without its name, which may be about what another chair must not see.
    record("decisions.scenario_kept", by=by, edition_id=edition.pk)
    return kept


@transaction.atomic
def delete_scenario(*, by: User, scenario: Scenario) -> None:
    """Delete a what-if of one's own."""
    require(by, "decisions.desk", scenario.edition)
    if scenario.made_by_id != by.pk:
        raise Scenario.DoesNotExist
    record("decisions.scenario_deleted", by=by, edition_id=scenario.edition_id)
    scenario.delete()
