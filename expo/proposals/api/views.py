"""Own proposals, by the same policies and services as the pages."""

from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from expo.editions.models import Edition
from expo.editions.queries import by_slug
from expo.kit.errors import Invalid
from expo.kit.pagination import Cursor
from expo.sponsors.models import Sponsor
from expo.sponsors.queries import sponsors_of

from ..models import Proposal
from ..queries.listing import by_code, mine
from ..services.drafts import create_draft
from ..services.submission import submit, withdraw
from .shapes import DraftShape, ProblemShape, ProposalShape, ReasonShape, with_all

_problem = OpenApiResponse(ProblemShape)
PROBLEMS = {(code, "application/problem+json"): _problem for code in (401, 403, 404, 409, 422)}


class OwnView(GenericAPIView[Proposal]):
    serializer_class = ProposalShape
    queryset = Proposal.objects.none()
    filter_backends: ClassVar[list[Any]] = []

    def edition(self) -> Edition:
        """The edition of the address."""
        try:
            return by_slug(self.kwargs["edition"])
        except ObjectDoesNotExist:
            raise Http404 from None

    def shown(self, proposal: Proposal, code: int = status.HTTP_200_OK) -> Response:
        """The proposal as it is now."""
        return Response(ProposalShape(with_all(Proposal.objects.select_related(*WITH)).get(pk=proposal.pk)).data, code)


WITH = ("edition", "sponsor", "format", "track")


class ProposalList(OwnView):
    """The proposals of the sponsors one acts for."""

    policy = "proposals.list_own"
    pagination_class = Cursor

    def policy_subject(self) -> Edition:
        return self.edition()

    @extend_schema(operation_id="list_own_proposals", responses={200: ProposalShape(many=True), **PROBLEMS})
    def get(self, request: Request, edition: str) -> Response:
        """Own proposals, oldest first, page by page."""
        rows = mine(request.user, self.edition()).select_related(*WITH)
        page = self.paginate_queryset(with_all(rows))
        return self.get_paginated_response(ProposalShape(page, many=True).data)

    @extend_schema(operation_id="create_draft", request=DraftShape, responses={201: ProposalShape, **PROBLEMS})
    def post(self, request: Request, edition: str) -> Response:
        """Begin a draft."""
        here = self.edition()
        sponsors = sponsors_of(request.user, here)
        shape = DraftShape(data=request.data, context={"edition": here, "sponsors": sponsors})
        shape.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(shape.validated_data)
        sponsor = given.pop("sponsor", None) or _only(list(sponsors))
        proposal = create_draft(by=request.user, sponsor=sponsor, **given)
        return self.shown(proposal, status.HTTP_201_CREATED)


def _only(sponsors: list[Sponsor]) -> Sponsor:
    if len(sponsors) > 1:
        names = ", ".join(f"{each.pk} ({each})" for each in sponsors)
        raise Invalid("which-sponsor", f"You act for several sponsors. Name one: {names}.", field="sponsor")
    return sponsors[0]


class OneView(OwnView):
    """An address with a proposal's code."""

    def policy_subject(self) -> Proposal:
        return self.proposal()

    def proposal(self) -> Proposal:
        try:
            return by_code(self.request.user, edition=self.kwargs["edition"], proposal=self.kwargs["proposal"])
        except ObjectDoesNotExist:
            raise Http404 from None


class ProposalDetail(OneView):
    """One of one's own proposals."""

    policy = "proposals.view"

    @extend_schema(operation_id="own_proposal", responses={200: ProposalShape, **PROBLEMS})
    def get(self, request: Request, edition: str, proposal: str) -> Response:
        """Everything its team wrote, and what it was told."""
        return self.shown(self.proposal())


class Submit(OneView):
    """Hand a draft in."""

    policy = "proposals.submit"

    @extend_schema(operation_id="submit_proposal", request=None, responses={200: ProposalShape, **PROBLEMS})
    def post(self, request: Request, edition: str, proposal: str) -> Response:
        """Submit it; a refusal names everything that is missing."""
        return self.shown(submit(by=request.user, proposal=self.proposal()))


class Withdraw(OneView):
    """Take a proposal back."""

    policy = "proposals.withdraw"

    @extend_schema(operation_id="withdraw_proposal", request=ReasonShape, responses={200: ProposalShape, **PROBLEMS})
    def post(self, request: Request, edition: str, proposal: str) -> Response:
        """Withdraw it, with a reason if one likes."""
        shape = ReasonShape(data=request.data)
        shape.is_valid(raise_exception=True)
        return self.shown(withdraw(by=request.user, proposal=self.proposal(), reason=shape.validated_data["reason"]))
