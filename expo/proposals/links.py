"""Links that the program prints: a label and a web address."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from expo.kit import web_addresses
from expo.kit.errors import Invalid

from . import texts

LABEL_LIMIT, URL_LIMIT = 80, 500


@dataclass(frozen=True)
class ProposalLink:
    """A link; a draft's may still lack its address."""

    label: str = ""
    url: str = ""


TypedLink = ProposalLink | Mapping[str, Any]


def read(rows: Iterable[Mapping[str, Any]]) -> list[ProposalLink]:
    """The links as the database keeps them."""
    return [ProposalLink(row.get("label", ""), row.get("url", "")) for row in rows]


def to_json(links: Iterable[ProposalLink]) -> list[dict[str, str]]:
    """How the database keeps the links."""
    return [asdict(link) for link in links]


def problem(url: str) -> str:
    """Why a tidied address cannot be printed, in a sentence; nothing when it can, and for an empty one."""
    return texts.over_limit("This address", url, URL_LIMIT) or web_addresses.problem(url)


def checked(links: Iterable[TypedLink], *, limit: int) -> list[ProposalLink]:
    """The same links, tidied, without empty ones, each with a label; refuses what cannot be kept even in a draft."""
    typed = (each if isinstance(each, ProposalLink) else ProposalLink(**each) for each in links)
    tidied = [link for each in typed if (link := _tidied(each)) != ProposalLink()]
    if len(tidied) > limit:
        raise _invalid("too-many-links", f"There are {len(tidied)} links and there may be {limit}. Keep the best.")
    for number, link in enumerate(tidied, 1):
        if sentence := problem(link.url):
            raise _invalid("bad-link", f"Link {number}: {sentence}")
        if sentence := texts.over_limit(f"The label of link {number}", link.label, LABEL_LIMIT):
            raise _invalid("too-long", sentence)
    addresses = [link.url for link in tidied if link.url]
    if twice := next((url for url in addresses if addresses.count(url) > 1), None):
        raise _invalid("link-twice", f"The address {twice} is given twice. Keep one of the two.")
    return tidied


def _tidied(link: ProposalLink) -> ProposalLink:
    url = texts.tidy(link.url, one_line=True)
    label = texts.tidy(link.label, one_line=True)
    if not label and url and not problem(url):
        label = (urlsplit(url).hostname or "").removeprefix("www.")[:LABEL_LIMIT]
    return ProposalLink(label, url)


def gaps(links: Iterable[ProposalLink]) -> Iterator[str]:
    """What keeps links from being submitted, in sentences."""
    for number, link in enumerate(links, 1):
        if not link.url:
            yield f"Link {number} ({link.label}) needs an address, or remove it."


def _invalid(code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, field="links")
