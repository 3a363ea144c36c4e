"""`manage.py make_signing_keys [FILE]`: make the key that signs access tokens, or heads of the audit tree."""

from banking_project.management.commands.make_keyring import Command as MakeKeyring
from domains.vault.signing import make_signing_keys


class Command(MakeKeyring):
    """Write new signing keys into a file of their own, or print them."""

    help = "Make a new signing key: into FILE, which only its owner may read, or on standard output."
    make = staticmethod(make_signing_keys)
    loss = "Without it everyone has to sign in again; as audit keys: what it signed verifies no more."
