"""Decisions and releases of before are recorded too, in their order, so that the chain begins with all of them."""

from typing import Any

from django.db import migrations

from reviews.decisions.chain import record_digest


def fill(apps: Any, schema_editor: Any) -> None:
    """The sealing task puts them into the chain."""
    record_model = apps.get_model("decisions", "DecisionRecord")
    decisions = apps.get_model("decisions", "Decision").objects.select_related("proposal__edition")
    released = apps.get_model("decisions", "Released").objects.select_related("proposal__edition", "batch")
    events = [
        (each.batch.released_at, "released", each, {**each.snapshot, "batch": {"id": each.batch_id}})
        for each in released
    ]
    events += [
        (each.decided_at, "decided", each, each.snapshot)
        for each in decisions.exclude(batch__state="released")
        if each.snapshot
    ]
    for at, kind, each, content in sorted(events, key=lambda event: (event[0], event[2].pk)):
        edition, proposal = each.proposal.edition, each.proposal
        by = each.batch.released_by_id if kind == "released" else each.decided_by_id
        record_model.objects.create(
            edition=edition,
            proposal=proposal,
            kind=kind,
            content=content,
            digest=record_digest(
                edition=edition.slug, proposal=proposal.code, kind=kind, by=by, at=at, content=content
            ),
            made_by_id=by,
            made_at=at,
        )


class Migration(migrations.Migration):
    dependencies = [("decisions", "0010_seals_of_batches")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
