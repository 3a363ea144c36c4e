import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from django.db import migrations, models


# Django can't declare a partitioned table: the columns below and those of the model are one and the same.
# The key holds the partitioning column because PostgreSQL asks for it.
PARTITIONED_TABLE = """
CREATE TABLE audit_auditlog (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    event varchar(20) NOT NULL CONSTRAINT audit_event_known CHECK (event IN (
        'READ', 'LOOKUP_MISSED', 'CHANGE', 'LOGIN', 'LOGIN_FAILED', 'REFUSAL', 'CONFIG', 'EXPORT', 'KEY', 'ROLE'
    )),
    viewer_kind varchar(10) NOT NULL CONSTRAINT audit_viewer_kind_known CHECK (viewer_kind IN (
        'USER', 'API_KEY', 'SYSTEM', 'ANONYMOUS'
    )),
    viewer_id uuid,
    viewer_customer_id uuid,
    roles text[] NOT NULL,
    purpose text DEFAULT '' NOT NULL,
    operation_name text DEFAULT '' NOT NULL,
    document_id text DEFAULT '' NOT NULL,
    field text DEFAULT '' NOT NULL,
    shape_id varchar(64),
    subjects uuid[] DEFAULT '{}' NOT NULL,
    disclosed jsonb DEFAULT '{}' NOT NULL,
    row_count integer,
    sought_digest bytea,
    changes jsonb,
    correlation_id text NOT NULL,
    trace_id text DEFAULT '' NOT NULL,
    address inet,
    PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);

CREATE INDEX audit_by_subject ON audit_auditlog USING gin (subjects);
SELECT kernel_only_grows('audit_auditlog');
"""

# `audit_make_partitions(3)` makes this month's partition and those of the three months after it, where they are
# missing, and returns how many it made. Rows of a month that arrived before its partition stay in the default
# one: moving them would mean deleting. The application's role may call it; partitions are reached through
# the table alone, so no role is granted anything on them.
PARTITIONS = """
CREATE TABLE audit_auditlog_default PARTITION OF audit_auditlog DEFAULT;

CREATE FUNCTION audit_close_partition(partition regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    grantee name;
BEGIN
    PERFORM public.kernel_only_grows(partition);
    FOR grantee IN SELECT public.kernel_roles_granted(partition) LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %I', partition, grantee);
    END LOOP;
END $$;

CREATE FUNCTION audit_make_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    since timestamptz;
    until timestamptz;
    partition name;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_make_partitions'));
    FOR month IN 0..least(months_ahead, 24) LOOP
        since := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => month)) AT TIME ZONE 'UTC';
        until := (since AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
        partition := 'audit_auditlog_' || to_char(since AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || partition) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM public.audit_auditlog_default WHERE recorded_at >= since AND recorded_at < until
        );
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_auditlog FOR VALUES FROM (%L) TO (%L)',
                       partition, since, until);
        PERFORM public.audit_close_partition(('public.' || quote_ident(partition))::regclass);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

REVOKE EXECUTE ON FUNCTION audit_close_partition FROM PUBLIC;
SELECT audit_close_partition('audit_auditlog_default');
SELECT audit_make_partitions(3);
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('kernel', '0001_application_role'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReadShape',
            fields=[
                ('digest', models.CharField(help_text='SHA-256 in hex', max_length=64, primary_key=True, serialize=False)),
                ('operation', models.TextField(help_text='the normalised document, without literals')),
                ('levels', models.JSONField()),
                ('recorded_at', models.DateTimeField(default=domains.kernel.clock.now)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PARTITIONED_TABLE, 'DROP TABLE audit_auditlog')],
            state_operations=[
                migrations.CreateModel(
                    name='AuditLog',
                    fields=[
                        ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                        ('recorded_at', models.DateTimeField(db_default=models.Func(function='clock_timestamp', output_field=models.DateTimeField()))),
                        ('event', models.CharField(choices=[('READ', 'Read'), ('LOOKUP_MISSED', 'Lookup Missed'), ('CHANGE', 'Change'), ('LOGIN', 'Login'), ('LOGIN_FAILED', 'Login Failed'), ('REFUSAL', 'Refusal'), ('CONFIG', 'Config'), ('EXPORT', 'Export'), ('KEY', 'Key'), ('ROLE', 'Role')], max_length=20)),
                        ('viewer_kind', models.CharField(choices=[('USER', 'User'), ('API_KEY', 'Api Key'), ('SYSTEM', 'System'), ('ANONYMOUS', 'Anonymous')], max_length=10)),
                        ('viewer_id', models.UUIDField(null=True)),
                        ('viewer_customer_id', models.UUIDField(null=True)),
                        ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                        ('purpose', models.TextField(db_default='', default='')),
                        ('operation_name', models.TextField(db_default='', default='')),
                        ('document_id', models.TextField(db_default='', default='', help_text='SHA-256 of the document, in hex')),
                        ('field', models.TextField(db_default='', default='', help_text="the answer's root field")),
                        ('shape_id', models.CharField(help_text='ReadShape.digest', max_length=64, null=True)),
                        ('subjects', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), db_default=models.Value([], django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)), default=list, size=None)),
                        ('disclosed', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='path → ids of subjects')),
                        ('row_count', models.IntegerField(null=True)),
                        ('sought_digest', models.BinaryField(help_text='keyed digest of the key that found nothing', null=True)),
                        ('changes', models.JSONField(null=True)),
                        ('correlation_id', models.TextField()),
                        ('trace_id', models.TextField(db_default='', default='')),
                        ('address', models.GenericIPAddressField(null=True)),
                    ],
                    options={
                        'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['subjects'], name='audit_by_subject')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('event__in', ['READ', 'LOOKUP_MISSED', 'CHANGE', 'LOGIN', 'LOGIN_FAILED', 'REFUSAL', 'CONFIG', 'EXPORT', 'KEY', 'ROLE'])), name='audit_event_known'), models.CheckConstraint(condition=models.Q(('viewer_kind__in', ['USER', 'API_KEY', 'SYSTEM', 'ANONYMOUS'])), name='audit_viewer_kind_known')],
                    },
                ),
            ],
        ),
        migrations.RunSQL(PARTITIONS, 'DROP FUNCTION audit_make_partitions, audit_close_partition'),
        migrations.RunSQL("SELECT kernel_only_grows('audit_readshape')", migrations.RunSQL.noop),
    ]
