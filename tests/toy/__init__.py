"""A lending library: a foreign domain, to show that the planner knows no other.

Its models, its schema and its policy are made of the words that `gateway` offers, and nothing in
`gateway/planning/` was written for them. The tests that use it create its tables themselves.
"""
