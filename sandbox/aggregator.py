"""The account aggregator: a customer consents at once, and a statement is had under the consent.

A mobile number that ends in 000 never answers: its consent stays pending.
"""

from sandbox.world import Answered, Asked, Service, refusal

HOLDER = {"name": "Sandbox Holder", "dob": "1980-01-01", "pan": "ABCPS1234D"}


def ask_consent(asked: Asked) -> Answered:
    """Ask a customer for consent; the same customer and kind have one consent."""
    mobile, fi_type = str(asked.body["mobile"]), str(asked.body["fi_type"])
    number = asked.world.chance("consent", mobile, fi_type).getrandbits(64)
    consent_id = f"CONSENT-{number:016X}"
    pending = mobile.endswith("000")
    with asked.world.lock:
        asked.memory[consent_id] = {"mobile": mobile, "fi_type": fi_type, "pending": pending}
    return 200, {"status": "PENDING" if pending else "OK", "consent_id": consent_id}


def statement(asked: Asked) -> Answered:
    """Tell the statement of an account that was consented to."""
    consent_id = str(asked.body["consent_id"])
    with asked.world.lock:
        consent = asked.memory.get(consent_id)
    if consent is None:
        return refusal(404, "NO_CONSENT", "There is no such consent.")
    if consent["pending"]:
        return refusal(409, "NO_CONSENT", "The customer has not consented yet.")
    balance = asked.world.chance("balance", consent_id).randint(10_000, 90_000_000)
    return 200, {
        "status": "OK",
        "account": {
            "type": "deposit",
            "version": "2.0.0",
            "linkedAccRef": consent_id,
            "Profile": {"Holders": {"Holder": [{**HOLDER, "mobile": consent["mobile"]}]}},
            "Summary": {"currentBalance": f"{balance // 100}.{balance % 100:02}", "currency": "INR"},
        },
    }


SERVICE = Service("aggregator", {"POST consents": ask_consent, "POST statements": statement})
