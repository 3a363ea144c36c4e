
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0004_exchange_name'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='provider',
            name='provider_capability_known',
        ),
        migrations.AlterField(
            model_name='provider',
            name='capability',
            field=models.CharField(choices=[('PAYMENT_RAIL', 'Payment Rail'), ('KYC_BUREAU', 'Kyc Bureau'), ('DEPOSITORY', 'Depository'), ('PRICE_SOURCE', 'Price Source'), ('ACCOUNT_AGGREGATOR', 'Account Aggregator'), ('ORDER_VENUE', 'Order Venue')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='provider',
            constraint=models.CheckConstraint(condition=models.Q(('capability__in', ['PAYMENT_RAIL', 'KYC_BUREAU', 'DEPOSITORY', 'PRICE_SOURCE', 'ACCOUNT_AGGREGATOR', 'ORDER_VENUE'])), name='provider_capability_known'),
        ),
    ]
