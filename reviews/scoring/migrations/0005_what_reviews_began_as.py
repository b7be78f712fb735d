"""Reviews name the rubric they were scored by, and keep what they said when they were first submitted."""

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    """From the journal; a review without an entry there keeps an empty first content."""
    review_model, rubric_model = apps.get_model("scoring", "Review"), apps.get_model("rubrics", "Rubric")
    entry_model = apps.get_model("journal", "Entry")
    for rubric in rubric_model.objects.filter(format=None):
        review_model.objects.filter(assignment__edition=rubric.edition_id).update(rubric=rubric)
    about = entry_model.objects.filter(target_type="scoring.review", target_id__isnull=False)
    first = {each.target_id: each.data for each in about.filter(fact="scoring.review_submitted").order_by("-id")}
    changed = {each.target_id: each.at for each in about.filter(fact="scoring.review_amended").order_by("id")}
    for review in review_model.objects.filter(state="submitted").iterator():
        review.first_content = first.get(review.pk, {})
        review.amended_at = changed.get(review.pk)
        review.save(update_fields=["first_content", "amended_at"])


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0004_discussion_and_first_reviews"),
        ("journal", "0002_append_only"),
        ("rubrics", "0003_versions_and_practice"),
    ]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
