"""A team that somebody with a role was put into, before people joined by accepting, is a claim that they can answer."""

from typing import Any

from django.db import migrations
from django.db.models import Exists, F, OuterRef


def ask_again(apps: Any, schema_editor: Any) -> None:
    conflict_model, claim_model = apps.get_model("proposals", "Conflict"), apps.get_model("proposals", "Claim")
    role_model = apps.get_model("editions", "Role")
    holds_role = role_model.objects.filter(user=OuterRef("user"), edition=OuterRef("sponsor__edition"))
    remembered = conflict_model.objects.filter(
        Exists(holds_role), source="own_team", proposal=None, declared_by=F("user")
    )
    for conflict in remembered.order_by("id"):
        claim_model.objects.create(user_id=conflict.user_id, sponsor_id=conflict.sponsor_id, kind="team", answer="open")
        conflict.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("editions", "0005_contact_address"),
        ("proposals", "0008_persons_once_confirmed"),
        ("sponsors", "0003_team_invitations"),
    ]

    operations = [migrations.RunPython(ask_again, migrations.RunPython.noop)]
