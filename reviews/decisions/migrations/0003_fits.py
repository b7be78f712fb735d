
import django.db.models.deletion
import expo.kit.clock
import expo.kit.runs
import reviews.decisions.states
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0002_released_never_changes'),
        ('editions', '0004_the_timetable'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Fit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('preview', 'Preview'), ('published', 'Published'), ('adopted', 'Adopted'), ('discarded', 'Discarded'), ('failed', 'Failed')], default=expo.kit.runs.RunState['QUEUED'], max_length=12)),
                ('seed', models.PositiveIntegerField(help_text='Same input, seed and version: same result.')),
                ('input_hash', models.CharField(blank=True, max_length=64)),
                ('parameters', models.JSONField(blank=True, default=dict)),
                ('progress', models.FloatField(default=0.0, help_text='Share done, 0 to 1.')),
                ('stage', models.CharField(blank=True, help_text='What the run is doing, in words.', max_length=120)),
                ('solver_status', models.CharField(blank=True, max_length=40)),
                ('objective', models.FloatField(blank=True, null=True)),
                ('bound', models.FloatField(blank=True, null=True)),
                ('result', models.JSONField(blank=True, null=True)),
                ('reasons', models.JSONField(blank=True, default=list, help_text='Sentences: what could not be done, and why.')),
                ('error', models.TextField(blank=True)),
                ('versions', models.JSONField(blank=True, default=dict)),
                ('lease', models.UUIDField(blank=True, null=True)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=expo.kit.clock.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('kind', models.CharField(choices=[('check', 'Check'), ('joint', 'Joint')], max_length=10)),
                ('scope', models.CharField(help_text='SHA-256 of the proposals that its chair could see.', max_length=64)),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fits', to='editions.edition')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', [reviews.decisions.states.FitKind['CHECK'], reviews.decisions.states.FitKind['JOINT']])), name='fit_kind_known'), models.UniqueConstraint(condition=models.Q(('state__in', [expo.kit.runs.RunState['QUEUED'], expo.kit.runs.RunState['RUNNING']])), fields=('edition', 'kind', 'scope'), name='fit_one_under_way')],
            },
        ),
    ]
