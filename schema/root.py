"""The roots of the graph, gathered from the domains, and the gateway that answers over them."""

from functools import lru_cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from domains.customers.queries import customer_id_for_login
from gateway.declaration import announcement, node_lookup
from gateway.pipeline import Gateway
from schema.audit import AuditQueries
from schema.audit_proofs import AuditMutations, AuditProofQueries
from schema.cases import CaseMutations, CaseQueries
from schema.config_mutations import ConfigMutations
from schema.customer_mutations import CustomerMutations
from schema.customers import CustomerQueries
from schema.demat import DematQueries
from schema.emergency_mutations import EmergencyMutations
from schema.explanations import ExplanationQueries
from schema.identity import IdentityQueries
from schema.jobs import JobMutations, JobQueries
from schema.key_mutations import KeyMutations
from schema.kyc.document_mutations import KYCDocumentMutations
from schema.kyc.mutations import KYCMutations
from schema.kyc.profiles import KYCQueries
from schema.kyc.reviews import KYCReviewQueries
from schema.kyc.tasks import KYCTaskQueries
from schema.me import MeQueries
from schema.node import Node
from schema.policy import POLICY
from schema.portfolios import PortfolioQueries
from schema.provider_mutations import ProviderMutations
from schema.providers import ProviderQueries
from schema.role_mutations import RoleMutations
from schema.scalars import SCALARS
from schema.subscriptions import SubscriptionMutations, SubscriptionQueries
from schema.token_mutations import TokenMutations
from schema.transaction_mutations import TransactionMutations
from schema.transactions import TransactionEvent, TransactionQueries
from schema.user_mutations import UserMutations


@strawberry.type(description="Everything that can be read.")
class Query(
    CustomerQueries,
    KYCQueries,
    KYCReviewQueries,
    KYCTaskQueries,
    DematQueries,
    PortfolioQueries,
    TransactionQueries,
    ProviderQueries,
    IdentityQueries,
    AuditQueries,
    AuditProofQueries,
    JobQueries,
    CaseQueries,
    SubscriptionQueries,
    ExplanationQueries,
    MeQueries,
):
    """Everything that can be read."""

    node: Node | None = node_lookup("Anything by its global id.")


@strawberry.type(description="Everything that can be changed.")
class Mutation(
    TokenMutations,
    KeyMutations,
    RoleMutations,
    UserMutations,
    CustomerMutations,
    KYCMutations,
    KYCDocumentMutations,
    ProviderMutations,
    ConfigMutations,
    TransactionMutations,
    CaseMutations,
    SubscriptionMutations,
    JobMutations,
    AuditMutations,
    EmergencyMutations,
):
    """Everything that can be changed."""


@strawberry.type(description="What is told as it happens, by the live feed.")
class Announcements:
    """What is told as it happens, by the live feed."""

    transaction_changed: TransactionEvent | None = announcement(
        "Each change of a transaction that you may see; that is asked at each of them anew."
    )


@lru_cache(maxsize=1)
def schema() -> strawberry.Schema:
    """Return the schema, built once."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Announcements,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


@lru_cache(maxsize=1)
def gateway() -> Gateway:
    """Return the gateway over the schema and the policy, built once."""
    return Gateway(schema(), POLICY, customer_of=customer_id_for_login)
