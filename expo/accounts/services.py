"""Services on people: who they are, where they work, what their scripts may do."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.urls import Resolver404, resolve, reverse

from expo.journal.services import record
from expo.kit import clock, zones
from expo.kit.errors import Invalid, WrongState
from expo.kit.lists import LISTS, LONGEST_QUERY, WorkList
from expo.kit.memo import forget
from expo.kit.names import organisation_key, plain, visible, without_turns
from expo.kit.policy import require

from . import queries
from .models import LONGEST_KEY, Affiliation, ApiToken, Coauthor, FormerAddress, Organisation, SavedView, User
from .states import Relation, Sector, TokenScope

EARLIEST = date(1950, 1, 1)
MOST_TOKENS = 20
LONGEST_TOKEN = 365
MOST_COAUTHORS = 5_000
MOST_VIEWS = 200


def single_line(text: str) -> str:
    """Text on one line, with single spaces, so that one name is not taken for two."""
    return " ".join(text.split())


@transaction.atomic
def ensure_person(*, by: User | None, email: str, name: str = "") -> User:
    """The person with this address, made if need be: without a password, and with the address still to be verified.

    The caller invites them by mail; the mail's personal link sets the password and proves the address.
    """
    email = checked_email(email)
    known = queries.by_email(email)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, name=checked_name(name, "name", 120) if single_line(name) else "")
    except IntegrityError:  # somebody else invited the same person just now
        return User.objects.get(email=email)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    record("accounts.person_added", by=by, target=user)
    return user


def checked_email(email: str, field: str = "email") -> str:
    """The address in lower case and without invisible signs, or a refusal."""
    email = visible(email).strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("bad-email", f"“{email[:80]}” is not an e-mail address.", field=field) from None
    if len(email) > 254:
        raise Invalid("bad-email", "This e-mail address is longer than 254 characters.", field=field)
    return email


def personal_link(user: User) -> str:
    """How this person signs in: a link that sets the first password, or the sign-in page if they have one.

    The link is as good as a password: it may appear only in the mail to that person.
    """
    if user.has_usable_password():
        return reverse("account_login")
    parts = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=parts)


def prove_address(user: User) -> None:
    """Whoever set a password through a mailed link reads that mailbox, so the address counts as verified."""
    if EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=False).update(verified=True):
        record_address_proved(user)


@transaction.atomic
def record_address_proved(user: User) -> None:
    """Record that an address was proved; it counts for conflicts from now on."""
    forget()
    record("accounts.address_proved", by=user, target=user, data={"user": user.pk})


@transaction.atomic
def remember_address(user: User, email: str) -> None:
    """Keep an address that somebody gives up, because dropping it must not drop the conflict that depends on it."""
    forget()
    until = clock.now().date()
    FormerAddress.objects.update_or_create(user=user, email=email.lower(), defaults={"until": until})
    record("accounts.address_left", by=user, target=user, data={"user": user.pk})


@transaction.atomic
def save_profile(*, by: User, name: str, time_zone: str) -> User:
    """Change one's own name and time zone."""
    require(by, "accounts.edit_profile")
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    user.name, user.time_zone = checked_name(name, "name", 120), zones.check(time_zone)
    user.save(update_fields=["name", "time_zone"])
    record("accounts.profile_saved", by=by, target=user)
    return user


@transaction.atomic
def name_newcomer(*, user: User, name: str) -> User:
    """Give somebody a name who has none and is not signed in yet: the mailed link to their password proves them."""
    known = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if known.name:
        return known
    known.name = checked_name(name, "name", 120)
    known.save(update_fields=["name"])
    record("accounts.profile_saved", by=known, target=known)
    return known


def checked_name(name: str, field: str, limit: int) -> str:
    """A name on one line, neither empty nor longer than the limit, and without signs that turn what stands after it."""
    name = single_line(without_turns(name))
    if not visible(name).strip():
        raise Invalid("name-missing", "This needs a name.", field=field)
    if len(name) > limit:
        raise Invalid("name-too-long", f"This name has {len(name)} characters; {limit} is the most.", field=field)
    return name


