"""A sponsor's public profile: what the program says of it. Its team writes it, a contact approves it."""

from django.db import transaction

from expo.accounts.models import User
from expo.accounts.services import single_line
from expo.editions.states import Phase
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.names import visible
from expo.kit.policy import require

from .. import queries
from ..models import Picture, Sponsor
from ..states import PictureKind
from .pictures import save_picture
from .sponsors import checked_website
from .teams import locked_sponsor

LONGEST_SENTENCE = 240


@transaction.atomic
def save_profile(
    *, by: User, sponsor: Sponsor, website: str, sentence: str, logo: bytes = b"", remove_logo: bool = False
) -> Sponsor:
    """Change what the program says of a sponsor; any change takes the approval back. The name is the organisers'."""
    require(by, "sponsors.edit_profile", sponsor)
    saved = _locked(sponsor)
    before = queries.profile_version(saved)
    saved.website, saved.sentence = checked_website(website), checked_sentence(sentence)
    if logo:
        saved.logo = save_picture(logo, kind=PictureKind.LOGO)
    elif remove_logo:
        saved.logo = None
    if queries.profile_version(saved) == before:
        return saved
    unapprove(saved)
    saved.save(update_fields=["website", "sentence", "logo", "profile_approved_at", "profile_approved_by"])
    record("sponsors.profile_saved", by=by, target=saved, data=_about(saved))
    return saved


@transaction.atomic
def approve_profile(*, by: User, sponsor: Sponsor, version: str) -> Sponsor:
    """Say that the program may print it as it stood on the page, which `version` names (`queries.profile_version`)."""
    require(by, "sponsors.approve_profile", sponsor)
    approved = _locked(sponsor)
    if version != queries.profile_version(approved):
        raise WrongState(
            "stale-profile", "The profile was changed while you read it. Read it again below, then approve it."
        )
    if approved.profile_approved_at is None:
        approved.profile_approved_at, approved.profile_approved_by = clock.now(), by
        approved.save(update_fields=["profile_approved_at", "profile_approved_by"])
        record("sponsors.profile_approved", by=by, target=approved, data=_about(approved))
    return approved


@transaction.atomic
def take_back_approval(*, by: User, sponsor: Sponsor) -> Sponsor:
    """Let the next release leave the profile out; what is released stays as it is."""
    require(by, "sponsors.approve_profile", sponsor)
    saved = _locked(sponsor)
    if saved.profile_approved_at is not None:
        unapprove(saved)
        saved.save(update_fields=["profile_approved_at", "profile_approved_by"])
        record("sponsors.profile_unapproved", by=by, target=saved)
    return saved


def unapprove(sponsor: Sponsor) -> None:
    """Within a verb that changes what was approved, and saves it."""
    sponsor.profile_approved_at = sponsor.profile_approved_by = None


def checked_sentence(sentence: str) -> str:
    """On one line, without invisible signs, and short enough to be printed beside a session."""
    sentence = single_line(visible(sentence.replace("\x00", "")))
    if len(sentence) > LONGEST_SENTENCE:
        raise Invalid(
            "sentence-too-long",
            f"The sentence has {len(sentence)} characters and may have {LONGEST_SENTENCE}. Shorten it by "
            f"{len(sentence) - LONGEST_SENTENCE}.",
            field="sentence",
        )
    return sentence


def _locked(sponsor: Sponsor) -> Sponsor:
    locked = locked_sponsor(sponsor)
    if locked.edition.phase == Phase.ARCHIVED:
        raise WrongState("edition-over", f"{locked.edition} is over, so its program and profiles no longer change.")
    locked.logo = Picture.objects.filter(pk=locked.logo_id).first() if locked.logo_id else None
    return locked


def _about(sponsor: Sponsor) -> dict[str, str]:
    logo = sponsor.logo.digest if sponsor.logo else ""
    return {"name": sponsor.name, "website": sponsor.website, "sentence": sponsor.sentence, "logo": logo}
