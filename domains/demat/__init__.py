"""Demat accounts with the depositories, and who holds them.

Owns accounts and holders. Does not own what lies in them: those are portfolios' holdings.
"""
