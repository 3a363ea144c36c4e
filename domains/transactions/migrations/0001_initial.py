import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('kernel', '0001_application_role'),
        ('customers', '0001_initial'),
        ('demat', '0001_initial'),
        ('portfolios', '0001_initial'),
        ('providers', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=64)),
                ('kind', models.CharField(choices=[('PAYMENT', 'Payment'), ('TRANSFER', 'Transfer'), ('BUY', 'Buy'), ('SELL', 'Sell'), ('PURCHASE', 'Purchase'), ('REDEMPTION', 'Redemption'), ('DIVIDEND', 'Dividend'), ('DEPOSIT', 'Deposit'), ('WITHDRAWAL', 'Withdrawal'), ('INTEREST', 'Interest'), ('FEE', 'Fee')], max_length=20)),
                ('direction', models.CharField(choices=[('DEBIT', 'Debit'), ('CREDIT', 'Credit')], max_length=10)),
                ('channel', models.CharField(choices=[('UPI', 'Upi'), ('IMPS', 'Imps'), ('NEFT', 'Neft'), ('RTGS', 'Rtgs'), ('EXCHANGE', 'Exchange'), ('DEPOSITORY', 'Depository'), ('INTERNAL', 'Internal'), ('OTHER', 'Other')], default='OTHER', max_length=20)),
                ('status', models.CharField(choices=[('INITIATED', 'Initiated'), ('PENDING', 'Pending'), ('PROCESSING', 'Processing'), ('UNKNOWN', 'Unknown'), ('SETTLED', 'Settled'), ('REJECTED', 'Rejected'), ('CANCELLED', 'Cancelled'), ('REVERSED', 'Reversed')], default='INITIATED', max_length=20)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=20)),
                ('currency', models.CharField(choices=[('INR', 'Inr'), ('USD', 'Usd'), ('EUR', 'Eur'), ('GBP', 'Gbp'), ('AED', 'Aed'), ('AUD', 'Aud'), ('CAD', 'Cad'), ('CHF', 'Chf'), ('HKD', 'Hkd'), ('JPY', 'Jpy'), ('SGD', 'Sgd')], max_length=3)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ('price', models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ('counterparty_account_sealed', models.BinaryField(null=True)),
                ('counterparty_account_masked', models.CharField(max_length=40, null=True)),
                ('narration', models.TextField(blank=True, default='')),
                ('source', models.CharField(blank=True, default='', max_length=100)),
                ('source_reference', models.CharField(blank=True, default='', max_length=200)),
                ('value_date', models.DateField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='customers.customer')),
                ('demat_account', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='demat.demataccount')),
                ('security', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='portfolios.security')),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('outcome', models.CharField(choices=[('ACCEPTED', 'Accepted'), ('SETTLED', 'Settled'), ('REJECTED', 'Rejected'), ('RETRYABLE', 'Retryable'), ('UNKNOWN', 'Unknown')], max_length=10, null=True)),
                ('raw_code', models.TextField(blank=True, default='')),
                ('iso_code', models.TextField(blank=True, default='')),
                ('sent_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='providers.provider')),
                ('transaction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='transactions.transaction')),
            ],
        ),
        migrations.CreateModel(
            name='TransactionEvent',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('from_status', models.CharField(choices=[('INITIATED', 'Initiated'), ('PENDING', 'Pending'), ('PROCESSING', 'Processing'), ('UNKNOWN', 'Unknown'), ('SETTLED', 'Settled'), ('REJECTED', 'Rejected'), ('CANCELLED', 'Cancelled'), ('REVERSED', 'Reversed')], max_length=20, null=True)),
                ('to_status', models.CharField(choices=[('INITIATED', 'Initiated'), ('PENDING', 'Pending'), ('PROCESSING', 'Processing'), ('UNKNOWN', 'Unknown'), ('SETTLED', 'Settled'), ('REJECTED', 'Rejected'), ('CANCELLED', 'Cancelled'), ('REVERSED', 'Reversed')], max_length=20)),
                ('cause', models.TextField()),
                ('actor_kind', models.CharField(choices=[('USER', 'User'), ('API_KEY', 'Api Key'), ('SYSTEM', 'System'), ('ANONYMOUS', 'Anonymous')], max_length=10)),
                ('actor_id', models.UUIDField(null=True)),
                ('recorded_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('transaction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='transactions.transaction')),
            ],
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(fields=['customer', '-created_at', '-id'], name='transaction_by_customer'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(fields=['-created_at', '-id'], name='transaction_newest'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(fields=['status', '-created_at', '-id'], name='transaction_by_status'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('demat_account__isnull', False)), fields=['demat_account', '-created_at', '-id'], name='transaction_by_demat'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('security__isnull', False)), fields=['security', '-created_at', '-id'], name='transaction_by_security'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.UniqueConstraint(fields=('reference',), name='transaction_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.UniqueConstraint(condition=models.Q(('source', ''), _negated=True), fields=('customer', 'source', 'source_reference'), name='transaction_source_once'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['PAYMENT', 'TRANSFER', 'BUY', 'SELL', 'PURCHASE', 'REDEMPTION', 'DIVIDEND', 'DEPOSIT', 'WITHDRAWAL', 'INTEREST', 'FEE'])), name='transaction_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ['DEBIT', 'CREDIT'])), name='transaction_direction_known'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['UPI', 'IMPS', 'NEFT', 'RTGS', 'EXCHANGE', 'DEPOSITORY', 'INTERNAL', 'OTHER'])), name='transaction_channel_known'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['INITIATED', 'PENDING', 'PROCESSING', 'UNKNOWN', 'SETTLED', 'REJECTED', 'CANCELLED', 'REVERSED'])), name='transaction_status_known'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('currency__in', ['INR', 'USD', 'EUR', 'GBP', 'AED', 'AUD', 'CAD', 'CHF', 'HKD', 'JPY', 'SGD'])), name='transaction_currency_known'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('amount__lt', Decimal('1000000000000000000'))), name='transaction_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0), ('quantity__lt', Decimal('1000000000000000000'))), name='transaction_quantity_sane'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('price__gte', 0), ('price__lt', Decimal('1000000000000000000'))), name='transaction_price_sane'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('counterparty_account_masked__isnull', True), ('counterparty_account_sealed__isnull', True)), models.Q(('counterparty_account_masked__isnull', False), ('counterparty_account_sealed__isnull', False)), _connector='OR'), name='transaction_counterparty_sealed'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('transaction', 'number'), name='attempt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['ACCEPTED', 'SETTLED', 'REJECTED', 'RETRYABLE', 'UNKNOWN'])), name='attempt_outcome_known'),
        ),
        migrations.AddIndex(
            model_name='transactionevent',
            index=models.Index(fields=['transaction', 'recorded_at', 'id'], name='event_by_transaction'),
        ),
        migrations.AddConstraint(
            model_name='transactionevent',
            constraint=models.CheckConstraint(condition=models.Q(('from_status__in', ['INITIATED', 'PENDING', 'PROCESSING', 'UNKNOWN', 'SETTLED', 'REJECTED', 'CANCELLED', 'REVERSED'])), name='event_from_known'),
        ),
        migrations.AddConstraint(
            model_name='transactionevent',
            constraint=models.CheckConstraint(condition=models.Q(('to_status__in', ['INITIATED', 'PENDING', 'PROCESSING', 'UNKNOWN', 'SETTLED', 'REJECTED', 'CANCELLED', 'REVERSED'])), name='event_to_known'),
        ),
        migrations.AddConstraint(
            model_name='transactionevent',
            constraint=models.CheckConstraint(condition=models.Q(('actor_kind__in', ['USER', 'API_KEY', 'SYSTEM', 'ANONYMOUS'])), name='event_actor_known'),
        ),
        migrations.RunSQL("SELECT kernel_only_grows('transactions_transactionevent')", migrations.RunSQL.noop),
    ]
