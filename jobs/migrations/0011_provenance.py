from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0010_hosted_layer_drawing'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='provenance',
            field=models.JSONField(editable=False, null=True),
        ),
    ]
