"""Let the application's role use every table, those that are there and those to come, and no more."""

from django.db import connections, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

GRANTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role};
"""

# Later migrations call these, so that none needs to know the role's name: what it may not do is taken from
# every role that is not the table's owner. The owner itself is held by the trigger. Every function pins its
# search path, with pg_temp last: unnamed it would come first, and a caller could put things of its own there.
ONLY_GROWS = """
CREATE FUNCTION kernel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION kernel_roles_granted(target regclass) RETURNS SETOF name
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT DISTINCT pg_get_userbyid(granted.grantee)
    FROM pg_class, aclexplode(relacl) AS granted
    WHERE pg_class.oid = target AND granted.grantee <> relowner AND granted.grantee <> 0
$$;

CREATE FUNCTION kernel_only_grows(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    grantee name;
BEGIN
    EXECUTE format('CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.kernel_refuse_change()', target);
    FOR grantee IN SELECT public.kernel_roles_granted(target) LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', target, grantee);
    END LOOP;
END $$;

CREATE FUNCTION kernel_keep_columns(target regclass, kept name[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    grantee name;
    others text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO others FROM pg_attribute
    WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND attname <> ALL (kept);
    FOR grantee IN SELECT public.kernel_roles_granted(target) LOOP
        EXECUTE format('REVOKE UPDATE ON %s FROM %I', target, grantee);
        EXECUTE format('GRANT UPDATE (%s) ON %s TO %I', others, target, grantee);
    END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION kernel_roles_granted, kernel_only_grows, kernel_keep_columns FROM PUBLIC;
"""


def grant(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Grant the role of the alias `default`; nothing to do when it has no name of its own."""
    if role := connections["default"].settings_dict["USER"]:
        quoted = schema_editor.connection.ops.quote_name(role)
        schema_editor.execute(GRANTS.format(role=quoted))


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.RunPython(grant, migrations.RunPython.noop, elidable=False),
        migrations.RunSQL(
            ONLY_GROWS,
            "DROP FUNCTION kernel_keep_columns, kernel_only_grows, kernel_roles_granted, kernel_refuse_change",
        ),
    ]
