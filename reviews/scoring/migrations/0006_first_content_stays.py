from django.db import migrations, models

# Whoever asks what a review said at first gets what it said at first.
FORWARD = """
CREATE TRIGGER first_content_stays BEFORE UPDATE ON scoring_review
    FOR EACH ROW WHEN (OLD.first_content <> '{}'::jsonb AND NEW.first_content IS DISTINCT FROM OLD.first_content)
    EXECUTE FUNCTION refuse_change();
"""
BACKWARD = "DROP TRIGGER first_content_stays ON scoring_review;"


class Migration(migrations.Migration):
    dependencies = [("scoring", "0005_what_reviews_began_as"), ("journal", "0002_append_only")]
    operations = [
        migrations.AlterField(
            model_name="review",
            name="first_content",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="As first submitted, in the form that the journal keeps, and whether the sponsor was hidden "
                "then (`is_blind`); empty: a draft. Never changes again.",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
