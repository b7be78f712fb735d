import django.db.models.deletion
from django.db import migrations, models

#: Earlier releases of one proposal, in the order in which its sponsor got them.
CHAIN = """
ALTER TABLE decisions_released DISABLE TRIGGER append_only;
UPDATE decisions_released SET supersedes_id = earlier.before
    FROM (SELECT id, lag(id) OVER (PARTITION BY proposal_id ORDER BY id) AS before FROM decisions_released) earlier
    WHERE earlier.id = decisions_released.id AND earlier.before IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE decisions_released ENABLE TRIGGER append_only;
"""
#: A decision supersedes one of the same proposal.
SAME_PROPOSAL = """
ALTER TABLE decisions_released ADD CONSTRAINT released_is_of_one_proposal UNIQUE (id, proposal_id);
ALTER TABLE decisions_released ADD CONSTRAINT released_supersedes_its_own
    FOREIGN KEY (supersedes_id, proposal_id) REFERENCES decisions_released (id, proposal_id);
"""
APART = """
ALTER TABLE decisions_released DROP CONSTRAINT released_supersedes_its_own;
ALTER TABLE decisions_released DROP CONSTRAINT released_is_of_one_proposal;
"""


class Migration(migrations.Migration):
    dependencies = [("decisions", "0004_draft_facts_and_reasons")]
    operations = [
        migrations.AddField(
            model_name="released",
            name="supersedes",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded_by",
                to="decisions.released",
            ),
        ),
        migrations.RunSQL(CHAIN, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="released",
            constraint=models.UniqueConstraint(
                condition=models.Q(("supersedes", None)),
                fields=("proposal",),
                name="released_first_once_per_proposal",
            ),
        ),
        migrations.RunSQL(SAME_PROPOSAL, APART),
    ]
