
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0009_records_never_change'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='batch',
            name='batch_name_once',
        ),
        migrations.AddField(
            model_name='batch',
            name='seal',
            field=models.ForeignKey(blank=True, help_text='The head of the chain after it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='decisions.seal'),
        ),
    ]
