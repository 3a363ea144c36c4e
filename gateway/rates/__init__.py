"""How much a viewer may ask over time, in points of cost, counted across all workers and machines.

Owns what each request pays and from whose allowance (`bill`), the blocks of points that a process takes in
advance (`allowances`), the shared store that they are taken from (`postgres`, or `redis` by one setting) and the
header fields that tell a client (`fields`). Does not know what an operation costs, nor who a viewer is.

**How exact it is.** Points are spent after they were taken, and taken in one atomic step, so a viewer never gets
more than their tier gives, whatever the number of processes. They may get less: a process takes a block, at most
1/64 of what the viewer has left, and keeps what it does not spend for ten seconds before giving it back. So P
processes hold at most P/64 of what is left (six workers: 9.4 %), and near the limit the blocks shrink to exactly
what a request costs. With Redis, blocks that were not spent are not given back: they come back with the window.
"""
