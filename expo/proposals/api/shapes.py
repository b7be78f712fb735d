"""What goes in and out. Nothing of the judging side is named here: no reviewer, score, merit or conflict."""

from typing import Any

from django.db.models import Max, QuerySet
from rest_framework import serializers

from expo.editions.models import Edition, Format, Topic, Track
from expo.sponsors.models import Sponsor

from .. import texts
from ..models import Availability, Presenter, Proposal


class AwayShape(serializers.ModelSerializer[Availability]):
    """A span in which a presenter cannot be on stage."""

    class Meta:
        model = Availability
        fields = ("starts_at", "ends_at")


class PresenterShape(serializers.ModelSerializer[Presenter]):
    """Somebody on stage; the e-mail address tells people apart."""

    away = AwayShape(many=True, required=False)

    class Meta:
        model = Presenter
        fields = ("name", "email", "affiliation", "away")


class ProposalShape(serializers.ModelSerializer[Proposal]):
    """A proposal as its own team sees it; `feedback` is empty until the verdict is released."""

    edition = serializers.SlugRelatedField("slug", read_only=True)
    sponsor = serializers.CharField(source="sponsor.name", read_only=True)
    format = serializers.SlugRelatedField("slug", read_only=True)
    track = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)
    topics = serializers.SlugRelatedField("slug", many=True, read_only=True)
    presenters = PresenterShape(many=True, read_only=True)
    revision = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Number of the newest frozen revision."
    )

    class Meta:
        model = Proposal
        fields = (
            "code", "guid", "edition", "sponsor", "state", "version", "revision", "format", "track", "title",
            "abstract",
            "takeaways", "topics", "expected_audience", "needs", "presenters", "public_title", "public_text",
            "public_text_approved_at", "feedback", "verdict_at", "created_at", "changed_at", "submitted_at",
            "withdrawn_at",
        )  # fmt: skip
        read_only_fields = fields


def with_all(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Everything the shape shows, in a constant number of queries."""
    return rows.prefetch_related("topics", "presenters__away").annotate(revision=Max("revisions__number"))


class DraftShape(serializers.Serializer[Any]):
    """A new draft. Only the format must be said; the sponsor too, by whoever acts for several."""

    sponsor = serializers.PrimaryKeyRelatedField(
        queryset=Sponsor.objects.none(), required=False, pk_field=serializers.IntegerField()
    )
    format = serializers.SlugRelatedField("slug", queryset=Format.objects.none())
    track = serializers.SlugRelatedField("slug", queryset=Track.objects.none(), required=False, allow_null=True)
    topics = serializers.SlugRelatedField("slug", queryset=Topic.objects.none(), many=True, required=False)
    title = serializers.CharField(required=False, allow_blank=True)
    abstract = serializers.CharField(required=False, allow_blank=True)
    takeaways = serializers.CharField(required=False, allow_blank=True)
    needs = serializers.CharField(required=False, allow_blank=True)
    public_title = serializers.CharField(required=False, allow_blank=True)
    public_text = serializers.CharField(required=False, allow_blank=True)
    expected_audience = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=texts.MOST_PEOPLE
    )
    presenters = PresenterShape(many=True, required=False)
    form_key = serializers.UUIDField(required=False, help_text="The same key again is the same draft: safe to repeat.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        edition: Edition | None = self.context.get("edition")
        if edition is not None:
            self._scope("sponsor", self.context["sponsors"])
            self._scope("format", Format.objects.filter(edition=edition))
            self._scope("track", Track.objects.filter(edition=edition))
            topics: Any = self.fields["topics"]
            topics.child_relation.queryset = Topic.objects.filter(edition=edition)

    def _scope(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def validate_presenters(self, presenters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Spans as the service takes them."""
        spans = [[(span["starts_at"], span["ends_at"]) for span in each.get("away", ())] for each in presenters]
        return [{**each, "away": tuple(away)} for each, away in zip(presenters, spans, strict=True)]


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
