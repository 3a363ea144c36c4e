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
            name='DematAccount',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('bo_id', models.CharField(max_length=16)),
                ('depository', models.CharField(choices=[('CDSL', 'Cdsl'), ('NSDL', 'Nsdl')], max_length=4)),
                ('participant_name', models.CharField(blank=True, default='', max_length=200)),
                ('status', models.CharField(choices=[('ACTIVE', 'Active'), ('FROZEN', 'Frozen'), ('CLOSED', 'Closed')], default='ACTIVE', max_length=10)),
                ('opened_on', models.DateField(null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='DematHolder',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('rank', models.PositiveSmallIntegerField(default=1)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holders', to='demat.demataccount')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='demat_holdings', to='customers.customer')),
            ],
        ),
        migrations.AddField(
            model_name='demataccount',
            name='customers',
            field=models.ManyToManyField(related_name='demat_accounts', through='demat.DematHolder', through_fields=('account', 'customer'), to='customers.customer'),
        ),
        migrations.AddConstraint(
            model_name='dematholder',
            constraint=models.UniqueConstraint(fields=('account', 'customer'), name='holder_once'),
        ),
        migrations.AddConstraint(
            model_name='dematholder',
            constraint=models.UniqueConstraint(fields=('account', 'rank'), name='holder_rank_once'),
        ),
        migrations.AddConstraint(
            model_name='dematholder',
            constraint=models.CheckConstraint(condition=models.Q(('rank__range', (1, 3))), name='holder_rank_one_to_three'),
        ),
        migrations.AddConstraint(
            model_name='demataccount',
            constraint=models.UniqueConstraint(fields=('bo_id',), name='demat_bo_id_once'),
        ),
        migrations.AddConstraint(
            model_name='demataccount',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ACTIVE', 'FROZEN', 'CLOSED'])), name='demat_status_known'),
        ),
        migrations.AddConstraint(
            model_name='demataccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bo_id__regex', '^[0-9]{16}$'), ('depository', 'CDSL')), models.Q(('bo_id__regex', '^IN[0-9]{6}[0-9]{8}$'), ('depository', 'NSDL')), _connector='OR'), name='demat_bo_id_form'),
        ),
    ]
