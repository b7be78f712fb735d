import django.contrib.postgres.fields
import django.db.models.deletion
import expo.kit.clock
import expo.sponsors.states
from django.conf import settings
from django.db import migrations, models


def copy_domains(apps, schema_editor):
    """Each sponsorship keeps the mail domains that its organisation had until now."""
    for sponsor in apps.get_model("sponsors", "Sponsor").objects.select_related("organisation"):
        if sponsor.organisation.domains:
            sponsor.domains = sponsor.organisation.domains
            sponsor.save(update_fields=["domains"])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_organisations_named_once'),
        ('sponsors', '0003_team_invitations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='sponsor',
            name='domains',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, default=list, help_text='Mail domains that make a conflict here.', size=None),
        ),
        migrations.CreateModel(
            name='ParentRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'Open'), ('confirmed', 'Confirmed'), ('declined', 'Declined'), ('removed', 'Removed')], default=expo.sponsors.states.ParentState['OPEN'], max_length=10)),
                ('requested_at', models.DateTimeField(default=expo.kit.clock.now)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parent_requests', to='accounts.organisation')),
                ('parent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subsidiary_requests', to='accounts.organisation')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sponsor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='parent_requests', to='sponsors.sponsor')),
            ],
            options={
                'ordering': ('-requested_at', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', [expo.sponsors.states.ParentState['OPEN'], expo.sponsors.states.ParentState['CONFIRMED']])), fields=('organisation', 'parent'), name='parent_requested_once'), models.CheckConstraint(condition=models.Q(('parent', models.F('organisation')), _negated=True), name='parent_request_names_another')],
            },
        ),
        migrations.RunPython(copy_domains, migrations.RunPython.noop),
    ]
