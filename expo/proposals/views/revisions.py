"""Any two revisions of a proposal beside each other."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from expo.kit.policy import allowed, page

from ..comparison import compare
from ..models import Proposal
from ..queries.listing import by_code
from ..queries.revisions import chosen_pair, versions_for


@page("proposals.compare", load=by_code)
@require_safe
def compare_revisions(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """For its team, and for whoever runs the edition without a conflict."""
    versions = versions_for(request.user, proposal)
    older, newer = chosen_pair(versions, request.GET.get("from", ""), request.GET.get("to", ""))
    context = {
        "proposal": proposal,
        "is_own": allowed(request.user, "proposals.view", proposal),
        "versions": versions,
        "older": older,
        "newer": newer,
        "changes": compare(older.content, newer.content),
    }
    return render(request, "expo/proposals/compare.html", context)
