"""The depository: every BO ID of sixteen digits holds a few securities; one that begins with 0000 is unknown."""

from datetime import UTC, datetime

from sandbox.world import Answered, Asked, Service, refusal

ISINS = ("INE009A01021", "INE040A01034", "INE002A01018", "INF200K01VA9", "INE467B01029")


def holdings(asked: Asked) -> Answered:
    """Tell what an account holds."""
    bo_id = str(asked.body["bo_id"])
    if not (bo_id.isdecimal() and len(bo_id) == 16):
        return refusal(400, "INVALID_INPUT", "A BO ID has sixteen digits.")
    if bo_id.startswith("0000"):
        return refusal(404, "NO_SUCH_ACCOUNT", "There is no such account.")
    chance = asked.world.chance("holdings", bo_id)
    held = sorted(chance.sample(ISINS, chance.randint(1, 4)))
    return 200, {
        "status": "OK",
        "as_of": datetime.now(UTC).isoformat(),
        "holdings": [{"isin": isin, "units": f"{chance.randint(1, 900)}.000000"} for isin in held],
    }


SERVICE = Service("depository", {"POST holdings": holdings})
