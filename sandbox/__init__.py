"""External systems to try the product with: one HTTP server that plays every provider, well or badly.

Imports nothing of the product, as a stranger's system would not, and needs only the standard library. One file
for each capability; `faults` makes it misbehave on demand. What it answers depends on the seed and the request
alone. It keeps what it was told in memory and forgets it at its end.
"""
