"""What the conference office collects: the list of fields, a sponsor's answers, and everybody's in a table."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.editions.queries import part_of
from expo.kit import clock
from expo.kit.errors import Refused, refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from ..forms.office import OfficeAnswersForm, OfficeFieldForm, OfficeList
from ..models import OfficeField, Proposal
from ..queries import office as queries
from ..queries.listing import by_code
from ..queries.status import status_of
from ..services import office as services

either_way = require_http_methods(["GET", "HEAD", "POST"])


@page("proposals.see_office", load=load_edition)
@require_safe
@opens_saved_view
def table(request: SignedIn, edition: Edition) -> HttpResponse:
    """What sponsors answered for their accepted sessions."""
    fields = queries.fields_of(edition)
    rows = queries.office_table(request.user, edition, fields)
    listed = OfficeList(request.GET, rows, fields)
    if listed.wants_csv:
        return listed.csv(f"office {edition.slug}")
    context = {"list": listed, "fields": fields, "lacking": sum(bool(row.missing) for row in rows)}
    return render(request, "expo/proposals/office.html", context)


@page("proposals.set_office_fields", load=load_edition)
@either_way
def fields(request: SignedIn, edition: Edition) -> HttpResponse:
    """The edition's list, and a form for one more."""
    form = OfficeFieldForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            made = services.save_field(by=request.user, edition=edition, **form.content())
            messages.success(request, f"Added: {made}.")
            return redirect("proposals:office-fields", edition.slug)
    context = {"fields": queries.fields_of(edition), "form": form}
    return render(request, "expo/proposals/office_fields.html", context, status=422 if form.errors else 200)


@page("proposals.set_office_fields", load=part_of(OfficeField, "office_field"))
@either_way
def change_field(request: SignedIn, field: OfficeField) -> HttpResponse:
    form = OfficeFieldForm.of(field, posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.save_field(by=request.user, edition=field.edition, field=field, **form.content())
            messages.success(request, "The field is saved.")
            return redirect("proposals:office-fields", field.edition.slug)
    context = {"field": field, "form": form, "answered": queries.answered(request.user, field.edition, field)}
    return render(request, "expo/proposals/office_field.html", context, status=422 if form.errors else 200)


@page("proposals.set_office_fields", load=part_of(OfficeField, "office_field"))
@require_POST
def remove_field(request: SignedIn, field: OfficeField) -> HttpResponse:
    with refusals_as_messages(request):
        services.remove_field(by=request.user, edition=field.edition, field=field)
        messages.success(request, f"Removed: {field}.")
    return redirect("proposals:office-fields", field.edition.slug)


@page("proposals.set_office_fields", load=part_of(OfficeField, "office_field"))
@require_POST
def move_field(request: SignedIn, field: OfficeField) -> HttpResponse:
    with refusals_as_messages(request):
        up = request.POST.get("to") == "up"
        services.move_field(by=request.user, edition=field.edition, field=field, up=up)
    return redirect("proposals:office-fields", field.edition.slug)


@page("proposals.edit", load=by_code)
@either_way
def answers(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """What the office needs for one accepted session."""
    asked, status = queries.fields_of(proposal.edition), status_of(proposal, clock.now())
    form = OfficeAnswersForm(posted(request), fields=asked, answers=queries.answers_of(proposal))
    if request.method == "POST" and form.is_valid():
        try:
            services.answer(by=request.user, proposal=proposal, answers=form.content())
            messages.success(request, "Saved. The office reads it.")
            return redirect("proposals:detail", proposal.edition.slug, proposal.code)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return _answers_page(request, proposal, form, may_answer=status.is_placeable and status.may_edit_after_decision)


def _answers_page(
    request: HttpRequest, proposal: Proposal, form: OfficeAnswersForm, *, may_answer: bool
) -> HttpResponse:
    required = [field.label for field in form.asked if field.is_required]
    context = {"proposal": proposal, "form": form, "may_answer": may_answer, "required": required}
    return render(request, "expo/proposals/office_answers.html", context, status=422 if form.errors else 200)
