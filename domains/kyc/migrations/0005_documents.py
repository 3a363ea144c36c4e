import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kyc', '0004_tasks'),
    ]

    operations = [
        migrations.CreateModel(
            name='KYCDocument',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('PAN_CARD', 'Pan Card'), ('MASKED_AADHAAR', 'Masked Aadhaar'), ('PASSPORT', 'Passport'), ('DRIVING_LICENCE', 'Driving Licence'), ('VOTER_ID', 'Voter Id'), ('BANK_STATEMENT', 'Bank Statement'), ('PHOTOGRAPH', 'Photograph'), ('OTHER', 'Other')], max_length=20)),
                ('content_type', models.CharField(choices=[('PDF', 'Pdf'), ('JPEG', 'Jpeg'), ('PNG', 'Png')], max_length=10)),
                ('size_bytes', models.PositiveIntegerField()),
                ('digest', models.BinaryField(help_text='keyed digest of the content')),
                ('key_sealed', models.BinaryField()),
                ('content', models.BinaryField(null=True)),
                ('uploaded_by', models.UUIDField(help_text="the user's id", null=True)),
                ('uploaded_at', models.DateTimeField(default=domains.kernel.clock.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='kycstatechange',
            name='kyc_change_action_known',
        ),
        migrations.AlterField(
            model_name='kycstatechange',
            name='action',
            field=models.CharField(choices=[('OPEN', 'Open'), ('UPDATE', 'Update'), ('ATTACH', 'Attach'), ('SUBMIT', 'Submit'), ('BEGIN', 'Begin'), ('PROPOSE', 'Propose'), ('APPROVE', 'Approve'), ('REJECT', 'Reject'), ('RETURN', 'Return'), ('HOLD', 'Hold'), ('RESUME', 'Resume'), ('RENEW', 'Renew'), ('EXPIRE', 'Expire')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='kycstatechange',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['OPEN', 'UPDATE', 'ATTACH', 'SUBMIT', 'BEGIN', 'PROPOSE', 'APPROVE', 'REJECT', 'RETURN', 'HOLD', 'RESUME', 'RENEW', 'EXPIRE'])), name='kyc_change_action_known'),
        ),
        migrations.AddField(
            model_name='kycdocument',
            name='profile',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='kyc.kycprofile'),
        ),
        migrations.AddIndex(
            model_name='kycdocument',
            index=models.Index(fields=['profile', 'uploaded_at', 'id'], name='kyc_document_by_profile'),
        ),
        migrations.AddConstraint(
            model_name='kycdocument',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['PAN_CARD', 'MASKED_AADHAAR', 'PASSPORT', 'DRIVING_LICENCE', 'VOTER_ID', 'BANK_STATEMENT', 'PHOTOGRAPH', 'OTHER'])), name='kyc_document_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='kycdocument',
            constraint=models.CheckConstraint(condition=models.Q(('content_type__in', ['PDF', 'JPEG', 'PNG'])), name='kyc_document_type_known'),
        ),
        migrations.AddConstraint(
            model_name='kycdocument',
            constraint=models.UniqueConstraint(fields=('profile', 'kind', 'digest'), name='kyc_document_once'),
        ),
        migrations.AddConstraint(
            model_name='kycdocument',
            constraint=models.CheckConstraint(condition=models.Q(('size_bytes__gt', 0)), name='kyc_document_not_empty'),
        ),
        # Nothing of a document changes but the seal of its key, when keys are rotated.
        migrations.RunSQL(
            "SELECT kernel_keep_columns('kyc_kycdocument', ARRAY['id', 'profile_id', 'kind', 'content_type', "
            "'size_bytes', 'digest', 'content', 'uploaded_by', 'uploaded_at']::name[])",
            migrations.RunSQL.noop,
        ),
    ]
