"""The tables of the domain, one file for each thing that they hold."""

from domains.kyc.models.decision import DecisionOutcome, KYCDecision, Verdict
from domains.kyc.models.document import DocumentKind, DocumentType, KYCDocument
from domains.kyc.models.evidence import Check, Finding, KYCEvidence
from domains.kyc.models.notice import KYCNotice, NoticeChannel
from domains.kyc.models.profile import KYCProfile, KYCStatus, RiskCategory
from domains.kyc.models.review import KYCReviewCase, Resolution
from domains.kyc.models.state_change import Action, KYCStateChange
from domains.kyc.models.task import KYCTask, TaskKind, TaskState

__all__ = [
    "Action",
    "Check",
    "DecisionOutcome",
    "DocumentKind",
    "DocumentType",
    "Finding",
    "KYCDecision",
    "KYCDocument",
    "KYCEvidence",
    "KYCNotice",
    "KYCProfile",
    "KYCReviewCase",
    "KYCStateChange",
    "KYCStatus",
    "KYCTask",
    "NoticeChannel",
    "Resolution",
    "RiskCategory",
    "TaskKind",
    "TaskState",
    "Verdict",
]
