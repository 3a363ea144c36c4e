"""Writing: from an account that was read to customers, demat accounts, holdings and transactions.

Owns what is compared, found or created, and what is undone together. Every write is an operation of the domain
that it belongs to; nothing here knows of JSON or XML.
"""
