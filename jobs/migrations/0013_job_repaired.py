"""Words of a job's owner, and what it was run again for."""

from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    dependencies = [("jobs", "0012_job_steps")]

    operations = [
        migrations.AddField("job", "title", models.CharField(blank=True, max_length=200, default=""), preserve_default=False),
        migrations.AddField("job", "note", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField(
            "job",
            "rerun_of",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="reruns",
                to="jobs.job",
            ),
        ),
        migrations.AddField("job", "repaired_at", models.DateTimeField(editable=False, null=True)),
    ]
