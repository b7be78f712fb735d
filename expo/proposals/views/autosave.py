"""What the writing page saves by itself, and what somebody gets who is no longer in the team."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit import clock
from expo.kit.errors import Refused
from expo.kit.policy import View, page
from expo.sponsors.models import Sponsor
from expo.sponsors.queries import sponsors_of, was_in_team

from ..comparison import compare_field
from ..forms.drafts import PageForm
from ..forms.typed import as_frozen, readable, to_copy
from ..models import Proposal
from ..queries.call import call_of
from ..queries.content import content_of
from ..queries.edits import FieldEdit
from ..queries.listing import by_code
from ..services import autosave
from ..states import ProposalState

#: So many digits are no number of a row.
MOST_DIGITS = 19


def page_of(request: HttpRequest) -> str:
    """The name that the open page in the browser gave itself."""
    return request.POST.get("page", "")[:36]


def hands_back_text(view: View) -> View:
    """For pages to which somebody posts words: who left its team, or was removed, gets them back to copy.

    Nothing else is said to them, and somebody who never was in the team gets what they always get.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except Http404:
            sponsor = _left(request, **kwargs) if request.method == "POST" else None
            if sponsor is None:
                raise
            return _handed_back(request, sponsor)

    return guarded


def _left(request: HttpRequest, *, edition: str, proposal: str = "") -> Sponsor | None:
    """The sponsor whose team this person left, if the request is about it."""
    rows = Sponsor.objects.filter(edition__slug=edition).select_related("edition")
    asked = request.GET.get("sponsor") or request.POST.get("sponsor") or ""
    is_number = asked.isdecimal() and len(asked) < MOST_DIGITS
    its = rows.filter(proposals__code=proposal) if proposal else rows.filter(pk=asked if is_number else 0)
    sponsor = its.first()
    return sponsor if sponsor is not None and was_in_team(request.user, sponsor) else None


def _handed_back(request: HttpRequest, sponsor: Sponsor) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        message = f"You are no longer in the team of {sponsor}."
        return JsonResponse({"code": "left-team", "message": message}, status=403)
    context = {"sponsor": sponsor, "words": to_copy(request.POST, request.POST.getlist("dirty"))}
    return render(request, "expo/proposals/left_team.html", context, status=403)


@hands_back_text
@page("proposals.edit", load=by_code)
@require_POST
def save(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """The fields that this page names as changed; without any, what others changed."""
    version = PageForm.sent(request.POST)["version"] or 0

    def verb(fields: dict[str, Any]) -> autosave.Autosave:
        return autosave.autosave(
            by=request.user, proposal=proposal, version=version, fields=fields, page=page_of(request)
        )

    return _answer(request, proposal.sponsor, proposal, verb)


@hands_back_text
@page("proposals.create", load=load_edition)
@require_POST
def save_new(request: SignedIn, edition: Edition) -> HttpResponse:
    """The same of a form that has made no draft yet."""
    asked, key = request.POST.get("sponsor", ""), PageForm.sent(request.POST)["form_key"]
    if not asked or key is None:
        return JsonResponse({"code": "invalid", "message": "This form is not complete. Reload the page."}, status=422)
    sponsor = next((each for each in sponsors_of(request.user, edition) if str(each.pk) == asked), None)
    if sponsor is None:
        raise Http404
    sponsor.edition = edition

    def verb(fields: dict[str, Any]) -> autosave.Autosave:
        format, own = fields["format"], {name: value for name, value in fields.items() if name != "format"}
        return autosave.autosave_new(
            by=request.user, sponsor=sponsor, format=format, form_key=key, fields=own, page=page_of(request)
        )

    return _answer(request, sponsor, None, verb)


def _answer(
    request: SignedIn,
    sponsor: Sponsor,
    proposal: Proposal | None,
    verb: Callable[[dict[str, Any]], autosave.Autosave],
) -> HttpResponse:
    asked, wrong, content = request.POST.getlist("dirty"), dict[str, str](), dict[str, Any]()
    if asked or proposal is None:
        form, wrong = readable(sponsor, request.POST, proposal)
        if not form.is_valid():  # no format, or one that is not on the list: nothing can be judged
            return JsonResponse({"code": "invalid", "message": next(iter(wrong.values()))}, status=422)
        content = form.content()
    names = [*asked, *([] if proposal else ["format"])]
    fields = {name: content[name] for name in names if name in content and name not in wrong}
    try:
        result = verb(fields)
    except Refused as refusal:
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
    return JsonResponse(
        {
            "version": result.source.version,
            "saved": result.saved,
            "refused": {**{name: wrong[name] for name in asked if name in wrong}, **result.refused},
            "held": _held(request, result, content),
            "theirs": [_named(request, each) for each in result.theirs],
            "approved": result.source.public_text_approved_at is not None,
            "note": _note(result.proposal),
            "made": None if proposal else _made(result.proposal),
        }
    )


def _note(proposal: Proposal) -> str:
    """What to say in place of the time once nothing more is submitted."""
    call = call_of(proposal.sponsor_id, proposal.edition, clock.now())
    if not call.is_closed or call.takes(is_submitted=proposal.state != ProposalState.DRAFT):
        return ""
    if proposal.state == ProposalState.DRAFT:
        return "The call has closed. Your text is kept as a draft."
    return "The call has closed. Your changes are kept, and what you submitted counts."


def _named(request: SignedIn, edit: FieldEdit) -> dict[str, str]:
    is_own = edit.by == request.user
    where = " in another window" if is_own else ""
    by = "You" if is_own else str(edit.by)
    return {"name": edit.name, "label": edit.label, "by": by, "where": where, "at": edit.at.isoformat()}


def _held(request: SignedIn, result: autosave.Autosave, content: dict[str, Any]) -> list[dict[str, str]]:
    """Each field that two people changed, with a part of a page that shows both texts."""
    saved, held = content_of(result.source) if result.held else {}, []
    for edit in result.held:
        change = compare_field(edit.name, saved.get(edit.name), as_frozen(content[edit.name]))
        named = _named(request, edit)
        html = render_to_string("expo/proposals/_held.html", {"changes": [change], **named})
        held.append({**named, "html": html})
    return held


def _made(proposal: Proposal) -> dict[str, str]:
    """The pages of a draft that was made just now."""
    at = (proposal.edition.slug, proposal.code)
    return {
        "code": proposal.code,
        "edit": reverse("proposals:edit", args=at),
        "autosave": reverse("proposals:autosave", args=at),
    }
