"""The reviewer's own pages: the queue, bids, the invitation, and what they say about themselves."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from expo.accounts.queries import affiliations_of, organisation_names
from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as edition_by_slug
from expo.kit import clock
from expo.kit.errors import refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import done, files, posted, refusals_as_messages
from expo.kit.text import counted
from expo.proposals.queries.known_conflicts import own_conflicts

from ..forms import AwayForm, DeclineForm, JoinForm, OwnConflictForm, ProfileForm, PublicationsForm, initial_of_profile
from ..lists import BIDS, BidList
from ..models import Absence, Assignment, Publication
from ..queries import lookups, reviewer_queue, roster
from ..queries.reviewer_queue import QueueItem
from ..services import assignments, profiles
from ..states import AssignmentState
from ..works import Work, as_list

RELEASED = "Noted. The proposal has left your queue, and you will not be asked to review it again."
MARKED = "Noted. Your review stays on record, marked with the conflict; a chair decides whether it counts."
MOST_WARNINGS = 5


@dataclass(frozen=True)
class QueueLine:
    """An item of the queue with its own form to decline."""

    item: QueueItem
    form: DeclineForm


@page("assignments.queue", load=edition_by_slug)
def queue(request: SignedIn, edition: Edition) -> HttpResponse:
    return _queue(request, edition)


@page("assignments.answer", load=lookups.assignment_by_id)
@require_POST
def accept(request: SignedIn, assignment: Assignment) -> HttpResponse:
    edition = assignment.edition
    with refusals_as_messages(request):
        assignments.accept(by=request.user, assignment=assignment)
        messages.success(request, f"“{assignment.proposal.title}” is yours to review.")
    return redirect("assignments:queue", edition.slug)


@page("assignments.answer", load=lookups.assignment_by_id)
@require_POST
def decline(request: SignedIn, assignment: Assignment) -> HttpResponse:
    edition = assignment.edition
    form = DeclineForm(request.POST, auto_id=f"decline-{assignment.pk}-%s")
    if form.is_valid():
        with refusals_to(form):
            assignments.decline(by=request.user, assignment=assignment, **form.cleaned_data)
            messages.success(request, "Declined. The cochairs will find somebody else.")
            return redirect("assignments:queue", edition.slug)
    return _queue(request, edition, assignment.pk, form)


@page("assignments.declare_conflict", load=lookups.assignment_by_id)
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: SignedIn, assignment: Assignment) -> HttpResponse:
    """Declares the reviewer's own conflict, from the review or the queue. The page shows nothing of the proposal."""
    form = OwnConflictForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            changed = assignments.declare_conflict(by=request.user, assignment=assignment, **form.cleaned_data)
            messages.success(request, MARKED if changed.state == AssignmentState.SUBMITTED else RELEASED)
            return redirect("assignments:queue", changed.edition.slug)
    context = {"form": form, "assignment": assignment}
    return render(request, "reviews/assignments/conflict.html", context, status=422 if form.errors else 200)


