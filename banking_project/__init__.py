"""Wiring: settings, addresses, the server's process and the commands that start it.

Owns where things are (database, keys, ports) and what is installed. Owns no behaviour: what may be asked
lives in `schema`, how it is answered in `gateway`, what it means in `domains`.
"""
