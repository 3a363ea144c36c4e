"""What a reading discloses: a ReadShape, named by the digest of all that it says.

A receipt holds the name, and is sealed; so a shape that says something else than it said then is found.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def shape_digest(*, operation: str, field: str, levels: Mapping[str, Any]) -> str:
    """Return the name of what reading a root field of an operation discloses, SHA-256 in hex."""
    content = json.dumps([operation, field, levels], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
