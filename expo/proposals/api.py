"""Own proposals in the API, by the same policies and services as the pages.

Nothing of the judging side is named here: no reviewer, score, merit or conflict.
"""

from typing import Any, cast

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Max, QuerySet
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from expo.accounts.models import User
from expo.editions.catalogue import CATALOGUE, TEXTS
from expo.editions.models import Edition, Format, Room, Topic, Track
from expo.editions.queries import by_slug
from expo.kit.errors import Invalid
from expo.kit.pagination import Cursor
from expo.sponsors.models import Sponsor
from expo.sponsors.queries import sponsors_of

from . import links, outlines
from .criteria import rows_from
from .models import Availability, Presenter, Proposal
from .queries.listing import by_code, mine
from .services.drafts import create_draft
from .services.submission import submit, withdraw
from .states import AudienceLevel


class AwayShape(serializers.ModelSerializer[Availability]):
    """A span in which a presenter cannot be on stage."""

    class Meta:
        model = Availability
        fields = ("starts_at", "ends_at")


class PresenterShape(serializers.ModelSerializer[Presenter]):
    """Somebody on stage; the e-mail address tells people apart."""

    away = AwayShape(many=True, required=False)
    link = serializers.CharField(required=False, allow_blank=True, default="")
    picture = serializers.CharField(
        source="picture.digest",
        required=False,
        allow_blank=True,
        default="",
        help_text="The digest of a picture, as its address has it; pictures are sent on a page.",
    )

    class Meta:
        model = Presenter
        fields = ("name", "email", "affiliation", "biography", "link", "picture", "away")


class OutlinePartShape(serializers.Serializer[Any]):
    """A part of the session. To submit, the minutes of all parts add up to the session's length."""

    minutes = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=outlines.MOST_MINUTES
    )
    title = serializers.CharField(required=False, allow_blank=True, default="")
    text = serializers.CharField(required=False, allow_blank=True, default="")
    presenters = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        default=list,
        help_text="E-mail addresses of presenters; published where the format publishes its outline.",
    )


class ProposalLinkShape(serializers.Serializer[Any]):
    """A link for the program; without a label the address's host is the label."""

    label = serializers.CharField(required=False, allow_blank=True, default="")  # type: ignore[assignment] # DRF's own
    url = serializers.CharField(
        required=False, allow_blank=True, default="", help_text=f"http or https, at most {links.URL_LIMIT} characters."
    )


class CriterionFeedbackShape(serializers.Serializer[Any]):
    """Feedback by a criterion of the rubric: where the reviews put the proposal, and what the next level asks."""

    name = serializers.CharField()
    question = serializers.CharField()
    placed = serializers.CharField()
    asked = serializers.CharField(help_text="Empty at the highest level, and after too few reviews.")


