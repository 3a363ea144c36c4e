"""Reading: from the bytes of a file to the account that it tells of, with a line in the report for what is not
taken. Owns forms and their dirt. Asks no database and writes nothing.
"""
