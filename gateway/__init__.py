"""How a request is answered: from HTTP in, through documents, limits, plans and statements, to the answer.

Owns the pipeline, access decisions, planning, tracing, metrics and logs. Knows no banking word: types, policies
and mask functions are handed to it by `schema`.
"""
