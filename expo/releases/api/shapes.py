"""What the API says, field by field, for its schema."""

from datetime import datetime

from rest_framework import serializers


class Moment(serializers.DateTimeField):
    """A time with the offset it came with; DRF's own would turn it into UTC."""

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class TermShape(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()


class RoomShape(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    capacity = serializers.IntegerField(allow_null=True)


class PersonShape(serializers.Serializer):
    name = serializers.CharField()
    affiliation = serializers.CharField(allow_blank=True)


class SessionShape(serializers.Serializer):
    """A session as published."""

    id = serializers.IntegerField(help_text="Stable in all releases, never used again.")
    code = serializers.CharField(help_text="Six letters and digits; stable, part of the page's address.")
    guid = serializers.UUIDField(help_text="Stable; the UID of the calendar entry.")
    status = serializers.ChoiceField(choices=["confirmed", "cancelled"])
    title = serializers.CharField()
    format = TermShape()
    track = TermShape()
    room = RoomShape()
    starts = Moment(help_text="With the offset of the edition's zone.")
    ends = Moment()
    presenters = PersonShape(many=True)
    sponsor = serializers.CharField()
    topics = TermShape(many=True)
    text = serializers.CharField(help_text="Markdown.")
    sequence = serializers.IntegerField(help_text="Grows by one with each release that changes the session.")
    changed_at = Moment()
    url = serializers.URLField(help_text="The session's page.")


class ChangeShape(serializers.Serializer):
    """What a release changed about one session."""

    kind = serializers.ChoiceField(choices=["new", "moved", "changed", "cancelled"])
    code = serializers.CharField()
    text = serializers.CharField(help_text="A sentence.")


class ReleaseShape(serializers.Serializer):
    """A numbered program that never changes."""

    number = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    published_at = Moment()
    changes = ChangeShape(many=True)


class DayShape(serializers.Serializer):
    date = serializers.DateField()
    opens = Moment()
    closes = Moment()


class EditionShape(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    conference = serializers.CharField()
    place = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField(help_text="IANA name.")


class ProgramShape(serializers.Serializer):
    """The program of a release; sessions in order of time."""

    edition = EditionShape()
    release = ReleaseShape()
    days = DayShape(many=True)
    sessions = SessionShape(many=True)


class Problem(serializers.Serializer):
    """RFC 9457; `code` is stable, `detail` is a sentence for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()


class ReleasePage(serializers.Serializer):
    """A page of releases."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReleaseShape(many=True)


class RootShape(serializers.Serializer):
    """Where to begin."""

    version = serializers.CharField()
    schema = serializers.URLField()
    docs = serializers.URLField()
    program = serializers.CharField(help_text="URI template (RFC 6570).")
    releases = serializers.CharField()
    feeds = serializers.DictField(child=serializers.CharField(), help_text="File name → URI template.")
