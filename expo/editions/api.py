"""The API of editions: what anybody may know about one."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView

from . import queries
from .models import DEADLINES, Day, Edition, Format, Room, Topic, Track


class FormatOut(serializers.ModelSerializer[Format]):
    class Meta:
        model = Format
        fields = ("slug", "name", "minutes")


class RoomOut(serializers.ModelSerializer[Room]):
    class Meta:
        model = Room
        fields = ("id", "name", "capacity")


class TrackOut(serializers.ModelSerializer[Track]):
    """A track; formats by slug, the room by id."""

    formats = serializers.SlugRelatedField[Format](slug_field="slug", many=True, read_only=True)

    class Meta:
        model = Track
        fields = ("slug", "name", "formats", "room")


class TopicOut(serializers.ModelSerializer[Topic]):
    class Meta:
        model = Topic
        fields = ("slug", "name")


class DayOut(serializers.ModelSerializer[Day]):
    class Meta:
        model = Day
        fields = ("date", "opens_at", "closes_at")


SUMMARY = ("slug", "name", "conference", "place", "time_zone", "phase", "is_demo")
DATES = ("call_opens_at", "call_closes_at", "reviews_due_at", "verdicts_at", "confirm_by_at", "deadlines_anywhere")


class _WithDeadlines(serializers.ModelSerializer[Edition]):
    """Deadlines with the offset of the zone in which they were set: `-12:00` where they are Anywhere on Earth.

    A deadline includes its minute.
    """

    def to_representation(self, instance: Edition) -> dict[str, Any]:
        """The serializer's values, deadlines in their zone."""
        shown = super().to_representation(instance)
        at = {name: getattr(instance, name) for name in DEADLINES if name in shown}
        zone = instance.deadline_zone
        return {**shown, **{name: each.astimezone(zone).isoformat() for name, each in at.items() if each}}


class EditionSummaryOut(_WithDeadlines):
    """An edition in a list."""

    class Meta:
        model = Edition
        fields = (*SUMMARY, *DATES)


class EditionOut(_WithDeadlines):
    """An edition with everything its call says."""

    formats = FormatOut(many=True, read_only=True)
    tracks = TrackOut(many=True, read_only=True)
    rooms = RoomOut(many=True, read_only=True)
    topics = TopicOut(many=True, read_only=True)
    days = DayOut(many=True, read_only=True)

    class Meta:
        model = Edition
        fields = (*SUMMARY, *DATES, "call_text", "formats", "tracks", "rooms", "topics", "days")


class EditionList(ListAPIView[Edition]):
    """Editions whose call has been announced."""

    policy = "editions.list"
    serializer_class = EditionSummaryOut

    def get_queryset(self) -> QuerySet[Edition]:
        return queries.announced()


class EditionDetail(RetrieveAPIView[Edition]):
    """One announced edition with its formats, tracks, rooms, topics and days."""

    policy = "editions.list"
    serializer_class = EditionOut
    lookup_field = "slug"
    lookup_url_kwarg = "edition"

    def get_queryset(self) -> QuerySet[Edition]:
        tracks = Prefetch("tracks", Track.objects.prefetch_related("formats"))
        return queries.announced().prefetch_related("formats", tracks, "rooms", "topics", "days")


routes: list[URLPattern | Any] = [
    path("editions/", EditionList.as_view(), name="editions"),
    path("editions/<slug:edition>/", EditionDetail.as_view(), name="edition"),
]
