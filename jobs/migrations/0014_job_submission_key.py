"""A form that is sent twice makes one job."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0013_job_repaired")]

    operations = [
        migrations.AddField(
            "job",
            "submission_key",
            models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
    ]
