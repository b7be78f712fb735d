import hashlib
import secrets

from django.db import migrations

from expo.kit.names import plain_address


def keep_answers(apps, schema_editor):
    """Whoever said yes to the question about a claim, with an address they proved, has confirmed as a presenter."""
    claims = apps.get_model("proposals", "Claim").objects.filter(answer="yes", kind__in=["address", "name"])
    invitations = apps.get_model("proposals", "PresenterInvitation").objects
    presenters = apps.get_model("proposals", "Presenter").objects
    addresses = apps.get_model("account", "EmailAddress").objects
    for claim in claims.exclude(proposal=None):
        if claim.answered_by_id != claim.user_id:
            continue
        proved = addresses.filter(user=claim.user_id, verified=True).values_list("email", flat=True)
        own = {plain_address(email) for email in proved}
        for row in presenters.filter(proposal=claim.proposal_id).exclude(email=""):
            if plain_address(row.email) in own:
                invitations.get_or_create(
                    proposal_id=claim.proposal_id,
                    address=plain_address(row.email),
                    defaults={
                        "answer": "yes",
                        "answered_at": claim.answered_at,
                        "token_hash": hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
                    },
                )


class Migration(migrations.Migration):

    dependencies = [
        ("account", "0001_initial"),
        ("proposals", "0011_offers"),
    ]

    operations = [migrations.RunPython(keep_answers, migrations.RunPython.noop)]
