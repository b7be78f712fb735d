"""What of a proposal is public: the one place that takes it out, for a release and for its team's preview alike.

Facts are listed one by one, so that nothing else of a proposal gets out. A field that the format's form does not ask
for is not public either, even where something stands in it since before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.db.models import QuerySet

from expo.editions.catalogue import CATALOGUE, DEFAULTS
from expo.editions.models import Edition
from expo.editions.queries import field_rules
from expo.kit.names import plain_address
from expo.proposals import links, outlines
from expo.proposals.models import Presenter, ProposalContent
from expo.proposals.outlines import OutlinePart

from . import snapshot


class NamedPresenter(NamedTuple):
    """A presenter's public facts, and the plain address by which an outline names them."""

    pk: int
    person: snapshot.Person
    address: str


@dataclass(frozen=True)
class Shared:
    """What sessions of an edition have in common, by id. `fields`: what each format's form asks."""

    formats: dict[int, snapshot.Term]
    tracks: dict[int, snapshot.Term]
    topics: dict[int, snapshot.Term]
    rooms: dict[int, snapshot.PublishedRoom]
    fields: dict[int, frozenset[str]]
    sponsors: dict[int, str]
    profiles: dict[int, snapshot.PublishedProfile]


def shared(edition: Edition, *, with_unapproved: bool = False) -> Shared:
    """Read as plain values: an object for each format of each session would cost more than all the rest.

    Sponsors' profiles only where they are approved, but for a preview.
    """
    tracks, topics = (
        {pk: snapshot.Term(slug, name) for pk, slug, name in rows.values_list("pk", "slug", "name")}
        for rows in (edition.tracks, edition.topics)
    )
    formats = {each.pk: snapshot.Term(each.slug, each.name) for each in edition.formats.all()}
    rooms = {
        row[0]: snapshot.PublishedRoom(*row) for row in edition.rooms.values_list("pk", "name", "capacity", "position")
    }
    columns = ("pk", "name", "profile_approved_at", "sentence", "website", *_of_picture("logo"))
    sponsors, profiles = {}, {}
    for pk, name, approved_at, sentence, link, *logo in edition.sponsors.values_list(*columns):
        sponsors[pk] = name
        if approved_at or with_unapproved:
            profiles[pk] = snapshot.PublishedProfile(sentence, link, _picture(*logo))
    return Shared(formats, tracks, topics, rooms, _fields(edition), sponsors, profiles)


def _fields(edition: Edition) -> dict[int, frozenset[str]]:
    """The outline counts only where the format publishes it."""
    said, fields = field_rules(edition.pk), {}
    for format in edition.formats.all():
        asked = {name for name in CATALOGUE if said.get(format.pk, DEFAULTS)[name].is_asked}
        fields[format.pk] = frozenset(asked if format.publishes_outline else asked - {"outline"})
    return fields


def presenters(rows: QuerySet[Presenter]) -> dict[int, list[NamedPresenter]]:
    """Of each proposal, in their order: one query."""
    found: dict[int, list[NamedPresenter]] = defaultdict(list)
    columns = ("proposal_id", "pk", "email", "name", "affiliation", "biography", "link", *_of_picture("picture"))
    for proposal, pk, email, name, affiliation, biography, link, *picture in rows.order_by(
        "position", "id"
    ).values_list(*columns):
        person = snapshot.Person(name, affiliation, biography, link, _picture(*picture))
        found[proposal].append(NamedPresenter(pk, person, plain_address(email)))
    return found


def _of_picture(name: str) -> tuple[str, ...]:
    return tuple(f"{name}__{column}" for column in ("digest", "width", "height"))


def _picture(digest: str | None, width: int, height: int) -> snapshot.PublishedPicture | None:
    return snapshot.PublishedPicture(digest, width, height) if digest else None


def written(content: ProposalContent, named: Iterable[NamedPresenter], known: Shared, sponsor: int) -> dict[str, Any]:
    """The fields of a snapshot's session that come from what its sponsor wrote; only the `named` are printed."""
    asked, people = known.fields[content.format_id], list(named)
    return {
        "title": content.public_title,
        "format": known.formats[content.format_id],
        "presenters": tuple(_as_asked(each.person, asked) for each in people),
        "sponsor": known.sponsors[sponsor],
        "text": content.public_text,
        "parts": tuple(_parts(outlines.read(content.outline), people)) if "outline" in asked else (),
        "links": (
            tuple(snapshot.PublishedLink(each.label, each.url) for each in links.read(content.links) if each.url)
            if "links" in asked
            else ()
        ),
        "profile": known.profiles.get(sponsor),
    }


def _as_asked(person: snapshot.Person, asked: frozenset[str]) -> snapshot.Person:
    return replace(
        person,
        biography=person.biography if "biography" in asked else "",
        link=person.link if "presenter_link" in asked else "",
        picture=person.picture if "picture" in asked else None,
    )


def _parts(outline: Sequence[OutlinePart], people: list[NamedPresenter]) -> Iterator[snapshot.PublishedPart]:
    """The outline names presenters by address; who is not printed is not named here either."""
    names = {each.address: each.person.name for each in people if each.address}
    after = 0
    for part in outline:
        addresses = map(plain_address, part.presenters)
        who = tuple(names[address] for address in addresses if address in names)
        minutes = part.minutes or 0  # a draft may lack it
        yield snapshot.PublishedPart(after, minutes, part.title, part.text, who)
        after += minutes
