
import django.db.models.deletion
import reviews.decisions.states
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0006_reason_labels'),
        ('editions', '0007_format_fields_and_grace'),
        ('proposals', '0010_fields_presenters_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='criteria',
            field=models.JSONField(blank=True, default=list, help_text='What it reads by criterion, on release.'),
        ),
        migrations.AddField(
            model_name='decision',
            name='format',
            field=models.ForeignKey(blank=True, help_text='Accepted as; empty: as submitted.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='editions.format'),
        ),
        migrations.AddField(
            model_name='decision',
            name='shows_criteria',
            field=models.BooleanField(default=True, help_text='Without an acceptance: its sponsor reads where the reviews put it, by criterion.'),
        ),
        migrations.AddField(
            model_name='released',
            name='format',
            field=models.ForeignKey(blank=True, help_text='Accepted as; empty: as submitted.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='editions.format'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('format', None), ('verdict', reviews.decisions.states.Verdict['ACCEPT']), _connector='OR'), name='decision_names_a_format_to_accept'),
        ),
        migrations.AddConstraint(
            model_name='released',
            constraint=models.CheckConstraint(condition=models.Q(('format', None), ('verdict', reviews.decisions.states.Verdict['ACCEPT']), _connector='OR'), name='released_names_a_format_to_accept'),
        ),
    ]
