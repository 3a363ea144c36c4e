"""The KYC bureau: it knows every well-formed number, and thinks that it belongs to who says so.

What it answers otherwise is told by the number: a PAN that ends in `Z`, a reference, account or name that begins
with `0000` or holds `NOBODY` is unknown; a name that holds `MISMATCH` is registered for somebody else; one that
holds `LISTED` is on a sanctions list.
"""

from difflib import SequenceMatcher

from sandbox.world import Answered, Asked, Service, refusal

SOMEBODY_ELSE = "SOMEBODY ELSE ENTIRELY"


def verify_pan(asked: Asked) -> Answered:
    """Tell whether a PAN belongs to a name."""
    return _registered(asked, asked.body["pan"], unknown=str(asked.body["pan"]).endswith("Z"))


def verify_aadhaar(asked: Asked) -> Answered:
    """Tell whether the reference of an offline Aadhaar document belongs to a name."""
    return _registered(asked, asked.body["reference"])


def verify_bank_account(asked: Asked) -> Answered:
    """Tell whether a bank account belongs to a name."""
    return _registered(asked, f"{asked.body['ifsc']}/{asked.body['account']}")


def match_names(asked: Asked) -> Answered:
    """Tell how much two names resemble each other."""
    confidence = _likeness(str(asked.body["one"]), str(asked.body["other"]))
    return 200, {
        "status": "OK", "match": confidence >= 80, "confidence": confidence, "request_id": _request_id(asked),
    }  # fmt: skip


def screen(asked: Asked) -> Answered:
    """Look for a name on lists of sanctioned and politically exposed persons."""
    name = str(asked.body["name"])
    hits = [{"list": "SANDBOX SANCTIONS", "name": name}] if "LISTED" in name.upper() else []
    return 200, {
        "status": "OK", "match": bool(hits), "confidence": 97 if hits else 99, "hits": hits,
        "request_id": _request_id(asked),
    }  # fmt: skip


def _registered(asked: Asked, number: str, *, unknown: bool = False) -> Answered:
    name = str(asked.body["name"])
    account = str(number).rpartition("/")[2]
    if unknown or account.startswith("0000") or "NOBODY" in name.upper():
        return refusal(404, "NOT_FOUND", "There is no such number.")
    registered = SOMEBODY_ELSE if "MISMATCH" in name.upper() else name.upper()
    confidence = _likeness(name, registered)
    return 200, {
        "status": "OK", "match": confidence >= 80, "confidence": confidence, "registered_name": registered,
        "request_id": _request_id(asked),
    }  # fmt: skip


def _likeness(one: str, other: str) -> int:
    first, second = (" ".join(sorted(name.upper().split())) for name in (one, other))
    return round(100 * SequenceMatcher(None, first, second).ratio())


def _request_id(asked: Asked) -> str:
    return f"KB{asked.world.chance(asked.instance, str(sorted(asked.body.items()))).getrandbits(48):012X}"


SERVICE = Service(
    "kyc",
    {
        "POST pan/verify": verify_pan,
        "POST aadhaar/verify": verify_aadhaar,
        "POST bank-account/verify": verify_bank_account,
        "POST names/match": match_names,
        "POST screening": screen,
    },
)
