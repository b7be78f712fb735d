import django.contrib.postgres.constraints
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('editions', '0008_review_settings'),
        ('rubrics', '0003_versions_and_practice'),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.AddField(
            model_name='rubric',
            name='highest_level',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Of all criteria, from 1.', null=True),
        ),
        migrations.RunSQL(
            """
            UPDATE rubrics_rubric SET highest_level = (
                SELECT max(level.value) FROM rubrics_level level
                JOIN rubrics_criterion criterion ON criterion.id = level.criterion_id
                WHERE criterion.rubric_id = rubrics_rubric.id
            )
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.UniqueConstraint(fields=('rubric', 'continues'), name='criterion_continued_once'),
        ),
        migrations.AddConstraint(
            model_name='rubric',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('adopted_at__isnull', False)), expressions=[('edition', '='), ('highest_level', '<>')], name='rubric_one_scale', violation_error_message='All rubrics of an edition share one scale.'),
        ),
    ]
