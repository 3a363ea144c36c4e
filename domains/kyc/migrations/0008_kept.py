"""Nothing of a profile is ever deleted."""

from django.db import migrations

KEPT = (
    "kyc_kycprofile",
    "kyc_kycdecision",
    "kyc_kycdocument",
    "kyc_kycreviewcase",
    "kyc_kyctask",
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_what_is_kept"), ("kyc", "0007_evidence_by_hand")]
    operations = [
        *[migrations.RunSQL(f"SELECT kernel_is_kept('{table}')", migrations.RunSQL.noop) for table in KEPT],
    ]