@transaction.atomic
def ensure_organisation(
    *, by: User | None, name: str, sector: str = Sector.INDUSTRY, field: str = "organisation"
) -> Organisation:
    """The organisation of this name, however it is capitalised and its accents are composed, made if need be."""
    name = checked_name(name, field, 160)
    found = queries.organisation_named(name)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            made = Organisation.objects.create(name=name, sector=Sector(sector))
    except IntegrityError:
        return Organisation.objects.get(key=organisation_key(name)[:LONGEST_KEY])
    record("accounts.organisation_added", by=by, target=made)
    return made


@transaction.atomic
def add_affiliation(
    *, by: User, organisation: str, relation: str, started_on: date | None = None, ended_on: date | None = None
) -> Affiliation:
    """Say where one works or worked; the conflict wall follows at once."""
    require(by, "accounts.edit_profile")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    _check_span(started_on, ended_on)
    employer = ensure_organisation(by=by, name=organisation, sector=Sector.OTHER)
    if by.affiliations.filter(organisation=employer, relation=relation, ended_on=ended_on).exists():
        raise Invalid("affiliation-twice", f"{employer} is already on your list in this role.", field="organisation")
    made = Affiliation.objects.create(
        user=by, organisation=employer, relation=Relation(relation), started_on=started_on, ended_on=ended_on
    )
    _record_affiliation("added", by, made)
    return made


@transaction.atomic
def end_affiliation(*, by: User, affiliation: Affiliation, ended_on: date) -> Affiliation:
    """Say that one left; the conflict goes on for as many years as the edition asks."""
    require(by, "accounts.edit_profile")
    mine = Affiliation.objects.select_for_update(of=("self",)).get(pk=affiliation.pk, user=by)
    if mine.ended_on is not None:
        raise WrongState("affiliation-ended", "This affiliation has ended already.")
    _check_span(mine.started_on, ended_on)
    _check_said(mine, ended_on)
    mine.ended_on = ended_on
    mine.save(update_fields=["ended_on"])
    _record_affiliation("ended", by, mine)
    return mine


def _check_span(started_on: date | None, ended_on: date | None) -> None:
    today = clock.now().date()
    for field, day in (("started_on", started_on), ("ended_on", ended_on)):
        if day and not EARLIEST <= day <= today + timedelta(days=366):
            raise Invalid("odd-date", f"{day:%d %B %Y} cannot be right.", field=field)
    if started_on and ended_on and ended_on < started_on:
        raise Invalid("ends-before-start", "It ends before it starts. Check the two dates.", field="ended_on")


def _check_said(affiliation: Affiliation, ended_on: date) -> None:
    """Otherwise a conflict could be ended at will. A day of grace, because dates differ around the world."""
    said = affiliation.said_at.date()
    if ended_on < said - timedelta(days=1):
        raise Invalid(
            "ends-before-said",
            f"On {said.day} {said:%B %Y} you said that you still worked there, so your last day cannot be before that. "
            "Enter that day or the later day on which you left.",
            field="ended_on",
        )


def _record_affiliation(change: str, by: User, affiliation: Affiliation) -> None:
    forget()
    data = {"change": change, "organisation": affiliation.organisation_id, "user": affiliation.user_id}
    record("accounts.affiliations_changed", by=by, target=affiliation, data=data)


@transaction.atomic
def save_coauthors(*, by: User, coauthors: Iterable[tuple[str, int | None]]) -> int:
    """Note with whom one wrote and in which year (None: not known); returns how many names or years are new.

    Nobody is ever removed, because removing a coauthor must not remove the conflict that depends on it.
    """
    require(by, "accounts.edit_profile")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    known = {plain(each.name): each for each in Coauthor.objects.filter(user=by)}
    latest = _later_years(by, coauthors)
    made = [Coauthor(user=by, name=name, last_year=year) for key, (name, year) in latest.items() if key not in known]
    later = [known[key] for key, (_, year) in latest.items() if key in known and _is_later(year, known[key].last_year)]
    if len(known) + len(made) > MOST_COAUTHORS:
        raise Invalid("too-many-coauthors", f"{MOST_COAUTHORS} coauthors are the most. Leave out works of big groups.")
    for each in later:
        each.last_year = latest[plain(each.name)][1]
    Coauthor.objects.bulk_create(made)
    Coauthor.objects.bulk_update(later, ["last_year"])
    if made or later:
        forget()
        record("accounts.affiliations_changed", by=by, target=by, data={"change": "coauthors", "user": by.pk})
    return len(made) + len(later)


