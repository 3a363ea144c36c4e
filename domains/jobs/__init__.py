"""The outbox: work that is promised inside a transaction and done after it, once or again until it is done.

Owns the promise, the claim, the lease, the repetition and the list of what a person must look at. Does not own
what is done: handlers are handed in by kind, and each must bear being called again.
"""
