from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_organisations_by_comparable_names")]

    operations = [
        migrations.RemoveConstraint(model_name="organisation", name="organisation_name_once"),
        migrations.AlterField(
            "organisation", "key", models.CharField(editable=False, max_length=480, unique=True)
        ),
    ]
