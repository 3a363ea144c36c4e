"""A process of its own that asks a bureau, once for each line of its input; started by the tests."""

import json
import sys

import django

if __name__ == "__main__":
    django.setup()
    from domains.providers.operations import ask_any
    from domains.providers.queries import candidates
    from domains.providers.words import Capability

    for _ in sys.stdin:
        before = [each.code for each in candidates(capability=Capability.KYC_BUREAU)]
        answer = ask_any(
            capability=Capability.KYC_BUREAU,
            action="verify_pan",
            request={"pan": "ABCPE1234F", "name": "Asha Rao"},
            correlation_id="correlation-1",
        )
        provider = answer.provider.code if answer.provider else None
        sys.stdout.write(json.dumps({"code": answer.code, "provider": provider, "before": before}) + "\n")
        sys.stdout.flush()
