"""A slot belongs to the proposal: taken out of the timetable and placed anew, it is still the one that was told."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("program", "0004_buffers_hold"),
        ("proposals", "0004_the_timetable"),
    ]

    operations = [
        # No verb has written a slot before this migration.
        migrations.RunSQL("DELETE FROM program_slot", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="slot", name="session"),
        migrations.AddField(
            model_name="slot",
            name="proposal",
            field=models.OneToOneField(
                default=0,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="slot",
                to="proposals.proposal",
            ),
            preserve_default=False,
        ),
    ]
