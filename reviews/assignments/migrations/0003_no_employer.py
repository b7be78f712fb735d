
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assignments', '0002_the_queue'),
    ]

    operations = [
        migrations.AddField(
            model_name='reviewerprofile',
            name='has_no_employer',
            field=models.BooleanField(default=False, help_text='Said so: an empty list would not tell.'),
        ),
    ]
