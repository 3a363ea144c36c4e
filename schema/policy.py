"""Who may see what: one table of roles and classifications, whose rows each role sees, who may run what.

What is not written here is refused. `own` is what a customer sees of their own data, whatever their roles.
"""

from domains.identity.emergencies import ROLE as BREAK_GLASS
from domains.identity.roles import Role
from gateway.access import ANYONE, EVERY_ROW, EVERY_USER, OWN_ROWS, Policy
from gateway.classification import Classification as C
from gateway.classification import Decision
from schema.rows import ALERTS, ASSIGNED, DELIVERED, ONESELF, OWNED, SUBSCRIBED, TRIED

SHOW, MASK, HIDE = Decision.SHOW, Decision.MASK, Decision.HIDE

CUSTOMER, MANAGER = Role.CUSTOMER.value, Role.RELATIONSHIP_MANAGER.value
OFFICER, OPERATIONS = Role.KYC_OFFICER.value, Role.OPERATIONS.value
AUDITOR, ADMINISTRATOR, SERVICE = Role.AUDITOR.value, Role.ADMINISTRATOR.value, Role.SERVICE.value

_ORDER = (C.PUBLIC, C.PERSONAL, C.CONTACT, C.IDENTITY_NUMBER, C.FINANCIAL, C.SECRET)


def _row(*decisions: Decision) -> dict[C, Decision]:
    return dict(zip(_ORDER, decisions, strict=True))


def _by_name(names: dict[str, str]) -> dict[str, str]:
    """Return entity or mutation -> resource, from resource -> their names."""
    return {name: resource for resource, named in names.items() for name in named.split()}