class ProposalShape(serializers.ModelSerializer[Proposal]):
    """A proposal as its own team sees it; `feedback` is empty until the verdict is released."""

    edition = serializers.SlugRelatedField[Edition]("slug", read_only=True)
    sponsor = serializers.CharField(source="sponsor.name", read_only=True)
    format = serializers.SlugRelatedField[Format]("slug", read_only=True)
    track = serializers.SlugRelatedField[Track]("slug", read_only=True, allow_null=True)
    topics = serializers.SlugRelatedField[Topic]("slug", many=True, read_only=True)
    preferred_rooms = serializers.SlugRelatedField[Room]("name", many=True, read_only=True)
    excluded_rooms = serializers.SlugRelatedField[Room]("name", many=True, read_only=True)
    outline = OutlinePartShape(many=True, read_only=True)
    links = ProposalLinkShape(many=True, read_only=True)
    accepted_instead_of = serializers.SlugRelatedField[Format](
        "slug", read_only=True, allow_null=True, help_text="The format it was submitted as, if accepted as another."
    )
    criteria_feedback = serializers.SerializerMethodField(help_text="After a rejection or on the waiting list.")
    withdrawn_as = serializers.CharField(read_only=True, help_text="declined, lapsed, or empty: simply withdrawn.")
    presenters = PresenterShape(many=True, read_only=True)
    revision = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Number of the newest frozen revision."
    )

    class Meta:
        model = Proposal
        fields = (
            "code", "guid", "edition", "sponsor", "state", "version", "revision", "format", "track", "title",
            "abstract", "takeaways", "outline", "level", "audience", "prerequisites", "evidence", "hands_on", "topics",
            "expected_audience", "needs", "wishes", "preferred_rooms", "excluded_rooms", "presenters", "links",
            "public_title", "public_text", "public_text_approved_at", "accepted_instead_of", "feedback",
            "criteria_feedback", "verdict_at", "created_at", "changed_at", "submitted_at", "withdrawn_at",
            "withdrawn_as",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(CriterionFeedbackShape(many=True))
    def get_criteria_feedback(self, proposal: Proposal) -> Any:
        """In sentences, as its page has them."""
        rows: Any = rows_from(proposal.criteria_feedback)
        return CriterionFeedbackShape(rows, many=True).data


def with_all(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Everything the shape shows, in a constant number of queries."""
    return rows.prefetch_related(
        "topics", "preferred_rooms", "excluded_rooms", "presenters__away", "presenters__picture"
    ).annotate(revision=Max("revisions__number"))


class DraftShape(serializers.Serializer[Any]):
    """A new draft. Only the format must be said; the sponsor too, by whoever acts for several.

    What the format does not ask for is kept and shown to nobody else.
    """

    sponsor = serializers.PrimaryKeyRelatedField(
        queryset=Sponsor.objects.none(), required=False, pk_field=serializers.IntegerField()
    )
    format = serializers.SlugRelatedField("slug", queryset=Format.objects.none())
    track = serializers.SlugRelatedField("slug", queryset=Track.objects.none(), required=False, allow_null=True)
    topics = serializers.SlugRelatedField("slug", queryset=Topic.objects.none(), many=True, required=False)
    expected_audience = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=CATALOGUE["expected_audience"].most
    )
    level = serializers.ChoiceField(AudienceLevel.choices(), required=False, allow_blank=True)
    outline = OutlinePartShape(many=True, required=False)
    links = ProposalLinkShape(many=True, required=False)
    preferred_rooms = serializers.SlugRelatedField("name", queryset=Room.objects.none(), many=True, required=False)
    excluded_rooms = serializers.SlugRelatedField("name", queryset=Room.objects.none(), many=True, required=False)
    presenters = PresenterShape(many=True, required=False)
    form_key = serializers.UUIDField(required=False, help_text="The same key again is the same draft: safe to repeat.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TEXTS:
            self.fields[name] = serializers.CharField(required=False, allow_blank=True, help_text=CATALOGUE[name].help)
        edition: Edition | None = self.context.get("edition")
        if edition is not None:
            self._scope("sponsor", self.context["sponsors"])
            self._scope("format", Format.objects.filter(edition=edition))
            self._scope("track", Track.objects.filter(edition=edition))
            several: tuple[tuple[str, QuerySet[Any]], ...] = (
                ("topics", Topic.objects.filter(edition=edition)),
                ("preferred_rooms", Room.objects.filter(edition=edition)),
                ("excluded_rooms", Room.objects.filter(edition=edition)),
            )
            for name, rows in several:
                self.fields[name].child_relation.queryset = rows  # type: ignore[attr-defined]

    def _scope(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def validate_presenters(self, presenters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Spans as the service takes them."""
        spans = [[(span["starts_at"], span["ends_at"]) for span in each.get("away", ())] for each in presenters]
        pictures = [each.pop("picture", {}).get("digest", "") for each in presenters]
        rows = zip(presenters, spans, pictures, strict=True)
        return [{**each, "away": tuple(away), "picture": picture} for each, away, picture in rows]


class ReasonShape(serializers.Serializer[Any]):
    """Why it is taken back."""

    reason = serializers.CharField(required=False, allow_blank=True, default="")


class ProblemShape(serializers.Serializer[Any]):
    """A refusal (RFC 9457): `code` is stable, `detail` a sentence."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()


_problem = OpenApiResponse(ProblemShape)
PROBLEMS = {(code, "application/problem+json"): _problem for code in (401, 403, 404, 409, 422)}


class OwnView(GenericAPIView[Proposal]):
    serializer_class = ProposalShape
    queryset = Proposal.objects.none()

    @property
    def user(self) -> User:
        """Who asks: the policies let in only people who have signed in."""
        return cast(User, self.request.user)

    def edition(self) -> Edition:
        """The edition of the address."""
        try:
            return by_slug(self.kwargs["edition"])
        except ObjectDoesNotExist:
            raise Http404 from None

    def answer(self, proposal: Proposal, code: int = status.HTTP_200_OK) -> Response:
        """The proposal as it is now."""
        return Response(ProposalShape(with_all(Proposal.objects.select_related(*WITH)).get(pk=proposal.pk)).data, code)


WITH = ("edition", "sponsor", "format", "accepted_instead_of", "track")


class ProposalList(OwnView):
    """The proposals of the sponsors one acts for."""

    policy = "proposals.list_own"
    pagination_class = Cursor

    def policy_subject(self) -> Edition:
        return self.edition()

    @extend_schema(operation_id="list_own_proposals", responses={200: ProposalShape(many=True), **PROBLEMS})
    def get(self, request: Request, edition: str) -> Response:
        """Own proposals, oldest first, page by page."""
        rows = mine(self.user, self.edition()).select_related(*WITH)
        page = self.paginate_queryset(with_all(rows))
        return self.get_paginated_response(ProposalShape(page, many=True).data)

    @extend_schema(operation_id="create_draft", request=DraftShape, responses={201: ProposalShape, **PROBLEMS})
    def post(self, request: Request, edition: str) -> Response:
        """Begin a draft."""
        here = self.edition()
        sponsors = sponsors_of(self.user, here)
        shape = DraftShape(data=request.data, context={"edition": here, "sponsors": sponsors})
        shape.is_valid(raise_exception=True)
        fields: dict[str, Any] = dict(shape.validated_data)
        sponsor = fields.pop("sponsor", None)
        if sponsor is None and len(sponsors) > 1:
            names = ", ".join(f"{each.pk} ({each})" for each in sponsors)
            raise Invalid("which-sponsor", f"You act for several sponsors. Name one: {names}.", field="sponsor")
        proposal = create_draft(by=self.user, sponsor=sponsor or sponsors[0], **fields)
        return self.answer(proposal, status.HTTP_201_CREATED)


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
        """Everything its team wrote, and the feedback it received."""
        return self.answer(self.proposal())


class Submit(OneView):
    """Submit a draft."""

    policy = "proposals.submit"

    @extend_schema(operation_id="submit_proposal", request=None, responses={200: ProposalShape, **PROBLEMS})
    def post(self, request: Request, edition: str, proposal: str) -> Response:
        """Submit it; a refusal names everything that is missing."""
        return self.answer(submit(by=self.user, proposal=self.proposal()))


class Withdraw(OneView):
    """Take a proposal back."""

    policy = "proposals.withdraw"

    @extend_schema(operation_id="withdraw_proposal", request=ReasonShape, responses={200: ProposalShape, **PROBLEMS})
    def post(self, request: Request, edition: str, proposal: str) -> Response:
        """Withdraw it, with a reason if one likes."""
        shape = ReasonShape(data=request.data)
        shape.is_valid(raise_exception=True)
        return self.answer(withdraw(by=self.user, proposal=self.proposal(), reason=shape.validated_data["reason"]))


_one = "editions/<slug:edition>/proposals/<str:proposal>"

routes = [
    path("editions/<slug:edition>/proposals/", ProposalList.as_view(), name="proposals"),
    path(f"{_one}/", ProposalDetail.as_view(), name="proposal"),
    path(f"{_one}/submit/", Submit.as_view(), name="proposal-submit"),
    path(f"{_one}/withdraw/", Withdraw.as_view(), name="proposal-withdraw"),
]
