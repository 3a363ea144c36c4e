import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('kernel', '0001_application_role'),
        ('customers', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='KYCProfile',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('DRAFT', 'Draft'), ('SUBMITTED', 'Submitted'), ('IN_VERIFICATION', 'In Verification'), ('VERIFIED', 'Verified'), ('REJECTED', 'Rejected'), ('ON_HOLD', 'On Hold'), ('EXPIRED', 'Expired')], default='DRAFT', max_length=20)),
                ('risk_category', models.CharField(choices=[('LOW', 'Low'), ('MEDIUM', 'Medium'), ('HIGH', 'High')], default='LOW', max_length=10)),
                ('pan_sealed', models.BinaryField(null=True)),
                ('pan_masked', models.CharField(max_length=20, null=True)),
                ('pan_digest', models.BinaryField(null=True)),
                ('aadhaar_last_four', models.CharField(max_length=4, null=True)),
                ('aadhaar_reference_sealed', models.BinaryField(null=True)),
                ('aadhaar_reference_masked', models.CharField(max_length=40, null=True)),
                ('date_of_birth_sealed', models.BinaryField(null=True)),
                ('date_of_birth_masked', models.CharField(max_length=20, null=True)),
                ('address_sealed', models.BinaryField(null=True)),
                ('address_masked', models.CharField(max_length=40, null=True)),
                ('verified_at', models.DateTimeField(null=True)),
                ('next_due_on', models.DateField(null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='kyc_profile', to='customers.customer')),
            ],
            options={
                'verbose_name': 'KYC profile',
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'SUBMITTED', 'IN_VERIFICATION', 'VERIFIED', 'REJECTED', 'ON_HOLD', 'EXPIRED'])), name='kyc_status_known'), models.CheckConstraint(condition=models.Q(('risk_category__in', ['LOW', 'MEDIUM', 'HIGH'])), name='kyc_risk_known'), models.UniqueConstraint(fields=('pan_digest',), name='kyc_pan_once'), models.CheckConstraint(condition=models.Q(('aadhaar_last_four__regex', '^[0-9]{4}$')), name='kyc_aadhaar_last_four'), models.CheckConstraint(condition=models.Q(models.Q(('pan_digest__isnull', True), ('pan_masked__isnull', True), ('pan_sealed__isnull', True)), models.Q(('pan_digest__isnull', False), ('pan_masked__isnull', False), ('pan_sealed__isnull', False)), _connector='OR'), name='kyc_pan_sealed'), models.CheckConstraint(condition=models.Q(models.Q(('aadhaar_reference_masked__isnull', True), ('aadhaar_reference_sealed__isnull', True)), models.Q(('aadhaar_reference_masked__isnull', False), ('aadhaar_reference_sealed__isnull', False)), _connector='OR'), name='kyc_aadhaar_reference_sealed'), models.CheckConstraint(condition=models.Q(models.Q(('date_of_birth_masked__isnull', True), ('date_of_birth_sealed__isnull', True)), models.Q(('date_of_birth_masked__isnull', False), ('date_of_birth_sealed__isnull', False)), _connector='OR'), name='kyc_date_of_birth_sealed'), models.CheckConstraint(condition=models.Q(models.Q(('address_masked__isnull', True), ('address_sealed__isnull', True)), models.Q(('address_masked__isnull', False), ('address_sealed__isnull', False)), _connector='OR'), name='kyc_address_sealed')],
            },
        ),
    ]
