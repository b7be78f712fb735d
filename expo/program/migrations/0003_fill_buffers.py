"""What stands keeps its place: no set-up, rest or walk was known until now."""

from django.db import migrations

SESSIONS = "UPDATE program_session SET taken_from = starts_at"
STAGE = """
UPDATE program_onstage AS stage
SET rested_at = stage.ends_at, reached_at = stage.ends_at, area = '#' || session.room_id
FROM program_session AS session WHERE session.id = stage.session_id
"""


class Migration(migrations.Migration):
    dependencies = [("program", "0002_the_timetable")]
    operations = [
        migrations.RunSQL(SESSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(STAGE, migrations.RunSQL.noop),
    ]
