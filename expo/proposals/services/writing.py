"""Checks and puts what a sponsor wrote into a draft; never asks for completeness."""

from collections.abc import Collection, Mapping
from typing import Any

from expo.editions.models import Format, Topic, Track
from expo.kit.errors import Invalid
from expo.sponsors.models import Sponsor

from .. import wording
from ..models import ProposalContent
from . import ground

TEXTS = tuple(wording.LIMITS)
PUBLIC = ("public_title", "public_text")
WRITABLE = frozenset({*TEXTS, "format", "track", "topics", "expected_audience"})


def checked(sponsor: Sponsor, fields: Mapping[str, Any], *, format: Format) -> dict[str, Any]:
    """The fields, tidied; refuses what cannot be kept even in a draft."""
    unknown = set(fields) - WRITABLE
    if unknown:
        raise TypeError(f"A proposal has no {', '.join(sorted(unknown))}.")
    found: dict[str, Any] = {name: _text(name, fields[name]) for name in TEXTS if name in fields}
    if "track" in fields:
        found["track"] = _track(fields["track"], format)
    if "topics" in fields:
        found["topics"] = _topics(fields["topics"], sponsor)
    if "expected_audience" in fields:
        found["expected_audience"] = _audience(fields["expected_audience"])
    return found


def check_format(sponsor: Sponsor, format: Format) -> None:
    """Refuse a format of another edition, and one that the tier does not include."""
    if format.edition_id != sponsor.edition_id:
        raise Invalid(
            "foreign-format", "This format belongs to another edition. Choose one of this edition.", field="format"
        )
    row = ground.entitlement(sponsor, format)
    if row is None or row.may_submit == 0:
        raise Invalid(
            "format-not-in-tier",
            f"The {sponsor.tier} tier includes no {format.name.lower()}s. "
            f"Choose another format, or write to {sponsor.edition.contact}.",
            field="format",
        )


def _text(name: str, value: str) -> str:
    text = wording.tidy(value or "", one_line=name in wording.ONE_LINE)
    sentence = wording.too_long(name, text)
    if sentence:
        raise Invalid("too-long", sentence, field=name)
    return text


def _track(track: Track | None, format: Format) -> Track | None:
    if track is not None and not (
        track.edition_id == format.edition_id and track.formats.filter(pk=format.pk).exists()
    ):
        raise Invalid(
            "track-does-not-fit",
            f"The track {track} takes no {format.name.lower()}s. Choose a track that does, or leave it open.",
            field="track",
        )
    return track


def _topics(topics: Collection[Topic], sponsor: Sponsor) -> list[Topic]:
    chosen = list(dict.fromkeys(topics))
    if any(topic.edition_id != sponsor.edition_id for topic in chosen):
        raise Invalid("foreign-topic", "A topic belongs to another edition. Choose from the list.", field="topics")
    if len(chosen) > wording.MOST_TOPICS:
        sentence = f"Choose at most {wording.MOST_TOPICS} topics, those that matter most; {len(chosen)} are ticked."
        raise Invalid("too-many-topics", sentence, field="topics")
    return chosen


def _audience(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= wording.MOST_PEOPLE:
        sentence = f"The expected audience is a number from 1 to {wording.MOST_PEOPLE:,}, or empty when you cannot say."
        raise Invalid("audience-out-of-range", sentence, field="expected_audience")
    return value


def put(proposal: ProposalContent, fields: Mapping[str, Any]) -> list[str]:
    """Write checked fields; changed public text is no longer approved. Names what changed; the caller saves."""
    plain = {name: value for name, value in fields.items() if name != "topics"}
    changed = [name for name, value in plain.items() if getattr(proposal, name) != value]
    for name in changed:
        setattr(proposal, name, plain[name])
    if any(name in PUBLIC for name in changed):
        drop_approval(proposal)
    return changed


def put_topics(proposal: ProposalContent, topics: Collection[Topic]) -> bool:
    """Replace the topics of a saved proposal; says whether they changed."""
    if set(proposal.topics.all()) == set(topics):
        return False
    proposal.topics.set(topics)
    return True


def drop_approval(proposal: ProposalContent) -> None:
    proposal.public_text_approved_at = proposal.public_text_approved_by = None
