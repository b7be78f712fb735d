from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_organisations_named_once"),
        ("sponsors", "0004_domains_and_parent_requests"),
    ]

    operations = [migrations.RemoveField(model_name="organisation", name="domains")]
