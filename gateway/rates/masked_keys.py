"""Finding by a key that is masked for the viewer: a grant with an allowance of its own, slower than points.

Who finds somebody by an exact key without being shown it could learn keys by trying. A person at a desk
asks for one at a time; what tries many is stopped here, whatever points it has left.
"""

from functools import partial

from domains.identity.throttle import Allowance, take
from domains.vault.sealing import digest
from gateway import metrics
from gateway.failures import refuse
from gateway.planning.runner import reconnecting
from gateway.viewer import Viewer

MASKED_KEYS = Allowance(burst=60, every_s=5)


def take_masked_keys(viewer: Viewer, number: int) -> None:
    """Take so many look-ups from what a viewer is allowed; raise RequestError `RATE_LIMITED`.

    The user behind a key counts, so that more keys are no more allowance; the program itself is not counted.
    """
    who = viewer.user_id or viewer.id
    if who is None:
        return
    key = digest(purpose="throttle.masked_key", value=str(who))
    one = partial(take, key=key, allowance=MASKED_KEYS)
    for _ in range(number):
        if wait_s := reconnecting(one):
            metrics.rate_limited.labels("MASKED_KEYS").inc()
            error = refuse(
                f"You found too many by a key that is masked for you; try again in {wait_s} seconds.",
                "RATE_LIMITED",
                status=429,
                extensions={"tier": "MASKED_KEYS", "retryAfterSeconds": wait_s},
            )
            error.headers["Retry-After"] = str(wait_s)
            raise error