@page("assignments.edit_profile", load=edition_by_slug)
def profile(request: SignedIn, edition: Edition) -> HttpResponse:
    initial = initial_of_profile(lookups.profile_of(request.user, edition))
    form = ProfileForm(request.POST or None, edition=edition, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            profiles.save_profile(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Saved. Later assignments use it.")
            return redirect("assignments:queue", edition.slug)
    return render(request, "reviews/assignments/profile.html", {"form": form})


def _queue(
    request: SignedIn, edition: Edition, open_id: int | None = None, form: DeclineForm | None = None
) -> HttpResponse:
    items = reviewer_queue.queue_of(request.user, edition)
    blank = {item.id: DeclineForm(auto_id=f"decline-{item.id}-%s") for item in items}
    lines = [QueueLine(item, form if form and item.id == open_id else blank[item.id]) for item in items]
    by_state = {state: [line for line in lines if line.item.state == state] for state in AssignmentState}
    todo, submitted = by_state[AssignmentState.ACCEPTED], by_state[AssignmentState.SUBMITTED]
    due = [line.item.due_at for line in lines if line.item.is_open and line.item.due_at]
    profile = lookups.profile_of(request.user, edition)
    context = {
        "next_due": min(due, default=None),
        "offered": by_state[AssignmentState.OFFERED],
        "todo": todo,
        "done": submitted,
        "total": len(lines),
        "first": todo[0].item if todo else None,
        "practice": reviewer_queue.practice_first(request.user, edition) if todo and not submitted else None,
        "open_id": open_id,
        "refused_form": form if form and open_id not in {item.id for item in items} else None,
        "profile": profile,
        "knows_employer": profile.has_no_employer or roster.works_somewhere(request.user, edition),
        "has_topics": bool(profile.pk) and profile.topics.exists(),
    }
    return render(request, "reviews/assignments/queue.html", context)


@page("assignments.bid", load=edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def bids(request: SignedIn, edition: Edition) -> HttpResponse:
    if request.method == "POST":
        with refusals_as_messages(request):
            # Anything about proposals that are not on the page is ignored.
            names = {pk: f"bid-{pk}" for pk in reviewer_queue.bid_ids(request.user, edition)}
            values = {pk: request.POST[name] for pk, name in names.items() if name in request.POST}
            changed = profiles.bid(by=request.user, edition=edition, values=values)
            messages.success(request, f"Saved: {counted(changed, 'bid')} changed.")
        query = request.META.get("QUERY_STRING", "")
        return redirect(reverse("assignments:bids", args=[edition.slug]) + (f"?{query}" if query else ""))
    takes_bids = lookups.settings_of(edition).takes_bids
    tied = roster.ties(request.user, edition)
    context: dict[str, object] = {"takes_bids": takes_bids, "tied": tied}
    if takes_bids and not tied:
        rows = reviewer_queue.bid_rows(request.user, reviewer_queue.bid_ids(request.user, edition))
        context |= {"list": BidList(request.GET, rows), "choices": (*BIDS, ("", "No answer"))}
    return render(request, "reviews/assignments/bids.html", context)


@page("assignments.edit_profile", load=edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: SignedIn, edition: Edition) -> HttpResponse:
    profile = lookups.profile_of(request.user, edition)
    form = JoinForm(posted(request), edition=edition, initial=initial_of_profile(profile))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            only_save = "save" in request.POST
            save = profiles.save_expertise if only_save else profiles.confirm_invitation
            added = save(by=request.user, edition=edition, **form.service_fields())
            for each in added.bad[:MOST_WARNINGS]:
                sentence = f"Line {each.line} of your publications was left out. {each.reason} “{each.text[:80]}”"
                messages.warning(request, sentence)
            if len(added.bad) > MOST_WARNINGS:
                more = counted(len(added.bad) - MOST_WARNINGS, "more line")
                verb = "was" if len(added.bad) == MOST_WARNINGS + 1 else "were"
                messages.warning(request, f"{more} of your publications {verb} left out.")
            if only_save:
                messages.success(request, "Saved, not yet confirmed. Check your conflicts below, then confirm.")
                return redirect("assignments:join", edition.slug)
            messages.success(
                request, "Thank you for confirming. You will get an e-mail when there is something to review."
            )
            return redirect("assignments:queue", edition.slug)
    return _join(request, edition, form)


@page("assignments.edit_profile", load=edition_by_slug)
@require_POST
def decline_invitation(request: SignedIn, edition: Edition) -> HttpResponse:
    form = DeclineForm(request.POST, auto_id="decline-%s")
    if form.is_valid():
        with refusals_to(form):
            profiles.decline_invitation(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Declined. You get nothing to review; come back here if that changes.")
            return redirect("assignments:join", edition.slug)
    profile = lookups.profile_of(request.user, edition)
    return _join(request, edition, JoinForm(edition=edition, initial=initial_of_profile(profile)), form)


def _join(request: SignedIn, edition: Edition, form: JoinForm, no: DeclineForm | None = None) -> HttpResponse:
    profile = lookups.profile_of(request.user, edition)
    context = {
        "form": form,
        "profile": profile,
        "answer": profile.answer,
        "publications": roster.publication_count(profile),
        "absences": roster.absences_of(profile),
        "affiliations": affiliations_of(request.user),
        "organisation_names": organisation_names(),
        "knows_employer": profile.has_no_employer or roster.works_somewhere(request.user, edition),
        "conflicts": own_conflicts(request.user, edition),
        "takes_bids": lookups.settings_of(edition).takes_bids,
        "decline_form": no or DeclineForm(auto_id="decline-%s"),
        "declining": no is not None,
    }
    wrong = form.errors or (no and no.errors)
    return render(request, "reviews/assignments/join.html", context, status=422 if wrong else 200)


@page("assignments.edit_profile", load=edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def publications(request: SignedIn, edition: Edition) -> HttpResponse:
    form = PublicationsForm(posted(request), files(request))
    added = None
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            file = form.cleaned_data["file"]  # counts before pasted text
            source = {"data": file.read(), "filename": file.name} if file else {"text": form.cleaned_data["text"]}
            added = profiles.add_publications(by=request.user, edition=edition, **source)
            sentence = f"{counted(added.new, 'new publication')}."
            if added.known:
                sentence += f" You already had {added.known}."
            if added.coauthors:
                sentence += f" {counted(added.coauthors, 'coauthor')} noted."
            messages.success(request, sentence)
            if not added.bad:
                return redirect("assignments:publications", edition.slug)
            form = PublicationsForm(initial={"text": "\n".join(each.text for each in added.bad)})
    profile = lookups.profile_of(request.user, edition)
    context = {
        "form": form,
        "bad": added.bad if added else (),
        "page_obj": page_of(request, roster.publications_of(profile)),
    }
    return render(request, "reviews/assignments/publications.html", context, status=422 if form.errors else 200)


def publication_by_id(user: Any, *, edition: str, publication: int) -> Publication:
    """One's own publication in this edition; raises Publication.DoesNotExist."""
    rows = Publication.objects.select_related("profile__edition")
    own: Publication = rows.get(pk=publication, profile__edition__slug=edition)
    return own


@page("assignments.change_part", load=publication_by_id)
@require_POST
def remove_publication(request: SignedIn, publication: Publication) -> HttpResponse:
    edition = publication.profile.edition
    profiles.remove_publication(by=request.user, publication=publication)
    here = reverse("assignments:publications", args=[edition.slug])
    text = as_list(Work(publication.title, publication.abstract, publication.year))
    done(request, f"Removed “{publication.title}”. Its coauthors stay on your list.", undo=here, text=text)
    return redirect(here)


@page("assignments.edit_profile", load=edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def away(request: SignedIn, edition: Edition) -> HttpResponse:
    form = AwayForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            profiles.add_absence(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Noted. Nothing new will be offered to you on those days.")
            return redirect("assignments:away", edition.slug)
    profile = lookups.profile_of(request.user, edition)
    context = {"form": form, "absences": roster.absences_of(profile)}
    return render(request, "reviews/assignments/away.html", context, status=422 if form.errors else 200)


def absence_by_id(user: Any, *, edition: str, absence: int) -> Absence:
    """Somebody's days away in this edition; raises Absence.DoesNotExist."""
    rows = Absence.objects.select_related("profile__edition")
    days: Absence = rows.get(pk=absence, profile__edition__slug=edition)
    return days


@page("assignments.change_part", load=absence_by_id)
@require_POST
def remove_away(request: SignedIn, absence: Absence) -> HttpResponse:
    edition = absence.profile.edition
    profiles.remove_absence(by=request.user, absence=absence)
    here = reverse("assignments:away", args=[edition.slug])
    is_past = absence.last_day < clock.now().astimezone(edition.zone).date()  # what is past cannot be added again
    days = {"first_day": absence.first_day.isoformat(), "last_day": absence.last_day.isoformat()}
    done(request, "Removed.", undo="" if is_past else here, **days)
    return redirect(here)
