
import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0002_assignments'),
        ('demat', '0002_plain_text'),
        ('portfolios', '0002_plain_text'),
        ('providers', '0005_order_venue'),
        ('transactions', '0002_plain_text'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('MISSING_HERE', 'Missing Here'), ('MISSING_THERE', 'Missing There'), ('AMOUNT_DIFFERS', 'Amount Differs'), ('STATUS_DIFFERS', 'Status Differs'), ('CONTRADICTS', 'Contradicts')], max_length=20)),
                ('ours', models.TextField(blank=True, default='')),
                ('theirs', models.TextField(blank=True, default='')),
                ('owner_id', models.UUIDField(help_text='the user who looks after it', null=True)),
                ('resolution', models.TextField(blank=True, default='')),
                ('closed_by', models.UUIDField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('seen_at', models.DateTimeField(default=domains.kernel.clock.now, help_text='when it was last found')),
                ('version', models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name='ProviderNotice',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.CharField(max_length=200)),
                ('reference', models.CharField(max_length=64)),
                ('body', models.JSONField()),
                ('state', models.CharField(choices=[('RECEIVED', 'Received'), ('APPLIED', 'Applied'), ('IGNORED', 'Ignored'), ('UNMATCHED', 'Unmatched'), ('CONTRADICTS', 'Contradicts')], default='RECEIVED', max_length=12)),
                ('times', models.PositiveIntegerField(default=1)),
                ('received_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('handled_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='attempt',
            name='asked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='asked_count',
            field=models.PositiveIntegerField(default=0, help_text='how often its status was asked for'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='exchange',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='providers.providerexchange'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='expires_at',
            field=models.DateTimeField(help_text='the provider must not do it after this', null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='latency_ms',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='message',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='attempt',
            name='provider_reference',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='transaction',
            name='correlation_id',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='transaction',
            name='counterparty_ifsc',
            field=models.CharField(blank=True, default='', max_length=11),
        ),
        migrations.AddField(
            model_name='transaction',
            name='ended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='transaction',
            name='holding',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='portfolios.holding'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='must_end_by',
            field=models.DateField(help_text='after this day the customer is compensated', null=True),
        ),
        migrations.AddField(
            model_name='transaction',
            name='next_action',
            field=models.CharField(choices=[('SEND', 'Send'), ('ASK_STATUS', 'Ask Status')], max_length=10, null=True),
        ),
        migrations.AddField(
            model_name='transaction',
            name='next_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='transaction',
            name='reverses',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='transactions.transaction'),
        ),
        migrations.AddField(
            model_name='transaction',
            name='to_merchant',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('holding__isnull', False)), fields=['holding'], name='transaction_by_holding'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome__isnull', True), ('outcome__in', ['ACCEPTED', 'SETTLED', 'UNKNOWN']), _connector='OR'), fields=('transaction',), name='attempt_one_may_be_done'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.CheckConstraint(condition=models.Q(('next_action__in', ['SEND', 'ASK_STATUS'])), name='transaction_next_known'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.UniqueConstraint(condition=models.Q(('reverses__isnull', False), models.Q(('status__in', ['REJECTED', 'CANCELLED']), _negated=True)), fields=('reverses',), name='transaction_reversed_once'),
        ),
        migrations.AddField(
            model_name='case',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='providers.provider'),
        ),
        migrations.AddField(
            model_name='case',
            name='transaction',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='transactions.transaction'),
        ),
        migrations.AddField(
            model_name='providernotice',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='providers.provider'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['-opened_at', '-id'], name='case_newest'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('transaction__isnull', False)), fields=['transaction'], name='case_by_transaction'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('provider', 'reference', 'kind'), name='case_open_once'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['MISSING_HERE', 'MISSING_THERE', 'AMOUNT_DIFFERS', 'STATUS_DIFFERS', 'CONTRADICTS'])), name='case_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at', None), models.Q(('resolution', ''), _negated=True), _connector='OR'), name='case_closed_with_reason'),
        ),
        migrations.AddIndex(
            model_name='providernotice',
            index=models.Index(fields=['reference'], name='notice_by_reference'),
        ),
        migrations.AddConstraint(
            model_name='providernotice',
            constraint=models.UniqueConstraint(fields=('provider', 'event_id'), name='notice_once'),
        ),
        migrations.AddConstraint(
            model_name='providernotice',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['RECEIVED', 'APPLIED', 'IGNORED', 'UNMATCHED', 'CONTRADICTS'])), name='notice_state_known'),
        ),
    ]
