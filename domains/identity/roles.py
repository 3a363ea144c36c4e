"""The roles that a user may have."""

from django.db import models


class Role(models.TextChoices):
    """The roles; each is a group of that name, made by the migration."""

    CUSTOMER = "customer"
    RELATIONSHIP_MANAGER = "relationship_manager"
    KYC_OFFICER = "kyc_officer"
    OPERATIONS = "operations"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"
