from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0003_traffic'),
    ]

    operations = [
        migrations.RenameModel('Exchange', 'ProviderExchange'),
    ]
