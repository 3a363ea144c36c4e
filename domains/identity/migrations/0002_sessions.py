import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Throttle',
            fields=[
                ('key', models.BinaryField(help_text='keyed digest of who is throttled at what', primary_key=True, serialize=False)),
                ('spent_until', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunSQL("ALTER TABLE identity_throttle SET UNLOGGED", "ALTER TABLE identity_throttle SET LOGGED"),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('end_reason', models.CharField(choices=[('LOGOUT', 'Logout'), ('TOKEN_REUSED', 'Token Reused'), ('PASSWORD_CHANGED', 'Password Changed')], max_length=20, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RefreshToken',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('token_digest', models.BinaryField()),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('expires_at', models.DateTimeField()),
                ('spent_at', models.DateTimeField(null=True)),
                ('successor_sealed', models.BinaryField(null=True)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refresh_tokens', to='identity.session')),
            ],
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(('end_reason__in', ['LOGOUT', 'TOKEN_REUSED', 'PASSWORD_CHANGED'])), name='session_end_known'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_reason__isnull', True), ('ended_at__isnull', True)), models.Q(('end_reason__isnull', False), ('ended_at__isnull', False)), _connector='OR'), name='session_end_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='refreshtoken',
            constraint=models.UniqueConstraint(fields=('token_digest',), name='refresh_token_once'),
        ),
    ]
