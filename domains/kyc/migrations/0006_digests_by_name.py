from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kyc', '0005_documents'),
    ]

    operations = [
        migrations.RenameField('kycevidence', 'about', 'about_digest'),
        migrations.RemoveConstraint('kycdocument', 'kyc_document_once'),
        migrations.RenameField('kycdocument', 'digest', 'content_digest'),
        migrations.AlterField('kycdocument', 'content_digest', models.BinaryField()),
        migrations.AddConstraint(
            'kycdocument',
            models.UniqueConstraint(fields=('profile', 'kind', 'content_digest'), name='kyc_document_once'),
        ),
    ]
