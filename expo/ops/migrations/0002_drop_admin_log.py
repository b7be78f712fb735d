from django.db import migrations


class Migration(migrations.Migration):
    """Django's admin is gone; its log, which held references to accounts, goes with it."""

    dependencies = [("ops", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL("DROP TABLE IF EXISTS django_admin_log", migrations.RunSQL.noop),
    ]
