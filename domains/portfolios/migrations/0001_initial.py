import django.db.models.deletion
import domains.kernel.clock
import domains.kernel.identifiers.record_id
from decimal import Decimal
from django.db import migrations, models


# Units move in the ledger, and the ledger moves the holdings. One statement of inserts (a COPY too) makes one
# update. The function runs with the owner's rights because no other role may update a quantity; the guards
# hold the owner as well. What a holding is (whose, of what) never changes once it is there.
LEDGER = """
-- Room on each page for the next quantity: the update stays on the page and touches no index.
ALTER TABLE portfolios_holding SET (fillfactor = 50);

CREATE FUNCTION portfolios_move_units() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.portfolios_holding AS holding
    SET quantity = holding.quantity + moved.units, updated_at = now()
    FROM (SELECT holding_id, sum(units) AS units FROM entered GROUP BY holding_id) AS moved
    WHERE holding.id = moved.holding_id AND moved.units <> 0;
    RETURN NULL;
END $$;

CREATE FUNCTION portfolios_refuse_quantity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'units move through portfolios_unitentry only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER ledger_moves_units AFTER INSERT ON portfolios_unitentry REFERENCING NEW TABLE AS entered
FOR EACH STATEMENT EXECUTE FUNCTION portfolios_move_units();

CREATE TRIGGER starts_at_zero BEFORE INSERT ON portfolios_holding
FOR EACH ROW WHEN (NEW.quantity <> 0) EXECUTE FUNCTION portfolios_refuse_quantity();

CREATE TRIGGER moved_by_ledger BEFORE UPDATE ON portfolios_holding
FOR EACH ROW WHEN (NEW.quantity IS DISTINCT FROM OLD.quantity) EXECUTE FUNCTION portfolios_refuse_quantity();

SELECT kernel_keep_columns('portfolios_holding', '{id,portfolio_id,security_id,quantity}');
SELECT kernel_only_grows('portfolios_unitentry');
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('kernel', '0001_application_role'),
        ('customers', '0001_initial'),
        ('demat', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Portfolio',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('EQUITY', 'Equity'), ('MUTUAL_FUND', 'Mutual Fund'), ('MIXED', 'Mixed')], max_length=20)),
                ('currency', models.CharField(choices=[('INR', 'Inr'), ('USD', 'Usd'), ('EUR', 'Eur'), ('GBP', 'Gbp'), ('AED', 'Aed'), ('AUD', 'Aud'), ('CAD', 'Cad'), ('CHF', 'Chf'), ('HKD', 'Hkd'), ('JPY', 'Jpy'), ('SGD', 'Sgd')], default='INR', max_length=3)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='portfolios', to='customers.customer')),
                ('demat_account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='portfolios', to='demat.demataccount')),
            ],
        ),
        migrations.CreateModel(
            name='Security',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('isin', models.CharField(max_length=12)),
                ('symbol', models.CharField(blank=True, default='', max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('EQUITY', 'Equity'), ('ETF', 'Etf'), ('MUTUAL_FUND', 'Mutual Fund'), ('BOND', 'Bond'), ('GOLD', 'Gold')], max_length=20)),
                ('last_price', models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ('currency', models.CharField(choices=[('INR', 'Inr'), ('USD', 'Usd'), ('EUR', 'Eur'), ('GBP', 'Gbp'), ('AED', 'Aed'), ('AUD', 'Aud'), ('CAD', 'Cad'), ('CHF', 'Chf'), ('HKD', 'Hkd'), ('JPY', 'Jpy'), ('SGD', 'Sgd')], default='INR', max_length=3)),
                ('priced_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name_plural': 'securities',
                'constraints': [models.UniqueConstraint(fields=('isin',), name='security_isin_once'), models.CheckConstraint(condition=models.Q(('isin__regex', '^[A-Z]{2}[A-Z0-9]{9}[0-9]$')), name='security_isin_form'), models.CheckConstraint(condition=models.Q(('kind__in', ['EQUITY', 'ETF', 'MUTUAL_FUND', 'BOND', 'GOLD'])), name='security_kind_known'), models.CheckConstraint(condition=models.Q(('currency__in', ['INR', 'USD', 'EUR', 'GBP', 'AED', 'AUD', 'CAD', 'CHF', 'HKD', 'JPY', 'SGD'])), name='security_currency_known'), models.CheckConstraint(condition=models.Q(('last_price__gte', 0), ('last_price__lt', Decimal('1000000000000000000'))), name='security_price_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Holding',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('folio', models.CharField(blank=True, default='', max_length=40)),
                ('quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20)),
                ('average_cost', models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ('currency', models.CharField(choices=[('INR', 'Inr'), ('USD', 'Usd'), ('EUR', 'Eur'), ('GBP', 'Gbp'), ('AED', 'Aed'), ('AUD', 'Aud'), ('CAD', 'Cad'), ('CHF', 'Chf'), ('HKD', 'Hkd'), ('JPY', 'Jpy'), ('SGD', 'Sgd')], default='INR', max_length=3)),
                ('created_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('updated_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('portfolio', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holdings', to='portfolios.portfolio')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holdings', to='portfolios.security')),
            ],
        ),
        migrations.CreateModel(
            name='UnitEntry',
            fields=[
                ('id', models.UUIDField(default=domains.kernel.identifiers.record_id.new_id, editable=False, primary_key=True, serialize=False)),
                ('units', models.DecimalField(decimal_places=6, max_digits=20)),
                ('cause', models.CharField(choices=[('IMPORT', 'Import'), ('SYNC', 'Sync'), ('SETTLEMENT', 'Settlement'), ('CORPORATE_ACTION', 'Corporate Action'), ('OPENING', 'Opening')], max_length=20)),
                ('source_reference', models.CharField(max_length=200)),
                ('price', models.DecimalField(decimal_places=4, help_text="per unit, in the holding's currency", max_digits=20, null=True)),
                ('effective_on', models.DateField()),
                ('recorded_at', models.DateTimeField(default=domains.kernel.clock.now)),
                ('holding', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='portfolios.holding')),
            ],
            options={
                'verbose_name_plural': 'unit entries',
            },
        ),
        migrations.AddConstraint(
            model_name='portfolio',
            constraint=models.UniqueConstraint(fields=('customer', 'name'), name='portfolio_name_once'),
        ),
        migrations.AddConstraint(
            model_name='portfolio',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['EQUITY', 'MUTUAL_FUND', 'MIXED'])), name='portfolio_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='portfolio',
            constraint=models.CheckConstraint(condition=models.Q(('currency__in', ['INR', 'USD', 'EUR', 'GBP', 'AED', 'AUD', 'CAD', 'CHF', 'HKD', 'JPY', 'SGD'])), name='portfolio_currency_known'),
        ),
        migrations.AddConstraint(
            model_name='holding',
            constraint=models.UniqueConstraint(fields=('portfolio', 'security', 'folio'), name='holding_once'),
        ),
        migrations.AddConstraint(
            model_name='holding',
            constraint=models.CheckConstraint(condition=models.Q(('currency__in', ['INR', 'USD', 'EUR', 'GBP', 'AED', 'AUD', 'CAD', 'CHF', 'HKD', 'JPY', 'SGD'])), name='holding_currency_known'),
        ),
        migrations.AddConstraint(
            model_name='holding',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0), ('quantity__lt', Decimal('1000000000000000000'))), name='holding_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='holding',
            constraint=models.CheckConstraint(condition=models.Q(('average_cost__gte', 0), ('average_cost__lt', Decimal('1000000000000000000'))), name='holding_cost_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='unitentry',
            constraint=models.UniqueConstraint(fields=('holding', 'cause', 'source_reference'), name='entry_once'),
        ),
        migrations.AddConstraint(
            model_name='unitentry',
            constraint=models.CheckConstraint(condition=models.Q(('cause__in', ['IMPORT', 'SYNC', 'SETTLEMENT', 'CORPORATE_ACTION', 'OPENING'])), name='entry_cause_known'),
        ),
        migrations.AddConstraint(
            model_name='unitentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('units', 0), _negated=True), ('units__lt', Decimal('1000000000000000000'))), name='entry_moves_units'),
        ),
        migrations.AddConstraint(
            model_name='unitentry',
            constraint=models.CheckConstraint(condition=models.Q(('price__gte', 0), ('price__lt', Decimal('1000000000000000000'))), name='entry_price_not_negative'),
        ),
        migrations.RunSQL(LEDGER, 'DROP FUNCTION portfolios_move_units, portfolios_refuse_quantity CASCADE'),
    ]
