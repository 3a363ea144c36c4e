"""Words for later migrations: what the application's role never deletes, and what it only reads.

Tables are granted all four rights when they are made (0001). A program that is taken over should not be able to
destroy books: so whoever has nothing to delete has no right to, and a test knows every table that is left.
"""

from django.db import migrations

WORDS = """
CREATE FUNCTION kernel_is_kept(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    grantee name;
BEGIN
    FOR grantee IN SELECT public.kernel_roles_granted(target) LOOP
        EXECUTE format('REVOKE DELETE, TRUNCATE ON %s FROM %I', target, grantee);
    END LOOP;
END $$;

CREATE FUNCTION kernel_is_read(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    grantee name;
BEGIN
    FOR grantee IN SELECT public.kernel_roles_granted(target) LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %s FROM %I', target, grantee);
    END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION kernel_is_kept, kernel_is_read FROM PUBLIC;
SELECT kernel_is_read('django_migrations');
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_application_role")]
    operations = [migrations.RunSQL(WORDS, "DROP FUNCTION kernel_is_kept, kernel_is_read")]
