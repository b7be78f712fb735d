"""The reviewer's own queue as JSON."""

from typing import Any, cast

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import by_slug
from expo.kit import clock
from expo.kit.deadlines import has_passed

from .models import Assignment
from .queries import reviewer_queue
from .states import AssignmentState


class AssignmentOut(serializers.ModelSerializer[Assignment]):
    """An assignment as its reviewer sees it; `sponsor` is null until the own score is in, if the edition hides it."""

    code = serializers.CharField(source="proposal.code")
    title = serializers.CharField(source="proposal.title")
    format = serializers.CharField(source="proposal.format.slug")
    topics = serializers.SerializerMethodField()
    sponsor = serializers.SerializerMethodField()
    why = serializers.ListField(child=serializers.CharField())
    is_late = serializers.SerializerMethodField()

    class Meta:
        model = Assignment
        fields = ("id", "code", "title", "format", "topics", "state", "due_at", "is_late", "why", "sponsor")

    def get_topics(self, row: Assignment) -> list[str]:
        return [topic.slug for topic in row.proposal.topics.all()]

    def get_sponsor(self, row: Assignment) -> str | None:
        shown = row.state == AssignmentState.SUBMITTED or not row.edition.hide_sponsor_until_scored
        return row.proposal.sponsor.name if shown else None

    def get_is_late(self, row: Assignment) -> bool:
        return row.state != AssignmentState.SUBMITTED and row.due_at is not None and has_passed(row.due_at, clock.now())


@extend_schema(summary="The reviewer's own queue", tags=["assignments"])
class OwnQueue(ListAPIView[Assignment]):
    """Everything offered to, accepted by or submitted by the caller in an edition."""

    policy = "assignments.queue"
    serializer_class = AssignmentOut
    queryset = Assignment.objects.none()

    def policy_subject(self) -> Edition:
        try:
            return by_slug(self.kwargs["edition"])
        except Edition.DoesNotExist:
            raise Http404 from None

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return reviewer_queue.own_rows(cast(User, self.request.user), self.policy_subject())


routes = [path("editions/<slug:edition>/assignments/", OwnQueue.as_view(), name="assignments")]
