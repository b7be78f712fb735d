
import django.contrib.postgres.fields
import django.db.models.deletion
import expo.kit.clock
import reviews.decisions.states
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0007_offers'),
        ('editions', '0008_review_settings'),
        ('proposals', '0012_answers_of_presenters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChairNotes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=None)),
                ('note', models.TextField(blank=True)),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'chair notes',
            },
        ),
        migrations.CreateModel(
            name='DecisionRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('decided', 'Decided'), ('taken_back', 'Taken back'), ('signed_off', 'Signed off'), ('released', 'Released')], max_length=10)),
                ('content', models.JSONField(help_text='Rule, numbers then, who, who was conflicted, reason and text.')),
                ('digest', models.CharField(help_text='SHA-256 of kind, proposal, content and time.', max_length=64)),
                ('made_at', models.DateTimeField(default=expo.kit.clock.now)),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Scenario',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('asked', models.JSONField(default=dict, help_text='Pins, caps, weights, capacities and bar, in their own forms.')),
                ('made_at', models.DateTimeField(default=expo.kit.clock.now)),
            ],
            options={
                'ordering': ('name', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='From 1, without a gap.')),
                ('previous', models.CharField(help_text='The digest of the seal before; zeros for the first.', max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField(default=expo.kit.clock.now)),
            ],
            options={
                'ordering': ('edition', 'number'),
            },
        ),
        migrations.AddField(
            model_name='decision',
            name='feedback_read_by',
            field=models.ForeignKey(blank=True, help_text='A chair who has read the feedback as it stands; empty: nobody has.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decision',
            name='signed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='decision',
            name='signed_by',
            field=models.ForeignKey(blank=True, help_text='The second chair who signed this version off.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decision',
            name='waitlist_position',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Its place among those on the waiting list of its pool, from 1; empty: by score.', null=True),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed_at', None), ('signed_by', None)), models.Q(('signed_at__isnull', False), ('signed_by__isnull', False), models.Q(('signed_by', models.F('decided_by')), _negated=True)), _connector='OR'), name='decision_signed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('waitlist_position', None), models.Q(('verdict', reviews.decisions.states.Verdict['WAITLIST']), ('waitlist_position__gte', 1)), _connector='OR'), name='decision_waits_in_a_place'),
        ),
        migrations.AddField(
            model_name='chairnotes',
            name='proposal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chair_notes', to='proposals.proposal'),
        ),
        migrations.AddField(
            model_name='chairnotes',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chair_notes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decisionrecord',
            name='edition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decision_records', to='editions.edition'),
        ),
        migrations.AddField(
            model_name='decisionrecord',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decisionrecord',
            name='proposal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decision_records', to='proposals.proposal'),
        ),
        migrations.AddField(
            model_name='scenario',
            name='edition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scenarios', to='editions.edition'),
        ),
        migrations.AddField(
            model_name='scenario',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scenarios', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='seal',
            name='edition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seals', to='editions.edition'),
        ),
        migrations.AddField(
            model_name='seal',
            name='record',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seal', to='decisions.decisionrecord'),
        ),
        migrations.AddConstraint(
            model_name='chairnotes',
            constraint=models.UniqueConstraint(fields=('proposal', 'user'), name='chair_notes_once'),
        ),
        migrations.AddConstraint(
            model_name='decisionrecord',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [reviews.decisions.states.RecordKind['DECIDED'], reviews.decisions.states.RecordKind['TAKEN_BACK'], reviews.decisions.states.RecordKind['SIGNED_OFF'], reviews.decisions.states.RecordKind['RELEASED']])), name='decision_record_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='scenario',
            constraint=models.UniqueConstraint(fields=('edition', 'made_by', 'name'), name='scenario_name_once'),
        ),
        migrations.AddConstraint(
            model_name='scenario',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='scenario_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.UniqueConstraint(fields=('edition', 'number'), name='seal_number_once'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.UniqueConstraint(fields=('edition', 'previous'), name='seal_follows_one'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='seal_counts_from_one'),
        ),
    ]
