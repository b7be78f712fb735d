from django.db import migrations

TABLES = ("decisions_decisionrecord", "decisions_seal")
FORWARD = "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();\n"
    for table in TABLES
)
BACKWARD = "".join(f"DROP TRIGGER append_only ON {table};\n" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0008_decision_room"), ("journal", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
