from django.db import migrations, models
from django.db.models import Q

ACTIONS = [
    'OPEN', 'UPDATE', 'ATTACH', 'SUBMIT', 'BEGIN', 'RECORD', 'PROPOSE', 'APPROVE', 'REJECT', 'RETURN', 'HOLD', 'RESUME',
    'RENEW', 'EXPIRE',
]


class Migration(migrations.Migration):

    dependencies = [
        ('kyc', '0006_digests_by_name'),
    ]

    operations = [
        migrations.RemoveConstraint('kycstatechange', 'kyc_change_action_known'),
        migrations.AlterField(
            'kycstatechange',
            'action',
            models.CharField(choices=[(action, action.capitalize()) for action in ACTIONS], max_length=10),
        ),
        migrations.AddConstraint(
            'kycstatechange',
            models.CheckConstraint(condition=Q(action__in=ACTIONS), name='kyc_change_action_known'),
        ),
        migrations.AddField(
            'kycevidence', 'recorded_by', models.UUIDField(help_text="the user's id, of what was found by hand", null=True)
        ),
        migrations.AddField(
            'kycevidence', 'recorded_by_name', models.CharField(blank=True, db_default='', default='', max_length=200)
        ),
        migrations.AddField(
            'kycevidence', 'reference', models.CharField(blank=True, db_default='', default='', max_length=100)
        ),
        migrations.AddField(
            'kycevidence', 'note', models.CharField(blank=True, db_default='', default='', max_length=500)
        ),
        migrations.AddConstraint(
            'kycevidence',
            models.CheckConstraint(
                condition=Q(recorded_by__isnull=True, reference='', note='')
                | (Q(recorded_by__isnull=False, provider_id__isnull=True) & ~Q(reference='') & ~Q(note='')),
                name='kyc_evidence_by_hand_whole',
            ),
        ),
    ]
