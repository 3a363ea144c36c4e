"""What may be asked and done about KYC: profiles, their history and evidence, decisions, review cases."""
