
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('editions', '0007_format_fields_and_grace'),
    ]

    operations = [
        migrations.AddField(
            model_name='edition',
            name='names_reviewers',
            field=models.BooleanField(default=False, help_text="Reviewers of a proposal read each other's names; else each is a letter to the others."),
        ),
        migrations.AddField(
            model_name='edition',
            name='needs_second_chair',
            field=models.BooleanField(default=False, help_text='A decision is released only once a second chair has signed it off.'),
        ),
    ]
