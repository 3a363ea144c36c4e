import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models

BATCH_ROWS = 2_000
PRIORITIES = {'HIGH': 1, 'MEDIUM': 2, 'LOW': 3}


def open_tasks(apps, schema_editor):
    """Put the profiles that wait for an officer into the queue."""
    alias = schema_editor.connection.alias
    profiles = apps.get_model('kyc', 'KYCProfile').objects.using(alias)
    KYCTask = apps.get_model('kyc', 'KYCTask')
    waiting = profiles.filter(status__in=['SUBMITTED', 'IN_VERIFICATION']).order_by('updated_at')
    tasks = [
        KYCTask(
            profile_id=profile.id, kind='VERIFY', priority=PRIORITIES[profile.risk_category], opened_at=profile.updated_at
        )
        for profile in waiting.only('id', 'risk_category', 'updated_at').iterator(chunk_size=BATCH_ROWS)
    ]
    KYCTask.objects.using(alias).bulk_create(tasks, batch_size=BATCH_ROWS)


class Migration(migrations.Migration):

    dependencies = [
        ('kyc', '0003_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='KYCTask',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('VERIFY', 'Verify'), ('CHECK', 'Check'), ('REVIEW', 'Review')], max_length=10)),
                ('state', models.CharField(choices=[('WAITING', 'Waiting'), ('CLAIMED', 'Claimed'), ('DONE', 'Done')], default='WAITING', max_length=10)),
                ('priority', models.PositiveSmallIntegerField()),
                ('opened_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('claimed_by', models.UUIDField(help_text="the user's id", null=True)),
                ('claimed_by_name', models.CharField(blank=True, default='', max_length=200)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('profile', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='kyc.kycprofile')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'opened_at', 'id'], name='kyc_task_by_age'), models.Index(fields=['state', 'priority', 'id'], name='kyc_task_by_priority')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['VERIFY', 'CHECK', 'REVIEW'])), name='kyc_task_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['WAITING', 'CLAIMED', 'DONE'])), name='kyc_task_state_known'), models.UniqueConstraint(condition=models.Q(('state', 'DONE'), _negated=True), fields=('profile', 'kind'), name='kyc_task_open_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'CLAIMED'), _negated=True), models.Q(('claimed_at__isnull', False), ('claimed_by__isnull', False)), _connector='OR'), name='kyc_task_claimed_whole'), models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', False), ('state', 'DONE')), models.Q(models.Q(('state', 'DONE'), _negated=True), ('done_at__isnull', True)), _connector='OR'), name='kyc_task_done_has_time')],
            },
        ),
        migrations.RunPython(open_tasks, migrations.RunPython.noop, elidable=True),
    ]