POLICY = Policy(
    #                     PUBLIC PERSONAL CONTACT IDENTITY FINANCIAL SECRET
    own=_row(             SHOW,  SHOW,    SHOW,   SHOW,    SHOW,     HIDE),
    roles={
        CUSTOMER: _row(   SHOW,  HIDE,    HIDE,   HIDE,    HIDE,     HIDE),
        MANAGER: _row(    SHOW,  SHOW,    SHOW,   MASK,    SHOW,     HIDE),
        OFFICER: _row(    SHOW,  SHOW,    SHOW,   SHOW,    SHOW,     HIDE),
        OPERATIONS: _row( SHOW,  SHOW,    MASK,   MASK,    SHOW,     HIDE),
        AUDITOR: _row(    SHOW,  SHOW,    MASK,   MASK,    SHOW,     HIDE),
        ADMINISTRATOR: _row(SHOW, SHOW,   SHOW,   MASK,    SHOW,     HIDE),
        SERVICE: _row(    SHOW,  HIDE,    HIDE,   HIDE,    HIDE,     HIDE),
        BREAK_GLASS: _row(SHOW,  SHOW,    SHOW,   SHOW,    SHOW,     HIDE),  # beside the roles, for a short time
    },
    rows={
        CUSTOMER: OWN_ROWS,
        MANAGER: ASSIGNED,
        OFFICER: EVERY_ROW,
        OPERATIONS: EVERY_ROW,
        AUDITOR: EVERY_ROW,
        ADMINISTRATOR: EVERY_ROW,
        BREAK_GLASS: EVERY_ROW,
    },
    entity_rows={
        "Provider": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW, OFFICER: EVERY_ROW},
        "ProviderVersion": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "MaintenanceWindow": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "ProviderExchange": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "SystemConfig": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW},
        "SystemConfigVersion": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "User": dict.fromkeys(Role.values, ONESELF) | {ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "ApiKey": dict.fromkeys(Role.values, OWNED) | {ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "AuditLog": {AUDITOR: EVERY_ROW, OPERATIONS: ALERTS, ADMINISTRATOR: ALERTS},
        **{
            entity: dict.fromkeys(Role.values, owned)
            | dict.fromkeys((OPERATIONS, ADMINISTRATOR, AUDITOR), EVERY_ROW)
            for entity, owned in (
                ("Subscription", SUBSCRIBED), ("Delivery", DELIVERED), ("DeliveryTry", TRIED),
            )
        },
        "Case": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "Reconciliation": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "ProviderNotice": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "Job": {OPERATIONS: EVERY_ROW, ADMINISTRATOR: EVERY_ROW, AUDITOR: EVERY_ROW},
        "KYCEvidence": dict.fromkeys((OFFICER, OPERATIONS, AUDITOR, ADMINISTRATOR), EVERY_ROW),
        "KYCDecision": dict.fromkeys((OFFICER, OPERATIONS, AUDITOR, ADMINISTRATOR), EVERY_ROW),
        "KYCReviewCase": {OFFICER: EVERY_ROW, OPERATIONS: EVERY_ROW},
        "KYCTask": {OFFICER: EVERY_ROW, OPERATIONS: EVERY_ROW},
    },
    mutations={
        "tokenAuth": frozenset({ANYONE}),
        "refreshToken": frozenset({ANYONE}),
        "verifyToken": frozenset({ANYONE}),
        "revokeToken": frozenset({ANYONE}),
        "changePassword": frozenset({EVERY_USER}),
        "createApiKey": frozenset({OPERATIONS, ADMINISTRATOR, SERVICE}),
        "rotateApiKey": frozenset({OPERATIONS, ADMINISTRATOR, SERVICE}),
        "revokeApiKey": frozenset({OPERATIONS, ADMINISTRATOR, SERVICE}),
        "breakGlass": frozenset({MANAGER, OFFICER, OPERATIONS, ADMINISTRATOR}),
        "endBreakGlass": frozenset({EVERY_USER}),
        "exportAudit": frozenset({AUDITOR}),
        "grantRole": frozenset({ADMINISTRATOR}),
        "revokeRole": frozenset({ADMINISTRATOR}),
        "createUser": frozenset({ADMINISTRATOR}),
        "resetPassword": frozenset({ADMINISTRATOR}),
        "confirmLogin": frozenset({ADMINISTRATOR}),
        "assignCustomer": frozenset({ADMINISTRATOR}),
        "unassignCustomer": frozenset({ADMINISTRATOR}),
        "createCustomer": frozenset({OFFICER, OPERATIONS, ADMINISTRATOR}),
        "updateCustomer": frozenset({OFFICER, OPERATIONS, ADMINISTRATOR}),
        "changeMobile": frozenset({OFFICER, OPERATIONS, ADMINISTRATOR}),
        "closeCustomer": frozenset({OPERATIONS, ADMINISTRATOR}),
        "linkLogin": frozenset({ADMINISTRATOR}),
        "registerProvider": frozenset({OPERATIONS, ADMINISTRATOR}),
        "changeProvider": frozenset({OPERATIONS, ADMINISTRATOR}),
        "rollBackProvider": frozenset({OPERATIONS, ADMINISTRATOR}),
        "setProviderCredentials": frozenset({OPERATIONS, ADMINISTRATOR}),
        "testProvider": frozenset({OPERATIONS, ADMINISTRATOR}),
        "planMaintenance": frozenset({OPERATIONS, ADMINISTRATOR}),
        "cancelMaintenance": frozenset({OPERATIONS, ADMINISTRATOR}),
        # Personal data in clear: for who answers for the system, with a reason that is kept.
        "openExchange": frozenset({ADMINISTRATOR}),
        "changeSystemConfig": frozenset({OPERATIONS, ADMINISTRATOR}),
        "rollBackSystemConfig": frozenset({OPERATIONS, ADMINISTRATOR}),
        "initiatePayment": frozenset({CUSTOMER, OPERATIONS}),
        "transfer": frozenset({CUSTOMER, OPERATIONS}),
        "placeOrder": frozenset({CUSTOMER, OPERATIONS}),
        "placeFundOrder": frozenset({CUSTOMER, OPERATIONS}),
        "cancelTransaction": frozenset({CUSTOMER, OPERATIONS}),
        "retryTransaction": frozenset({CUSTOMER, OPERATIONS}),
        "reverseTransaction": frozenset({OPERATIONS}),
        "subscribe": frozenset({CUSTOMER, OPERATIONS, ADMINISTRATOR}),
        "unsubscribe": frozenset({CUSTOMER, OPERATIONS, ADMINISTRATOR}),
        "replayDelivery": frozenset({CUSTOMER, OPERATIONS, ADMINISTRATOR}),
        "reconcile": frozenset({OPERATIONS, ADMINISTRATOR}),
        "takeCase": frozenset({OPERATIONS, ADMINISTRATOR}),
        "closeCase": frozenset({OPERATIONS, ADMINISTRATOR}),
        "releaseJob": frozenset({OPERATIONS, ADMINISTRATOR}),
        "mendJob": frozenset({OPERATIONS, ADMINISTRATOR}),
        # In which state they may, and of whose profile: domains.kyc.machine.
        "createKycProfile": frozenset({CUSTOMER, MANAGER, OFFICER, OPERATIONS}),
        "updateKycProfile": frozenset({CUSTOMER, MANAGER, OFFICER, OPERATIONS}),
        "attachKycDocument": frozenset({CUSTOMER, MANAGER, OFFICER, OPERATIONS}),
        "submitKycProfile": frozenset({CUSTOMER, MANAGER, OFFICER, OPERATIONS}),
        "renewKycProfile": frozenset({CUSTOMER, MANAGER, OFFICER, OPERATIONS}),
        "verifyKycProfile": frozenset({OFFICER, OPERATIONS}),
        "recordKycEvidence": frozenset({OFFICER}),
        "proposeKycDecision": frozenset({OFFICER}),
        "confirmKycDecision": frozenset({OFFICER}),
        "returnKycDecision": frozenset({OFFICER}),
        "holdKycProfile": frozenset({OFFICER, OPERATIONS}),
        "resumeKycProfile": frozenset({OFFICER, OPERATIONS}),
        "resolveKycReviewCase": frozenset({OFFICER, OPERATIONS}),
        "claimKycTask": frozenset({OFFICER, OPERATIONS}),
        "releaseKycTask": frozenset({OFFICER, OPERATIONS}),
    },
    # Granting roles, deciding on people and opening what was exchanged are left out: they take a person.
    resources=_by_name({
        "customers": "Customer MobileTenure createCustomer updateCustomer changeMobile closeCustomer linkLogin",
        "assignments": "assignCustomer unassignCustomer",
        "kyc": "KYCProfile KYCStateChange KYCEvidence KYCDecision KYCReviewCase KYCNotice KYCTask KYCDocument "
        "attachKycDocument "
        "createKycProfile updateKycProfile submitKycProfile renewKycProfile verifyKycProfile "
        "holdKycProfile resumeKycProfile claimKycTask releaseKycTask",
        "demat": "DematAccount DematHolder",
        "portfolios": "Portfolio Holding UnitEntry Security",
        "providers": "Provider ProviderVersion MaintenanceWindow ProviderExchange registerProvider changeProvider "
        "rollBackProvider setProviderCredentials testProvider planMaintenance cancelMaintenance",
        "configuration": "SystemConfig SystemConfigVersion changeSystemConfig rollBackSystemConfig",
        "transactions": "Transaction TransactionEvent Attempt initiatePayment transfer placeOrder placeFundOrder "
        "cancelTransaction retryTransaction reverseTransaction",
        "subscriptions": "Subscription Delivery DeliveryTry subscribe unsubscribe replayDelivery",
        "reconciliation": "Case Reconciliation ProviderNotice reconcile takeCase closeCase",
        "users": "User",
        "api_keys": "ApiKey createApiKey rotateApiKey revokeApiKey",
        "audit": "AuditLog exportAudit",
        "jobs": "Job releaseJob mendJob",
    }),
    # Who is not shown mobile numbers in clear and still finds a customer by an exact one (each look-up is
    # receipted and charged).
    lookups={"Query.customer": frozenset({OPERATIONS, AUDITOR})},
    # RBI, Master Direction on KYC: the risk category is not to be revealed to the customer.
    # Nor is it to learn from a reason that a report on them was made (PMLA rules: no tipping off).
    exceptions={
        (CUSTOMER, "KYCProfile.riskCategory"): HIDE,
        (CUSTOMER, "KYCProfile.checksMissing"): HIDE,
        (CUSTOMER, "KYCProfile.checksUnderWay"): HIDE,
        (CUSTOMER, "KYCProfile.documentsMissing"): HIDE,  # it tells the risk
        (CUSTOMER, "KYCStateChange.riskCategory"): HIDE,
        (CUSTOMER, "KYCStateChange.reason"): HIDE,
        (CUSTOMER, "KYCStateChange.evidence"): HIDE,
        (CUSTOMER, "KYCStateChange.makerName"): HIDE,
        (CUSTOMER, "KYCStateChange.checkerName"): HIDE,
        # Who looks after a customer need not know who else saw them.
        **{(role, "Customer.accessHistory"): HIDE for role in (MANAGER, OFFICER, OPERATIONS)},
    },
    explainers=frozenset({OPERATIONS, ADMINISTRATOR}),
    # Whose daily work is not with customers says why when they read one.
    state_purpose=frozenset({AUDITOR, ADMINISTRATOR, BREAK_GLASS}),
)  # fmt: skip
