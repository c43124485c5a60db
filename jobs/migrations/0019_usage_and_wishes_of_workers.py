"""Usage outlives its jobs; administrators say what workers do."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0018_files_of_jobs'),
        ('services', '0010_models'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Usage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service_path', models.CharField(max_length=210, verbose_name='service')),
                ('task_name', models.CharField(max_length=100, verbose_name='task')),
                ('mode', models.CharField(choices=[('sync', 'Synchronous'), ('async', 'Asynchronous')], max_length=5)),
                ('span', models.CharField(choices=[('hour', 'Hour'), ('day', 'Day')], default='hour', max_length=4)),
                ('began_at', models.DateTimeField()),
                ('succeeded', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('timed_out', models.PositiveIntegerField(default=0)),
                ('cancelled', models.PositiveIntegerField(default=0)),
                ('strangers', models.PositiveIntegerField(default=0)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('failures', models.JSONField(default=dict)),
                ('waits', models.JSONField(default=dict)),
                ('runs', models.JSONField(default=dict)),
                ('users', models.JSONField(default=list)),
            ],
            options={
                'verbose_name': 'usage',
                'verbose_name_plural': 'usage',
                'ordering': ('-began_at', 'service_path'),
            },
        ),
        migrations.AddField(
            model_name='job',
            name='counted_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='worker',
            name='memory_mb',
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name='memory (MB)'),
        ),
        migrations.AddField(
            model_name='worker',
            name='wish',
            field=models.CharField(blank=True, choices=[('', 'Takes jobs'), ('pause', 'Paused'), ('drain', 'Draining')], db_default='', default='', editable=False, max_length=5, verbose_name='state'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('counted_at', None), ('ended_at__isnull', False)), fields=['ended_at'], name='job_not_counted'),
        ),
        migrations.AddField(
            model_name='usage',
            name='service',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='usage', to='services.service'),
        ),
        migrations.AddConstraint(
            model_name='usage',
            constraint=models.UniqueConstraint(fields=('began_at', 'span', 'service_path', 'task_name', 'mode'), name='usage_once_in_span'),
        ),
    ]
