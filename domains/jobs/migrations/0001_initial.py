import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [("kernel", "0001_application_role")]

    operations = [
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=50)),
                ('key', models.CharField(max_length=200)),
                ('payload', models.JSONField(default=dict, help_text='ids and words only, never a personal value')),
                ('state', models.CharField(choices=[('WAITING', 'Waiting'), ('RUNNING', 'Running'), ('PARKED', 'Parked')], default='WAITING', max_length=10)),
                ('due_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('again_at', models.DateTimeField(help_text='asked for again while it was running', null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('tries', models.PositiveIntegerField(default=0, help_text='claims since it last succeeded or was released')),
                ('failure', models.TextField(blank=True, default='', help_text="the last failure's name")),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'PARKED'), _negated=True), fields=['due_at'], name='job_due')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='job_once'), models.CheckConstraint(condition=models.Q(('state__in', ['WAITING', 'RUNNING', 'PARKED'])), name='job_state_known')],
            },
        ),
        # Rows come, change a few times and go: room for the changes on each page, and swept early.
        migrations.RunSQL(
            "ALTER TABLE jobs_job SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, "
            "autovacuum_vacuum_threshold = 500)",
            migrations.RunSQL.noop,
        ),
    ]
