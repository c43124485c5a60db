"""A place for what inputs hold of secrets, encrypted; jobs of before give theirs up."""

from django.db import migrations, models

from services.confidential import Sieve


def take_out_tokens(apps, schema_editor):
    """Seal the tokens of jobs that have not ended; the others need them no more."""
    from jobs.runs.sealing import seal

    jobs = apps.get_model("jobs", "Job").objects.filter(inputs__icontains="token")
    for job in jobs.only("pk", "inputs", "ended_at").iterator(chunk_size=100):
        texts = {k: v for k, v in job.inputs.items() if isinstance(v, str)}
        shown = {name: Sieve().text(text) for name, text in texts.items()}
        changed = {name for name in texts if shown[name] != texts[name]}
        if changed:
            job.inputs |= {name: shown[name] for name in changed}
            if job.ended_at is None:
                job.sealed = seal({name: texts[name] for name in changed})
            job.save(update_fields=["inputs", "sealed"])


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0006_owners_and_share_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="sealed",
            field=models.TextField(blank=True, default="", editable=False),
        ),
        migrations.RunPython(take_out_tokens, migrations.RunPython.noop, elidable=True),
    ]
