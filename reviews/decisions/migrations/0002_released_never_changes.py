from django.db import migrations

FORWARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON decisions_released
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = "DROP TRIGGER append_only ON decisions_released;"


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_initial"), ("journal", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
