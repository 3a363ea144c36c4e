import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_sessions'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='replaced_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='identity.apikey'),
        ),
    ]
