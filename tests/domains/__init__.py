"""The domains, on the real database: what they do, what they refuse, and what the database refuses itself."""
