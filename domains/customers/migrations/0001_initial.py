import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('kernel', '0001_application_role'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('full_name', models.CharField(max_length=200)),
                ('mobile', models.CharField(help_text='E.164', max_length=16, null=True)),
                ('email_sealed', models.BinaryField(null=True)),
                ('email_masked', models.CharField(max_length=320, null=True)),
                ('email_digest', models.BinaryField(null=True)),
                ('status', models.CharField(choices=[('ACTIVE', 'Active'), ('DORMANT', 'Dormant'), ('FROZEN', 'Frozen'), ('CLOSED', 'Closed')], default='ACTIVE', max_length=10)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('closed_at', models.DateTimeField(null=True)),
                ('login', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='customer', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='MobileTenure',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('mobile', models.CharField(help_text='E.164', max_length=16)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mobile_tenures', to='customers.customer')),
            ],
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['-created_at', '-id'], name='customer_newest'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['full_name', 'id'], name='customer_by_name'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['status', '-created_at', '-id'], name='customer_by_status'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(fields=('mobile',), name='customer_mobile_once'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ACTIVE', 'DORMANT', 'FROZEN', 'CLOSED'])), name='customer_status_known'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('status', 'CLOSED')), models.Q(models.Q(('status', 'CLOSED'), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='customer_closed_has_time'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'CLOSED'), _negated=True), ('mobile__isnull', True), _connector='OR'), name='customer_closed_has_no_mobile'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('mobile__regex', '^\\+[1-9][0-9]{6,14}$')), name='customer_mobile_e164'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('full_name__regex', '\\S')), name='customer_name_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email_digest__isnull', True), ('email_masked__isnull', True), ('email_sealed__isnull', True)), models.Q(('email_digest__isnull', False), ('email_masked__isnull', False), ('email_sealed__isnull', False)), _connector='OR'), name='customer_email_sealed'),
        ),
        migrations.AddConstraint(
            model_name='mobiletenure',
            constraint=models.CheckConstraint(condition=models.Q(('mobile__regex', '^\\+[1-9][0-9]{6,14}$')), name='tenure_mobile_e164'),
        ),
        migrations.AddConstraint(
            model_name='mobiletenure',
            constraint=models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='tenure_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='mobiletenure',
            constraint=models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('mobile',), name='tenure_current_once'),
        ),
        migrations.AddConstraint(
            model_name='mobiletenure',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(django.db.models.functions.comparison.Cast(django.db.models.functions.text.Substr('mobile', 2), models.BigIntegerField()), django.db.models.functions.comparison.Cast(django.db.models.functions.text.Substr('mobile', 2), models.BigIntegerField()), models.Value('[]'), function='int8range'), '&&'), (models.Func('since', 'until', function='tstzrange'), '&&')], name='tenure_never_overlaps'),
        ),
    ]
