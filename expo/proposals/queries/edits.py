"""Which fields of a proposal were changed since a version, by whom and when: so that two people can write at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from expo.accounts.models import User

from ..comparison import label_of
from ..models import ProposalContent

A_PRESENTER = "A presenter"


@dataclass(frozen=True)
class FieldEdit:
    """The last change of a field; `by` is "A presenter" who has no account, and answered by the link in a mail."""

    name: str
    version: int
    by: User | str
    at: datetime

    @property
    def label(self) -> str:
        return label_of(self.name)


def edits_since(source: ProposalContent, version: int, *, page: str = "") -> dict[str, FieldEdit]:
    """By field, the changes made since `version` elsewhere: not by the page in the browser that is called `page`.

    One person in two windows counts as two, so that neither text is overwritten unseen.
    """
    rows = {
        name: edit
        for name, edit in source.edits.items()
        if edit["version"] > version and not (page and edit["page"] == page)
    }
    people = _people({edit["by"] for edit in rows.values() if edit["by"]})
    return {
        name: FieldEdit(name, edit["version"], people.get(edit["by"], A_PRESENTER), datetime.fromisoformat(edit["at"]))
        for name, edit in rows.items()
    }


def _people(ids: Collection[int]) -> dict[int, User]:
    return User.objects.in_bulk(ids) if ids else {}
