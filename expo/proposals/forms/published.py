"""The page on which what will be published is changed after the verdict, with an outline that is not published."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from django import forms

from expo.editions.catalogue import CATALOGUE, Rules, limit_of
from expo.editions.models import Format
from expo.editions.queries import rules_of
from expo.kit.text import listed

from .. import outlines
from ..models import Proposal
from ..queries.content import people_of
from .drafts import LaterField, approval_label, help_on
from .rows import LinkFormSet, Move, OutlineFormSet, outline_rows

TEXTS = ("public_title", "public_text")


class PublicTextForm(forms.Form):
    """Title, text and the approval."""

    use_required_attribute = False

    approve = forms.BooleanField(required=False, help_text="Changing it later takes the approval back.")

    def __init__(self, *args: Any, format: Format, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_%s", **kwargs})
        self.rules: Rules = rules_of(format)
        for name in TEXTS:
            limit = self.rules[name].limit
            field = LaterField(name, limit=limit, label=CATALOGUE[name].label, help_text=help_on(name, limit))
            self.fields[name] = field
        self.fields["approve"].label = approval_label(format, self.rules)


class PublishedForm:
    """All parts together: what the format does not ask for is neither shown nor changed."""

    is_decided = True

    def __init__(
        self,
        proposal: Proposal,
        *,
        data: Any = None,
        initial: Mapping[str, Any] | None = None,
        outline: Sequence[Mapping[str, Any]] = (),
        links: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.proposal, self.presenters = proposal, people_of(proposal)
        self.main = PublicTextForm(data, initial=initial, format=proposal.format)
        rules = self.main.rules
        self.outline = OutlineFormSet(data, limit=limit_of(rules, "outline"), initial=outline)
        self.links = LinkFormSet(data, limit=limit_of(rules, "links"), initial=links)

    @classmethod
    def of(cls, proposal: Proposal) -> Self:
        """As it is saved."""
        initial: dict[str, Any] = {name: getattr(proposal, name) for name in TEXTS}
        initial["approve"] = proposal.public_text_approved_at is not None
        parts = outline_rows(outlines.read(proposal.outline), people_of(proposal))
        return cls(proposal, initial=initial, outline=parts, links=proposal.links)

    @property
    def rows(self) -> list[OutlineFormSet | LinkFormSet]:
        """The rows that the format asks for, as far as they came with the page."""
        asked: list[OutlineFormSet | LinkFormSet] = [self.outline, self.links]
        return [each for each in asked if self.main.rules[each.name].is_asked and each.is_sent]

    @property
    def heading(self) -> str:
        """What can be changed here."""
        parts = [each.name for each in (self.outline, self.links) if self.main.rules[each.name].is_asked]
        return listed(["Public text", *parts])

    @property
    def asks_outline(self) -> bool:
        return self.main.rules["outline"].is_asked

    @property
    def asks_links(self) -> bool:
        return self.main.rules["links"].is_asked

    @property
    def publishes_outline(self) -> bool:
        return self.proposal.format.publishes_outline

    @property
    def length(self) -> int:
        """Minutes that the outline has to fill."""
        return self.proposal.length

    def is_valid(self) -> bool:
        parts: list[Any] = [self.main, *self.rows]
        return not [part for part in parts if not part.is_valid()]  # each of them is judged

    def content(self) -> dict[str, Any]:
        """What the service takes."""
        content = dict(self.main.cleaned_data)
        if self.outline in self.rows:
            content["outline"] = self.outline.content(self.presenters)
        if self.links in self.rows:
            content["links"] = self.links.content()
        return content

    @property
    def wrong_rows(self) -> list[tuple[str, Any]]:
        """Wrong fields of rows with what their row is called, for the list on top."""
        nouns = {"outline": "Part {} of the outline", "links": "Link {}"}
        return [(nouns[rows.name].format(number), field) for rows in self.rows for number, field in rows.wrong]

    def add_error(self, field: str | None, error: str) -> None:
        """Where a refusal of the service belongs on this page."""
        self.main.add_error(field if field in self.main.fields else None, error)

    def rearranged(self, move: Move | None) -> "PublishedForm":
        """The same words with a row more, less or moved; nothing is judged or saved."""
        initial = {name: self.main[name].data for name in self.main.fields}
        outline, links = self.outline.typed(move), self.links.typed(move)
        return PublishedForm(self.proposal, initial=initial, outline=outline, links=links)

    def as_typed(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The rows of outline and links as they stand on the page, for the checks."""
        parts = [{name: row[name].value() or "" for name in ("title", "text")} for row in self.outline]
        return parts, [{name: row[name].value() or "" for name in ("label", "url")} for row in self.links]
