"""Statements from elsewhere: Financial Information documents of account aggregators, read, judged and imported.

Owns how a document is read (JSON as clients serve it, XML as ReBIT defines it), what of it is taken and what is
refused, and the report that says so line by line. Owns no model and no rule of banking: everything is written
by the operations of the domains below.
"""
