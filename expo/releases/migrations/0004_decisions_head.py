
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('releases', '0003_released_pictures'),
    ]

    operations = [
        migrations.AddField(
            model_name='release',
            name='decisions_head',
            field=models.CharField(blank=True, help_text='The last seal of the recorded decisions at that moment.', max_length=64),
        ),
    ]
