"""The closed sets of words that are said about providers."""

from django.db import models


class Capability(models.TextChoices):
    """What an external system can do."""

    PAYMENT_RAIL = "PAYMENT_RAIL"
    KYC_BUREAU = "KYC_BUREAU"
    DEPOSITORY = "DEPOSITORY"
    PRICE_SOURCE = "PRICE_SOURCE"
    ACCOUNT_AGGREGATOR = "ACCOUNT_AGGREGATOR"
    ORDER_VENUE = "ORDER_VENUE"


class Outcome(models.TextChoices):
    """What a call came to.

    UNKNOWN: whether it was done can't be told, so nobody may call it failed or send it elsewhere; it has to be
    asked for. A call that may be repeated never ends so: then the same doubt is RETRYABLE.
    """

    ACCEPTED = "ACCEPTED"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    RETRYABLE = "RETRYABLE"
    UNKNOWN = "UNKNOWN"


class Breaker(models.TextChoices):
    """Where a circuit breaker stands. HALF_OPEN: a few probes are let through."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


# After which codes an attempt may be made again, where that is safe at all; a provider may be given fewer.
RETRIED = (
    "PROVIDER_UNREACHABLE",
    "PROVIDER_TIMEOUT",
    "PROVIDER_CUT_OFF",
    "PROVIDER_ERROR",
    "PROVIDER_ANSWER_INVALID",
    "PROVIDER_ANSWER_NOT_GENUINE",
    "PROVIDER_RATE_LIMITED",
)

# The action by which a provider's health is checked; every adapter has it.
PROBE = "ping"
