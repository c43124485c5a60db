"""Jobs that failed may be marked as repaired."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0012_job_steps")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="repaired_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
