"""Keys and what is done with them: sealing values to their row, blind indexes, sealed tokens.

Owns no table: ciphertexts stand in the columns of the domain that they belong to. Knows no business rule.
"""
