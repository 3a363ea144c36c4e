"""From a validated document to bytes: selection → levels of ORM expressions → one prepared statement → answer.

Owns what a schema field means to the planner (`mapping`), how a document's selection becomes levels
(`selection`), how levels become ORM expressions (`builder`, `connections`), the SQL that the ORM lacks
(`expressions`, `receipt`), the compiled, numbered and bounded statement (`statement`), its execution (`runner`)
and what Python adds to the bytes (`batch`). Knows no type of the schema by name, and no banking word.
"""
