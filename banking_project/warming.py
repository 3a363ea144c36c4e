"""Which plans every gateway makes before it serves: of the explorer's examples, endpoints, stored documents."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections

from domains.identity.roles import Role
from gateway.failures import RequestError
from gateway.models import StoredDocument
from gateway.rehearsal import rehearse
from gateway.viewer import Profile
from gateway.warming import Asked, Made, warm
from schema.root import gateway

STORED_MAX = 50  # of stored documents, the newest

_made: list[Made] = []  # filled before the workers are forked

log = logging.getLogger("banking_project.warming")


def warm_plans() -> int:
    """Make the main plans and return their number; leave no connection open, since workers are forked next.

    A database that does not answer, or is not migrated yet, stops nothing: plans are then made when asked for.
    """
    try:
        _made[:] = warm(gateway(), [*_files(), *_stored()], _profiles())
    except (DatabaseError, RequestError) as error:
        log.warning("No plans were made before the first request: %s.", type(error).__name__)
        _made.clear()
    finally:
        connections.close_all()
    return len(_made)


def rehearse_requests(*, pause_s: float = 0.0) -> int:
    """Run what was made on the connection of this thread, and return how many statements there were."""
    return rehearse(gateway(), _made, pause_s=pause_s)


def _profiles() -> list[Profile]:
    """Return a user's profile for each role."""
    return [Profile("USER", frozenset({role}), is_customer=role == Role.CUSTOMER) for role in Role.values]


def _files() -> Iterator[Asked]:
    for folder in ("explorer/operations", "rest"):
        for file in sorted(Path(settings.BASE_DIR, folder).glob("*.graphql")):
            beside = file.with_suffix(".variables.json")
            text = file.read_text("utf-8")
            # The explorer sends its examples without the space around them, an endpoint the whole file.
            asked = text.strip() if folder == "explorer/operations" else text
            yield asked, json.loads(beside.read_text("utf-8")) if beside.exists() else {}


def _stored() -> Iterator[Asked]:
    for text in StoredDocument.objects.order_by("-stored_at").values_list("text", flat=True)[:STORED_MAX]:
        yield text, {}
