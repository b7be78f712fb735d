
import django.db.models.deletion
import expo.kit.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('editions', '0008_review_settings'),
        ('rubrics', '0002_commercial_content'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PracticeProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200)),
                ('text', models.TextField(help_text='What reviewers read. Markdown.')),
                ('levels', models.JSONField(default=dict, help_text="The panel's level by criterion (slug to value).")),
                ('explanation', models.TextField(blank=True, help_text='Why the panel chose these levels; shown afterwards. Markdown.')),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ('position', 'id'),
            },
        ),
        migrations.CreateModel(
            name='PracticeReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('levels', models.JSONField(default=dict, help_text='Level by criterion (slug to value).')),
                ('submitted_at', models.DateTimeField(default=expo.kit.clock.now)),
            ],
        ),
        migrations.AddField(
            model_name='criterion',
            name='continues',
            field=models.ForeignKey(blank=True, help_text='The same criterion, with the same levels, in the version before: its scores count on.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='continued_by', to='rubrics.criterion'),
        ),
        migrations.AddField(
            model_name='rubric',
            name='adopted_at',
            field=models.DateTimeField(blank=True, default=expo.kit.clock.now, help_text='Empty: being written.', null=True),
        ),
        migrations.AddField(
            model_name='rubric',
            name='format',
            field=models.ForeignKey(blank=True, help_text='Empty: all others.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rubrics', to='editions.format'),
        ),
        migrations.AddField(
            model_name='rubric',
            name='version',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name='rubric',
            name='edition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rubrics', to='editions.edition'),
        ),
        migrations.AddConstraint(
            model_name='rubric',
            constraint=models.UniqueConstraint(fields=('edition', 'format', 'version'), name='rubric_version_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='rubric',
            constraint=models.UniqueConstraint(condition=models.Q(('adopted_at', None)), fields=('edition', 'format'), name='rubric_one_being_written', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='rubric',
            constraint=models.CheckConstraint(condition=models.Q(('frozen_at', None), ('adopted_at__isnull', False), _connector='OR'), name='rubric_frozen_is_adopted'),
        ),
        migrations.AddField(
            model_name='practiceproposal',
            name='rubric',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='practice_proposals', to='rubrics.rubric'),
        ),
        migrations.AddField(
            model_name='practicereview',
            name='proposal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='rubrics.practiceproposal'),
        ),
        migrations.AddField(
            model_name='practicereview',
            name='reviewer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='practice_reviews', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='practicereview',
            constraint=models.UniqueConstraint(fields=('proposal', 'reviewer'), name='practice_review_once'),
        ),
    ]
