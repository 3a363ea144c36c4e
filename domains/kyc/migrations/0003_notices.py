import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kyc', '0002_life'),
    ]

    operations = [
        migrations.CreateModel(
            name='KYCNotice',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('due_on', models.DateField()),
                ('days', models.SmallIntegerField()),
                ('channel', models.CharField(choices=[('LETTER', 'Letter'), ('EMAIL', 'Email'), ('SMS', 'Sms')], max_length=10)),
                ('rule', models.CharField(max_length=50)),
                ('issued_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('profile', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='kyc.kycprofile')),
            ],
            options={
                'indexes': [models.Index(fields=['profile', 'issued_at', 'id'], name='kyc_notice_by_profile')],
                'constraints': [models.UniqueConstraint(fields=('profile', 'due_on', 'days'), name='kyc_notice_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['LETTER', 'EMAIL', 'SMS'])), name='kyc_notice_channel_known')],
            },
        ),
        migrations.RunSQL("SELECT kernel_only_grows('kyc_kycnotice')", migrations.RunSQL.noop),
    ]
