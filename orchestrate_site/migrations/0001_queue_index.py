from django.db import migrations


class Migration(migrations.Migration):
    """Serves the broker's poll, `key = ? AND lock < ?`: without it each poll reads every locked row of every queue."""

    dependencies = [("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more")]

    operations = [
        migrations.RunSQL(
            'CREATE INDEX IF NOT EXISTS orchestrate_ormq_key_lock ON django_q_ormq ("key", "lock")',
            "DROP INDEX IF EXISTS orchestrate_ormq_key_lock",
        ),
    ]
