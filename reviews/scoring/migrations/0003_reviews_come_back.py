"""A conflict that came up used to take a submitted review out; now it stays in, and a chair may exclude it."""

from typing import Any

from django.db import migrations


def take_back_in(apps: Any, schema_editor: Any) -> None:
    """Reviews that the system released while no verdict is out. A chair's own release has the chair's words with it."""
    assignment_model, entry_model = apps.get_model("assignments", "Assignment"), apps.get_model("journal", "Entry")
    live = assignment_model.objects.filter(state__in=["offered", "accepted", "submitted"])
    pairs = set(live.values_list("proposal", "reviewer"))
    released = assignment_model.objects.filter(
        state="released", decline_reason="", proposal__state="submitted", review__state="submitted"
    )
    for assignment in released.order_by("-id"):
        pair = (assignment.proposal_id, assignment.reviewer_id)
        if pair in pairs:
            continue
        pairs.add(pair)
        assignment.state = "submitted"
        assignment.save(update_fields=["state"])
        entry_model.objects.create(
            fact="assignments.review_restored",
            edition_id=assignment.edition_id,
            proposal_id=assignment.proposal_id,
            target_type="assignments.assignment",
            target_id=assignment.pk,
            data={"reviewer": assignment.reviewer_id},
        )


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0003_no_employer"),
        ("journal", "0002_append_only"),
        ("proposals", "0009_remembered_teams_are_claims"),
        ("scoring", "0002_exclude_review"),
    ]

    operations = [migrations.RunPython(take_back_in, migrations.RunPython.noop)]
