from django.db import migrations, models

from expo.proposals.states import RESTORABLE, ProposalState

#: What was withdrawn before this column was there: the journal knows from which state.
FILL = """
UPDATE proposals_proposal SET withdrawn_from = last.was
FROM (
    SELECT DISTINCT ON (proposal_id) proposal_id, data ->> 'was' AS was
    FROM journal_entry WHERE fact = 'proposals.withdrawn' ORDER BY proposal_id, id DESC
) AS last
WHERE last.proposal_id = proposals_proposal.id AND proposals_proposal.state = 'withdrawn'
    AND last.was IN ('submitted', 'accepted', 'confirmed', 'waitlisted');
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("proposals", "0006_claims"), ("journal", "0002_append_only")]
    operations = [
        migrations.AddField(
            model_name="proposal",
            name="withdrawn_from",
            field=models.CharField(
                blank=True,
                choices=ProposalState.choices(),
                default="",
                help_text="Its state before it was withdrawn.",
                max_length=10,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("withdrawn_from", ""))
                | models.Q(("state", ProposalState.WITHDRAWN), ("withdrawn_from__in", list(RESTORABLE))),
                name="proposal_withdrawn_from_known",
            ),
        ),
    ]
