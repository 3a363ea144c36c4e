import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('kernel', '0001_application_role'),
    ]

    operations = [
        migrations.CreateModel(
            name='Provider',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=50)),
                ('name', models.CharField(max_length=200)),
                ('capability', models.CharField(choices=[('PAYMENT_RAIL', 'Payment Rail'), ('KYC_BUREAU', 'Kyc Bureau'), ('DEPOSITORY', 'Depository'), ('PRICE_SOURCE', 'Price Source'), ('ACCOUNT_AGGREGATOR', 'Account Aggregator')], max_length=20)),
                ('base_url', models.TextField()),
                ('enabled', models.BooleanField(default=True)),
                ('priority', models.IntegerField(default=100)),
                ('connect_timeout_ms', models.IntegerField(default=1000)),
                ('read_timeout_ms', models.IntegerField(default=3000)),
                ('total_timeout_ms', models.IntegerField(default=5000)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('code',), name='provider_code_once'), models.CheckConstraint(condition=models.Q(('capability__in', ['PAYMENT_RAIL', 'KYC_BUREAU', 'DEPOSITORY', 'PRICE_SOURCE', 'ACCOUNT_AGGREGATOR'])), name='provider_capability_known'), models.CheckConstraint(condition=models.Q(('connect_timeout_ms__gt', 0), ('read_timeout_ms__gt', 0), ('total_timeout_ms__gte', models.F('connect_timeout_ms'))), name='provider_timeouts_fit')],
            },
        ),
        migrations.CreateModel(
            name='SystemConfig',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=100)),
                ('value', models.JSONField()),
                ('description', models.TextField(blank=True, default='')),
                ('version', models.PositiveIntegerField(default=1)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_by', models.UUIDField(help_text="the user's id", null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key',), name='config_key_once')],
            },
        ),
    ]