def _later_years(user: User, coauthors: Iterable[tuple[str, int | None]]) -> dict[str, tuple[str, int | None]]:
    """Each name but the user's own once, by its plain form, with the latest year."""
    latest: dict[str, tuple[str, int | None]] = {}
    for name, year in coauthors:
        key = plain(name)
        if key and key != plain(user.name) and (key not in latest or _is_later(year, latest[key][1])):
            latest[key] = (single_line(name)[:120], year)
    return latest


def _is_later(year: int | None, than: int | None) -> bool:
    """Whether a year makes a conflict last longer; one that is not known lasts for good."""
    return than is not None and (year is None or year > than)


@transaction.atomic
def create_token(
    *, by: User, label: str, scope: str = TokenScope.READ, edition_slug: str = "", days: int = 90
) -> tuple[ApiToken, str]:
    """A token for a script and its plain text, which is kept nowhere."""
    require(by, "accounts.manage_tokens")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    label = checked_name(label, "label", 80)
    if not 1 <= days <= LONGEST_TOKEN:
        raise Invalid("odd-expiry", f"A token is valid for 1 to {LONGEST_TOKEN} days.", field="days")
    _check_new_label(by, label)
    token, plain = ApiToken.objects.create(
        user=by, expiry=timedelta(days=days), label=label, scope=TokenScope(scope), edition_slug=edition_slug
    )
    record("accounts.token_created", by=by, target=by, data=_about(token))
    return token, str(plain)


def _check_new_label(user: User, label: str) -> None:
    if user.auth_token_set.filter(label__iexact=label).exists():
        raise Invalid(
            "token-label-taken",
            f"You already have a token called “{label}”. Choose another label, or revoke that one first.",
            field="label",
        )
    if user.auth_token_set.count() >= MOST_TOKENS:
        raise Invalid(
            "too-many-tokens", f"You have {MOST_TOKENS} tokens, which is the most. Revoke one you no longer use."
        )


def _about(token: ApiToken) -> dict[str, Any]:
    return {"label": token.label, "scope": token.scope, "edition": token.edition_slug}


@transaction.atomic
def revoke_token(*, by: User, token: ApiToken) -> None:
    """End one of one's own tokens; scripts that use it are turned away from now on."""
    require(by, "accounts.manage_tokens")
    mine = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk, user=by)
    record("accounts.token_revoked", by=by, target=by, data=_about(mine))
    mine.delete()


def record_use(token: ApiToken) -> None:
    """Remember when a token was last used, at most once a minute, so that reading stays cheap."""
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        token.last_used_at = now


@transaction.atomic
def save_view(*, by: User, page: str, query: str) -> SavedView:
    """Let a list open for this person with the filters of a query string; only what the list knows is kept."""
    require(by, "accounts.save_view")
    path, known = _list_at(page)
    kept = known.own_query(QueryDict(query.replace("\x00", "")))
    if not kept or len(kept) > LONGEST_QUERY:
        raise Invalid("no-view", "Choose at least one filter, and short search words, before you save a view.")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if by.saved_views.exclude(page=path).count() >= MOST_VIEWS:
        raise Invalid("too-many-views", f"You have saved {MOST_VIEWS} views, which is the most. Forget one first.")
    saved, _ = SavedView.objects.update_or_create(user=by, page=path, defaults={"query": kept})
    return saved


@transaction.atomic
def forget_view(*, by: User, page: str, query: str = "") -> tuple[str, str]:
    """Let a list open whole again; gives back the path and what of the query string the list knows."""
    require(by, "accounts.save_view")
    path, known = _list_at(page)
    SavedView.objects.filter(user=by, page=path).delete()
    return path, known.own_query(QueryDict(query[:LONGEST_QUERY]))


def _list_at(page: str) -> tuple[str, type[WorkList[Any]]]:
    """The path of a page that is a list, and what can be asked of it. Nothing else can be saved or led to."""
    try:
        match = resolve(page[:200])
    except Resolver404:
        match = None
    if match is None or match.view_name not in LISTS:
        raise Invalid("no-list", "This page is no list whose view can be saved.")
    return reverse(match.view_name, kwargs=match.kwargs), LISTS[match.view_name]
