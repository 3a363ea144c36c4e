
import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0002_assignments'),
        ('transactions', '0003_dispatch'),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('owner_id', models.UUIDField(help_text='the user whose it is')),
                ('url', models.TextField()),
                ('secret_sealed', models.BinaryField()),
                ('active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('ended_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='customers.customer')),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('WAITING', 'Waiting'), ('DELIVERED', 'Delivered'), ('FAILED', 'Failed')], default='WAITING', max_length=10)),
                ('tries', models.PositiveIntegerField(default=0, help_text='since it was begun, or replayed')),
                ('next_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='transactions.transactionevent')),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='transactions.subscription')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='DeliveryTry',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('http_status', models.IntegerField(null=True)),
                ('failure', models.TextField(blank=True, default='', help_text='why there was no answer')),
                ('latency_ms', models.IntegerField()),
                ('sent_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='log', to='transactions.delivery')),
            ],
            options={
                'verbose_name_plural': 'delivery tries',
                'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='delivery_try_once')],
            },
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('active', True)), fields=['customer'], name='subscription_active'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['subscription', '-created_at', '-id'], name='delivery_by_subscription'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['-created_at', '-id'], name='delivery_newest'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('subscription', 'event'), name='delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['WAITING', 'DELIVERED', 'FAILED'])), name='delivery_state_known'),
        ),
    ]
