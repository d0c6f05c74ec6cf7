from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def mark_failed(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    cases = apps.get_model("ci_integrations", "TestCase")
    cases.objects.filter(results__outcome__in=("failed", "error")).update(has_failed=True)


class Migration(migrations.Migration):
    dependencies = [("ci_integrations", "0004_results")]

    operations = [migrations.RunPython(mark_failed, migrations.RunPython.noop)]
