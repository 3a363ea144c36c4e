"""The crash test: payments at concurrency while everything is killed again and again, and then the two books.

`make crash` (`N=`, `SEED=`) runs gateways, workers, a database and a misbehaving sandbox of its own, each in
processes that are killed with SIGKILL, and compares the sandbox's ledger with ours when everything has come to
its end. Owns nothing of the product; it uses it as its users do, over HTTP.
"""
