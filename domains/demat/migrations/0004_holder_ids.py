"""Each account knows its holders' ids, so that a receipt of reading it needs no join. The database keeps them."""

import django.contrib.postgres.fields
from django.db import migrations, models

# An account's ids are found anew whenever its row is written; a change of holders writes the row. So nobody can
# write others, and nobody has to think of them. Both run with the owner's rights: they read and touch rows that
# whoever changes a holder need not be allowed to.
KEEPING = """
CREATE FUNCTION demat_find_holders() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.holder_ids := ARRAY(
        SELECT customer_id FROM public.demat_dematholder WHERE account_id = NEW.id ORDER BY rank
    );
    RETURN NEW;
END $$;

CREATE FUNCTION demat_tell_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.demat_demataccount SET holder_ids = '{}' WHERE id IN (OLD.account_id, NEW.account_id);
    RETURN NULL;
END $$;

CREATE TRIGGER finds_holders BEFORE INSERT OR UPDATE ON demat_demataccount
FOR EACH ROW EXECUTE FUNCTION demat_find_holders();

CREATE TRIGGER tells_account AFTER INSERT OR UPDATE OR DELETE ON demat_dematholder
FOR EACH ROW EXECUTE FUNCTION demat_tell_account();

UPDATE demat_demataccount SET holder_ids = '{}';
"""


class Migration(migrations.Migration):
    dependencies = [("demat", "0003_kept")]
    operations = [
        migrations.AddField(
            model_name="demataccount",
            name="holder_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), db_default=[], default=list, editable=False, size=None
            ),
        ),
        migrations.RunSQL(
            KEEPING,
            "DROP FUNCTION demat_tell_account, demat_find_holders CASCADE",
        ),
    ]
