
import django.db.models.deletion
import expo.kit.clock
import reviews.scoring.states
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assignments', '0004_opened_at'),
        ('editions', '0008_review_settings'),
        ('proposals', '0012_answers_of_presenters'),
        ('rubrics', '0003_versions_and_practice'),
        ('scoring', '0003_reviews_come_back'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(help_text='Markdown.')),
                ('made_at', models.DateTimeField(default=expo.kit.clock.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='DiscussionVisit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('mailed_at', models.DateTimeField(blank=True, help_text='What is older has been in a digest.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='StoredRanking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(help_text='SHA-256 of the proposals left out.', max_length=64)),
                ('inputs', models.CharField(help_text='SHA-256 of the scores and capacities that went in.', max_length=64)),
                ('result', models.JSONField()),
                ('computed_at', models.DateTimeField(default=expo.kit.clock.now)),
            ],
        ),
        migrations.AddField(
            model_name='review',
            name='amended_at',
            field=models.DateTimeField(blank=True, help_text='When it last changed after it was submitted: its sponsor was visible by then.', null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='entered_by',
            field=models.ForeignKey(blank=True, help_text="The chair who entered it on the reviewer's behalf.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='review',
            name='entered_source',
            field=models.CharField(blank=True, help_text='Where it came from, e.g. a mail of a day.', max_length=400),
        ),
        migrations.AddField(
            model_name='review',
            name='first_content',
            field=models.JSONField(blank=True, default=dict, help_text='As first submitted, in the form that the journal keeps; empty: a draft.'),
        ),
        migrations.AddField(
            model_name='review',
            name='revision_asked_at',
            field=models.DateTimeField(blank=True, help_text='A chair waits for a revision since.', null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='revision_asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='review',
            name='revision_note',
            field=models.CharField(blank=True, help_text='What the chair asked to reconsider.', max_length=400),
        ),
        migrations.AddField(
            model_name='review',
            name='rubric',
            field=models.ForeignKey(blank=True, help_text='Which it was scored by.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='rubrics.rubric'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revision_asked_at', None), ('revision_asked_by', None), ('revision_note', '')), models.Q(('revision_asked_at__isnull', False), ('revision_asked_by__isnull', False), ('state', reviews.scoring.states.ReviewState['SUBMITTED']), models.Q(('revision_note', ''), _negated=True)), _connector='OR'), name='review_revision_asked_with_a_note'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('entered_by', None), ('entered_source', '')), models.Q(('entered_by__isnull', False), ('state', reviews.scoring.states.ReviewState['SUBMITTED']), models.Q(('entered_source', ''), _negated=True)), _connector='OR'), name='review_entered_from_a_source'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('amended_at', None), ('state', reviews.scoring.states.ReviewState['SUBMITTED']), _connector='OR'), name='review_amended_once_submitted'),
        ),
        migrations.AddField(
            model_name='comment',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='comment',
            name='proposal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='proposals.proposal'),
        ),
        migrations.AddField(
            model_name='comment',
            name='removed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='discussionvisit',
            name='proposal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='discussion_visits', to='proposals.proposal'),
        ),
        migrations.AddField(
            model_name='discussionvisit',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='discussion_visits', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='storedranking',
            name='edition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stored_rankings', to='editions.edition'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='comment_says_something'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removed_at', None), ('removed_by', None)), models.Q(('removed_at__isnull', False), ('removed_by__isnull', False)), _connector='OR'), name='comment_removed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='discussionvisit',
            constraint=models.UniqueConstraint(fields=('proposal', 'user'), name='discussion_visit_once'),
        ),
        migrations.AddConstraint(
            model_name='storedranking',
            constraint=models.UniqueConstraint(fields=('edition', 'scope'), name='stored_ranking_once'),
        ),
    ]
