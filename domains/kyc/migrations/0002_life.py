import django.contrib.postgres.fields
import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models

BATCH_ROWS = 2_000
HISTORIES = ('kyc_kycstatechange', 'kyc_kycevidence')


def begin_histories(apps, schema_editor):
    """Let the history of profiles that are there begin with the state that they are in."""
    alias = schema_editor.connection.alias
    profiles = apps.get_model('kyc', 'KYCProfile').objects.using(alias)
    KYCStateChange = apps.get_model('kyc', 'KYCStateChange')
    history = KYCStateChange.objects.using(alias)
    rows = []
    for profile in profiles.iterator(chunk_size=BATCH_ROWS):
        rows.append(KYCStateChange(
            profile_id=profile.id,
            action='OPEN',
            to_status=profile.status,
            maker_kind='SYSTEM',
            reason='The state when histories began.',
            risk_category=profile.risk_category,
            verified_at=profile.verified_at,
            next_due_on=profile.next_due_on,
            profile_version=profile.version,
            recorded_at=profile.verified_at or profile.created_at,
        ))
        if len(rows) == BATCH_ROWS:
            history.bulk_create(rows)
            rows = []
    history.bulk_create(rows)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0002_assignments'),
        ('kyc', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='KYCDecision',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('verdict', models.CharField(choices=[('APPROVE', 'Approve'), ('REJECT', 'Reject')], max_length=10)),
                ('risk_category', models.CharField(choices=[('LOW', 'Low'), ('MEDIUM', 'Medium'), ('HIGH', 'High')], max_length=10)),
                ('reason', models.CharField(max_length=500)),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, help_text='ids of KYCEvidence', size=None)),
                ('maker_id', models.UUIDField(help_text="the user's id")),
                ('maker_name', models.CharField(blank=True, default='', max_length=200)),
                ('proposed_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('outcome', models.CharField(choices=[('CONFIRMED', 'Confirmed'), ('RETURNED', 'Returned'), ('WITHDRAWN', 'Withdrawn')], max_length=10, null=True)),
                ('checker_id', models.UUIDField(help_text="the user's id", null=True)),
                ('checker_name', models.CharField(blank=True, default='', max_length=200)),
                ('checker_reason', models.CharField(blank=True, default='', max_length=500)),
                ('checked_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='KYCEvidence',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('check_kind', models.CharField(choices=[('PAN', 'Pan'), ('AADHAAR_OFFLINE', 'Aadhaar Offline'), ('BANK_ACCOUNT', 'Bank Account'), ('NAME_MATCH', 'Name Match'), ('SCREENING', 'Screening')], max_length=20)),
                ('finding', models.CharField(choices=[('PASSED', 'Passed'), ('DOUBTFUL', 'Doubtful'), ('FAILED', 'Failed')], max_length=10)),
                ('confidence', models.DecimalField(decimal_places=3, help_text='0 to 1', max_digits=4, null=True)),
                ('code', models.CharField(blank=True, default='', help_text='the standard code', max_length=100)),
                ('provider_id', models.UUIDField(null=True)),
                ('provider_code', models.CharField(blank=True, default='', max_length=50)),
                ('exchange_id', models.UUIDField(help_text='the stored request and response', null=True)),
                ('about', models.BinaryField()),
                ('obtained_at', models.DateTimeField(default=domains.kernel.clock.now)),
            ],
            options={
                'verbose_name_plural': 'evidence',
            },
        ),
        migrations.CreateModel(
            name='KYCReviewCase',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('opened_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('resolution', models.CharField(choices=[('HOLDERS', 'Holders'), ('CLAIMANTS', 'Claimants')], max_length=10, null=True)),
                ('resolved_by', models.UUIDField(help_text="the user's id", null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name='KYCStateChange',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('action', models.CharField(choices=[('OPEN', 'Open'), ('UPDATE', 'Update'), ('SUBMIT', 'Submit'), ('BEGIN', 'Begin'), ('PROPOSE', 'Propose'), ('APPROVE', 'Approve'), ('REJECT', 'Reject'), ('RETURN', 'Return'), ('HOLD', 'Hold'), ('RESUME', 'Resume'), ('RENEW', 'Renew'), ('EXPIRE', 'Expire')], max_length=10)),
                ('from_status', models.CharField(choices=[('DRAFT', 'Draft'), ('SUBMITTED', 'Submitted'), ('IN_VERIFICATION', 'In Verification'), ('VERIFIED', 'Verified'), ('REJECTED', 'Rejected'), ('ON_HOLD', 'On Hold'), ('EXPIRED', 'Expired')], max_length=20, null=True)),
                ('to_status', models.CharField(choices=[('DRAFT', 'Draft'), ('SUBMITTED', 'Submitted'), ('IN_VERIFICATION', 'In Verification'), ('VERIFIED', 'Verified'), ('REJECTED', 'Rejected'), ('ON_HOLD', 'On Hold'), ('EXPIRED', 'Expired')], max_length=20)),
                ('maker_kind', models.CharField(choices=[('USER', 'User'), ('API_KEY', 'Api Key'), ('SYSTEM', 'System'), ('ANONYMOUS', 'Anonymous')], max_length=10)),
                ('maker_id', models.UUIDField(help_text="the user's id", null=True)),
                ('maker_name', models.CharField(blank=True, default='', max_length=200)),
                ('checker_id', models.UUIDField(help_text="the user's id", null=True)),
                ('checker_name', models.CharField(blank=True, default='', max_length=200)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, help_text='ids of KYCEvidence', size=None)),
                ('risk_category', models.CharField(choices=[('LOW', 'Low'), ('MEDIUM', 'Medium'), ('HIGH', 'High')], max_length=10)),
                ('verified_at', models.DateTimeField(null=True)),
                ('next_due_on', models.DateField(null=True)),
                ('profile_version', models.PositiveIntegerField()),
                ('recorded_at', models.DateTimeField(default=domains.kernel.clock.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='kycprofile',
            name='kyc_pan_once',
        ),
        migrations.AddField(
            model_name='kycprofile',
            name='bank_account_masked',
            field=models.CharField(max_length=40, null=True),
        ),
        migrations.AddField(
            model_name='kycprofile',
            name='bank_account_sealed',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='kycprofile',
            name='bank_ifsc',
            field=models.CharField(max_length=11, null=True),
        ),
        migrations.AddField(
            model_name='kycprofile',
            name='held_status',
            field=models.CharField(choices=[('DRAFT', 'Draft'), ('SUBMITTED', 'Submitted'), ('IN_VERIFICATION', 'In Verification'), ('VERIFIED', 'Verified'), ('REJECTED', 'Rejected'), ('ON_HOLD', 'On Hold'), ('EXPIRED', 'Expired')], help_text='the state that a hold interrupted', max_length=20, null=True),
        ),
        migrations.AddField(
            model_name='kycprofile',
            name='pan_contested',
            field=models.BooleanField(db_default=False, default=False, help_text="another customer's profile holds this PAN"),
        ),
        migrations.AddField(
            model_name='kycprofile',
            name='updated_by',
            field=models.UUIDField(help_text="the user's id", null=True),
        ),
        migrations.AddIndex(
            model_name='kycprofile',
            index=models.Index(fields=['pan_digest'], name='kyc_by_pan'),
        ),
        migrations.AddConstraint(
            model_name='kycprofile',
            constraint=models.UniqueConstraint(condition=models.Q(('pan_contested', False)), fields=('pan_digest',), name='kyc_pan_once'),
        ),
        migrations.AddConstraint(
            model_name='kycprofile',
            constraint=models.CheckConstraint(condition=models.Q(('pan_contested', False), ('pan_digest__isnull', False), _connector='OR'), name='kyc_contested_has_pan'),
        ),
        migrations.AddConstraint(
            model_name='kycprofile',
            constraint=models.CheckConstraint(condition=models.Q(('held_status__in', ['DRAFT', 'SUBMITTED', 'IN_VERIFICATION', 'VERIFIED', 'REJECTED', 'ON_HOLD', 'EXPIRED'])), name='kyc_held_status_known'),
        ),
        migrations.AddConstraint(
            model_name='kycprofile',
            constraint=models.CheckConstraint(condition=models.Q(('held_status__isnull', True), ('status', 'ON_HOLD'), _connector='OR'), name='kyc_held_only_on_hold'),
        ),
        migrations.AddConstraint(
            model_name='kycprofile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bank_account_masked__isnull', True), ('bank_account_sealed__isnull', True)), models.Q(('bank_account_masked__isnull', False), ('bank_account_sealed__isnull', False)), _connector='OR'), name='kyc_bank_account_sealed'),
        ),
        migrations.AddField(
            model_name='kycdecision',
            name='profile',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='kyc.kycprofile'),
        ),
        migrations.AddField(
            model_name='kycevidence',
            name='profile',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='kyc.kycprofile'),
        ),
        migrations.AddField(
            model_name='kycreviewcase',
            name='claimant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims_under_review', to='kyc.kycprofile'),
        ),
        migrations.AddField(
            model_name='kycreviewcase',
            name='holder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims_against', to='kyc.kycprofile'),
        ),
        migrations.AddField(
            model_name='kycstatechange',
            name='profile',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='history', to='kyc.kycprofile'),
        ),
        migrations.AddIndex(
            model_name='kycdecision',
            index=models.Index(fields=['profile', 'proposed_at', 'id'], name='kyc_decision_by_profile'),
        ),
        migrations.AddConstraint(
            model_name='kycdecision',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['APPROVE', 'REJECT'])), name='kyc_decision_verdict_known'),
        ),
        migrations.AddConstraint(
            model_name='kycdecision',
            constraint=models.CheckConstraint(condition=models.Q(('risk_category__in', ['LOW', 'MEDIUM', 'HIGH'])), name='kyc_decision_risk_known'),
        ),
        migrations.AddConstraint(
            model_name='kycdecision',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['CONFIRMED', 'RETURNED', 'WITHDRAWN'])), name='kyc_decision_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='kycdecision',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome__isnull', True)), fields=('profile',), name='kyc_decision_open_once'),
        ),
        migrations.AddConstraint(
            model_name='kycdecision',
            constraint=models.CheckConstraint(condition=models.Q(('checker_id__isnull', True), ('outcome', 'WITHDRAWN'), models.Q(('checker_id', models.F('maker_id')), _negated=True), _connector='OR'), name='kyc_decision_two_people'),
        ),
        migrations.AddConstraint(
            model_name='kycdecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('checked_at__isnull', True), ('outcome__isnull', True)), models.Q(('checked_at__isnull', False), ('outcome', 'WITHDRAWN')), models.Q(('checked_at__isnull', False), ('checker_id__isnull', False), ('outcome__isnull', False)), _connector='OR'), name='kyc_decision_checked'),
        ),
        migrations.AddIndex(
            model_name='kycevidence',
            index=models.Index(fields=['profile', 'obtained_at', 'id'], name='kyc_evidence_by_profile'),
        ),
        migrations.AddConstraint(
            model_name='kycevidence',
            constraint=models.CheckConstraint(condition=models.Q(('check_kind__in', ['PAN', 'AADHAAR_OFFLINE', 'BANK_ACCOUNT', 'NAME_MATCH', 'SCREENING'])), name='kyc_evidence_check_known'),
        ),
        migrations.AddConstraint(
            model_name='kycevidence',
            constraint=models.CheckConstraint(condition=models.Q(('finding__in', ['PASSED', 'DOUBTFUL', 'FAILED'])), name='kyc_evidence_finding_known'),
        ),
        migrations.AddConstraint(
            model_name='kycevidence',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__gte', 0), ('confidence__lte', 1)), name='kyc_evidence_confidence_share'),
        ),
        migrations.AddIndex(
            model_name='kycreviewcase',
            index=models.Index(fields=['-opened_at', '-id'], name='kyc_review_newest'),
        ),
        migrations.AddConstraint(
            model_name='kycreviewcase',
            constraint=models.CheckConstraint(condition=models.Q(('resolution__in', ['HOLDERS', 'CLAIMANTS'])), name='kyc_review_resolution_known'),
        ),
        migrations.AddConstraint(
            model_name='kycreviewcase',
            constraint=models.CheckConstraint(condition=models.Q(('claimant', models.F('holder')), _negated=True), name='kyc_review_of_two'),
        ),
        migrations.AddConstraint(
            model_name='kycreviewcase',
            constraint=models.UniqueConstraint(condition=models.Q(('resolution__isnull', True)), fields=('claimant',), name='kyc_review_open_once'),
        ),
        migrations.AddConstraint(
            model_name='kycreviewcase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolution__isnull', True), ('resolved_at__isnull', True)), models.Q(('resolution__isnull', False), ('resolved_at__isnull', False)), _connector='OR'), name='kyc_review_resolved_whole'),
        ),
        migrations.AddIndex(
            model_name='kycstatechange',
            index=models.Index(fields=['profile', 'recorded_at', 'id'], name='kyc_change_by_profile'),
        ),
        migrations.AddConstraint(
            model_name='kycstatechange',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['OPEN', 'UPDATE', 'SUBMIT', 'BEGIN', 'PROPOSE', 'APPROVE', 'REJECT', 'RETURN', 'HOLD', 'RESUME', 'RENEW', 'EXPIRE'])), name='kyc_change_action_known'),
        ),
        migrations.AddConstraint(
            model_name='kycstatechange',
            constraint=models.CheckConstraint(condition=models.Q(('from_status__in', ['DRAFT', 'SUBMITTED', 'IN_VERIFICATION', 'VERIFIED', 'REJECTED', 'ON_HOLD', 'EXPIRED'])), name='kyc_change_from_known'),
        ),
        migrations.AddConstraint(
            model_name='kycstatechange',
            constraint=models.CheckConstraint(condition=models.Q(('to_status__in', ['DRAFT', 'SUBMITTED', 'IN_VERIFICATION', 'VERIFIED', 'REJECTED', 'ON_HOLD', 'EXPIRED'])), name='kyc_change_to_known'),
        ),
        migrations.AddConstraint(
            model_name='kycstatechange',
            constraint=models.CheckConstraint(condition=models.Q(('maker_kind__in', ['USER', 'API_KEY', 'SYSTEM', 'ANONYMOUS'])), name='kyc_change_maker_known'),
        ),
        migrations.AddConstraint(
            model_name='kycstatechange',
            constraint=models.CheckConstraint(condition=models.Q(('risk_category__in', ['LOW', 'MEDIUM', 'HIGH'])), name='kyc_change_risk_known'),
        ),
        migrations.AddConstraint(
            model_name='kycstatechange',
            constraint=models.CheckConstraint(condition=models.Q(('checker_id__isnull', True), models.Q(('checker_id', models.F('maker_id')), _negated=True), _connector='OR'), name='kyc_change_two_people'),
        ),
        migrations.AddConstraint(
            model_name='kycstatechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('action__in', ['APPROVE', 'REJECT']), _negated=True), ('checker_id__isnull', False), _connector='OR'), name='kyc_change_verdict_checked'),
        ),
        migrations.RunPython(begin_histories, migrations.RunPython.noop, elidable=True),
        *[migrations.RunSQL(f"SELECT kernel_only_grows('{table}')", migrations.RunSQL.noop) for table in HISTORIES],
    ]
