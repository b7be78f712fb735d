from typing import Any

from django.db import migrations


def mark_first(apps: Any, schema_editor: Any) -> None:
    """Each sponsor's first contact is the one to whom the organisers write first."""
    member_model = apps.get_model("sponsors", "TeamMember")
    done = set(member_model.objects.filter(is_primary=True).values_list("sponsor_id", flat=True))
    for member in member_model.objects.filter(role="contact").order_by("added_at", "id"):
        if member.sponsor_id not in done:
            done.add(member.sponsor_id)
            member_model.objects.filter(pk=member.pk).update(is_primary=True)


class Migration(migrations.Migration):

    dependencies = [
        ('sponsors', '0005_pictures_and_profiles'),
    ]

    operations = [
        migrations.RunPython(mark_first, migrations.RunPython.noop),
    ]
