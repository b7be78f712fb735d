"""Organisations get comparable names. Two whose names differ only in how accents are composed become one."""

from django.db import migrations, models

from expo.kit.names import organisation_key, organisation_stem


def fill(apps, schema_editor):
    Organisation = apps.get_model("accounts", "Organisation")
    kept = {}
    for each in Organisation.objects.order_by("id"):
        each.key, each.stem = organisation_key(each.name)[:480], organisation_stem(each.name)[:480]
        if each.key in kept and not merged(apps, kept[each.key], each):
            if each.parent_id is None:
                Organisation.objects.filter(pk=each.pk).update(parent=kept[each.key].pk)
            each.name = f"{each.name[:140]} ({each.pk})"
            each.key = organisation_key(each.name)[:480]
        if each.pk is not None:
            kept[each.key] = each
            each.save(update_fields=["name", "key", "stem"])


def merged(apps, kept, double):
    """Move everything of the double to the organisation kept; not where both sponsor one edition."""
    Sponsor, Affiliation = apps.get_model("sponsors", "Sponsor"), apps.get_model("accounts", "Affiliation")
    Organisation = apps.get_model("accounts", "Organisation")
    editions = Sponsor.objects.filter(organisation=kept.pk).values("edition_id")
    if Sponsor.objects.filter(organisation=double.pk, edition_id__in=editions).exists():
        return False
    Sponsor.objects.filter(organisation=double.pk).update(organisation=kept.pk)
    Affiliation.objects.filter(organisation=double.pk).update(organisation=kept.pk)
    Organisation.objects.filter(parent=double.pk).exclude(pk=kept.pk).update(parent=kept.pk)
    Organisation.objects.filter(pk=kept.pk, parent=double.pk).update(parent=None)
    kept.refresh_from_db(fields=["parent", "domains"])
    double.refresh_from_db(fields=["parent"])
    kept.parent_id = kept.parent_id or (double.parent_id if double.parent_id != kept.pk else None)
    kept.domains = list(dict.fromkeys([*kept.domains, *double.domains]))
    kept.save(update_fields=["parent", "domains"])
    double.delete()
    return True


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_coauthors"),
        ("sponsors", "0002_names_once"),
    ]

    operations = [
        migrations.AddField(
            "organisation", "key", models.CharField(default="", editable=False, max_length=480), preserve_default=False
        ),
        migrations.AddField(
            "organisation", "stem", models.CharField(default="", editable=False, max_length=480), preserve_default=False
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
