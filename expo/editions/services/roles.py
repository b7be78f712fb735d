"""Give out roles and take them back."""

from datetime import timedelta

from django.db import transaction

from expo.accounts.models import User
from expo.accounts.services import ensure_person
from expo.accounts.states import Sector
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock, csv_import
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.memo import forget
from expo.kit.policy import allowed, require
from expo.kit.states import S
from expo.notify.services import post

from ..models import Edition, Role, Upload
from ..states import RoleKind, UploadKind
from . import parts
from .uploads import Outcome, import_rows

NEEDED = ("email", "role")
KNOWN = (*NEEDED, "name", "sector", "senior", "reason")
#: How many people one cochair may invite within a day: each gets a mail, and none of them asked for it.
MOST_INVITED = 200
YES, NO = {"yes", "y", "true", "1", "x", "senior"}, {"", "no", "n", "false", "0"}


@transaction.atomic
def grant_role(
    *,
    by: User | None,
    edition: Edition,
    email: str,
    kind: str,
    name: str = "",
    sector: str = Sector.INDUSTRY,
    is_senior: bool = False,
) -> Role:
    """Give somebody a role and invite them by mail; the same again only updates sector and seniority."""
    if by is not None:
        require(by, "editions.grant_role", edition)
    parts.locked(edition)
    return _grant(by, edition, email, name, RoleKind(kind), Sector(sector), is_senior)[0]


@transaction.atomic
def invite_reviewer(
    *, by: User, edition: Edition, email: str, name: str = "", sector: str = Sector.INDUSTRY, is_senior: bool = False
) -> Role:
    """Ask somebody to review, with the mail and the record of `grant_role`: the one role that cochairs give.

    They give it neither to themselves nor to more than `MOST_INVITED` people within a day; organisers may.
    """
    require(by, "editions.invite_reviewer", edition)
    parts.locked(edition)
    role, outcome = _grant(by, edition, email, name, RoleKind.REVIEWER, Sector(sector), is_senior)
    if outcome == "added" and not allowed(by, "editions.grant_role", edition):
        if role.user == by:
            raise NotAllowed(
                "own-role", "Nobody makes themselves a reviewer. Ask an organiser to give you the role.", field="email"
            )
        _check_day(by, edition)
    return role


def _check_day(by: User, edition: Edition) -> None:
    """Counts with the invitation just recorded."""
    since = clock.now() - timedelta(days=1)
    granted = Entry.objects.filter(edition_id=edition.pk, fact="editions.role_granted", actor=by, at__gt=since)
    if granted.filter(data__kind=RoleKind.REVIEWER).count() > MOST_INVITED:
        raise WrongState(
            "too-many-invited",
            f"A cochair may invite {MOST_INVITED} people within 24 hours, and these would be more. Invite the others "
            "tomorrow, or ask an organiser, who has no such limit.",
        )


@transaction.atomic
def appoint(*, by: User, edition: Edition, email: str, kind: RoleKind, name: str = "") -> Role:
    """Site staff give somebody a role where the edition's own organisers cannot."""
    require(by, "editions.appoint", edition)
    parts.locked(edition)
    return _grant(by, edition, email, name, kind, Sector.INDUSTRY, is_senior=False)[0]


def _grant(
    by: User | None, edition: Edition, email: str, name: str, kind: RoleKind, sector: Sector, is_senior: bool
) -> tuple[Role, Outcome]:
    user = ensure_person(by=by, email=email, name=name)
    role = Role.objects.filter(edition=edition, user=user, kind=kind).first()
    if role is not None:
        if (role.sector, role.is_senior) == (sector, is_senior):
            return role, "unchanged"
        role.sector, role.is_senior = sector, is_senior
        role.save(update_fields=["sector", "is_senior"])
        record("editions.role_changed", by=by, target=role, data={"sector": sector, "is_senior": is_senior})
        return role, "changed"
    role = Role.objects.create(edition=edition, user=user, kind=kind, sector=sector, is_senior=is_senior)
    forget()
    data = {"kind": kind, "user": user.pk, "sector": sector, "is_senior": is_senior}
    entry = record("editions.role_granted", by=by, target=role, data=data)
    if user != by and kind != RoleKind.REVIEWER:  # reviewers get a mail of their own, from the queue
        post("editions/invited", to=[user], entry=entry, context={"edition": edition, "kind": kind, "by": by})
    return role, "added"


@transaction.atomic
def revoke_role(*, by: User | None, edition: Edition, role: Role) -> None:
    """Take a role back; the last organiser keeps theirs."""
    if by is not None:
        require(by, "editions.grant_role", edition)
    parts.locked(edition)
    current = Role.objects.select_related("user").get(pk=role.pk, edition=edition)
    others = Role.objects.filter(edition=edition, kind=RoleKind.ORGANISER).exclude(pk=current.pk)
    if current.kind == RoleKind.ORGANISER and not others.exists():
        raise WrongState("last-organiser", "This is the only organiser. Make somebody else an organiser first.")
    record("editions.role_revoked", by=by, target=current, data={"kind": current.kind, "user": current.user_id})
    current.delete()
    forget()


def import_roles(*, by: User, edition: Edition, data: bytes, filename: str = "") -> Upload:
    """Give out roles from a table with the columns email, role, name, sector, senior."""
    require(by, "editions.grant_role", edition)
    table = csv_import.read(data, needed=NEEDED, known=KNOWN)

    def take(row: csv_import.CsvRow) -> Outcome:
        cells = row.values
        kind = _member(RoleKind, cells["role"], "role", "a role")
        sector = _member(Sector, cells.get("sector", "") or Sector.INDUSTRY, "sector", "a sector")
        senior = cells.get("senior", "")
        if senior.lower() not in YES | NO:
            raise Invalid("not-yes-or-no", f"“{senior[:40]}” is neither yes nor no.", field="senior")
        is_senior = senior.lower() in YES
        return _grant(by, edition, cells["email"], cells.get("name", ""), kind, sector, is_senior)[1]

    return import_rows(
        by=by, edition=edition, kind=UploadKind.ROLES, filename=filename, table=table, needed=NEEDED, take=take
    )


def _member(states: type[S], text: str, field: str, noun: str) -> S:
    try:
        return states(text.lower())
    except ValueError:
        known = ", ".join(states)
        raise Invalid(f"unknown-{field}", f"“{text[:40]}” is not {noun}; use one of {known}.", field=field) from None
