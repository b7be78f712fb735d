"""Which presenters, as typed by sponsors, may be which people. Pure: a match is a claim, never a conflict by itself."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from expo.kit.names import plain, plain_address

from .states import ClaimKind


@dataclass(frozen=True)
class NamedCoauthor:
    """Somebody with whom `user` wrote. `last_year=None`: not known when, so it counts."""

    user: int
    name: str
    last_year: int | None


@dataclass(frozen=True)
class NamedPerson:
    """A person whom sponsors may mean: their name and the addresses they proved."""

    user: int
    name: str
    addresses: frozenset[str]


@dataclass(frozen=True)
class TypedPresenter:
    """A presenter as typed."""

    id: int
    name: str
    address: str
    proposal: int
    sponsor: int


@dataclass(frozen=True)
class Match:
    """A presenter who may be this person, or somebody they wrote with."""

    user: int
    presenter: TypedPresenter
    kind: ClaimKind


def matches(
    people: Collection[NamedPerson],
    coauthors: Collection[NamedCoauthor],
    presenters: Iterable[TypedPresenter],
    *,
    today: date,
    years: int,
) -> list[Match]:
    """Every match, in the order of `presenters`; each person once per presenter, by the strongest kind.

    Names and addresses are compared in their plain form; a coauthor counts for `years` after the last common work.
    """
    lately = [each for each in coauthors if each.last_year is None or each.last_year >= today.year - years]
    by_address = _owners((plain_address(each), person.user) for person in people for each in person.addresses)
    by_name = _owners((plain(person.name), person.user) for person in people)
    by_coauthor = _owners((plain(each.name), each.user) for each in lately)
    matched: list[Match] = []
    for presenter in presenters:
        name = plain(presenter.name)
        kinds: dict[int, ClaimKind] = {}
        for kind, users in (
            (ClaimKind.ADDRESS, by_address.get(plain_address(presenter.address), ())),
            (ClaimKind.NAME, by_name.get(name, ())),
            (ClaimKind.COAUTHOR, by_coauthor.get(name, ())),
        ):
            for user in users:
                kinds.setdefault(user, kind)
        matched += [Match(user, presenter, kind) for user, kind in kinds.items()]
    return matched


def _owners(pairs: Iterable[tuple[str, int]]) -> Mapping[str, list[int]]:
    owners: dict[str, list[int]] = defaultdict(list)
    for key, user in pairs:
        if key and user not in owners[key]:
            owners[key].append(user)
    return owners
