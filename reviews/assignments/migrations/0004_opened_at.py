
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assignments', '0003_no_employer'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignment',
            name='opened_at',
            field=models.DateTimeField(blank=True, help_text='When its reviewer first opened the proposal: the order of reading.', null=True),
        ),
    ]
