
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0005_superseding'),
    ]

    operations = [
        migrations.AlterField(
            model_name='decision',
            name='reason',
            field=models.CharField(choices=[('above_the_line', 'Chosen on points'), ('below_the_line', 'Below the line'), ('no_place_left', 'No place left'), ('sales_or_recruiting', 'Sales or recruiting'), ('off_topic', 'Off topic'), ('duplicate', 'Duplicate'), ('over_the_tiers_limit', "Over the tier's limit"), ('not_placeable', 'Not placeable'), ('chairs_call', "Chairs' call")], max_length=24),
        ),
        migrations.AlterField(
            model_name='released',
            name='reason',
            field=models.CharField(choices=[('above_the_line', 'Chosen on points'), ('below_the_line', 'Below the line'), ('no_place_left', 'No place left'), ('sales_or_recruiting', 'Sales or recruiting'), ('off_topic', 'Off topic'), ('duplicate', 'Duplicate'), ('over_the_tiers_limit', "Over the tier's limit"), ('not_placeable', 'Not placeable'), ('chairs_call', "Chairs' call")], max_length=24),
        ),
    ]
