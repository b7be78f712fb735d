"""The chain that decisions are recorded in: each link names the one before it. Pure; what it writes must never change.

A record's digest covers all that it says; a seal's digest covers the seal before and the record's digest. Whoever keeps
one seal can tell later whether any record up to it was changed, removed or put in between (Haber and Stornetta, "How to
time-stamp a digital document", 1991).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

#: What the first seal follows.
START = "0" * 64


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of plain data in one canonical writing, so that it can be trusted years later: sorted keys, UTF-8."""
    # PostgreSQL knows no negative zero.
    plain = json.loads(json.dumps(content, allow_nan=False), parse_float=lambda number: float(number) + 0.0)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def record_digest(*, edition: str, proposal: str, kind: str, by: int, at: datetime, content: Mapping[str, Any]) -> str:
    """Of one record: `edition` by slug, `proposal` by code, `by` the person's id."""
    parts = {"edition": edition, "proposal": proposal, "kind": kind, "by": by, "at": at.astimezone(UTC).isoformat()}
    return digest({**parts, "content": content})


def seal_digest(previous: str, record: str) -> str:
    """SHA-256 of two digests in hexadecimal, the earlier first."""
    return hashlib.sha256(f"{previous}{record}".encode()).hexdigest()


@dataclass(frozen=True)
class Link:
    """A seal as it is stored, with its record's stored digest and the one that its content has now."""

    number: int
    previous: str
    digest: str
    record: str
    record_now: str
    about: str


def breaks(links: Iterable[Link]) -> list[str]:
    """Where a chain does not hold, as sentences; `links` in the order of their numbers."""
    found, expected, previous = [], 1, START
    for link in links:
        if link.number != expected:
            found.append(f"Seal {expected} is missing: the next one is {link.number}.")
        if link.record_now != link.record:
            found.append(f"Seal {link.number}: {link.about} says something else than when it was recorded.")
        if link.previous != previous and link.number == expected:
            found.append(f"Seal {link.number} does not follow the seal before it.")
        if link.digest != seal_digest(link.previous, link.record):
            found.append(f"Seal {link.number} does not match {link.about}.")
        expected, previous = link.number + 1, link.digest
    return found
