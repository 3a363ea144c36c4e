"""The closed sets of words of KYC."""

import strawberry

from domains.kyc import models

KYCStatus = models.KYCStatus
strawberry.enum(KYCStatus, name="KYCStatus", description="Where the verification stands.")
RiskCategory = models.RiskCategory
strawberry.enum(RiskCategory, name="RiskCategory", description="How closely a customer is watched.")
KYCAction = models.Action
strawberry.enum(KYCAction, name="KYCAction", description="What can be done to a KYC profile.")
KYCCheck = models.Check
strawberry.enum(KYCCheck, name="KYCCheck", description="What is checked of a KYC profile.")
KYCFinding = models.Finding
strawberry.enum(
    KYCFinding,
    name="KYCFinding",
    description="What a check found; DOUBTFUL leaves it to the officers' judgement.",
)
KYCVerdict = models.Verdict
strawberry.enum(KYCVerdict, name="KYCVerdict", description="What a maker proposes.")
KYCDecisionOutcome = models.DecisionOutcome
strawberry.enum(
    KYCDecisionOutcome,
    name="KYCDecisionOutcome",
    description="What a checker said; WITHDRAWN when a hold came in between.",
)
KYCResolution = models.Resolution
strawberry.enum(KYCResolution, name="KYCResolution", description="Whose a contested PAN turned out to be.")
KYCNoticeChannel = models.NoticeChannel
strawberry.enum(KYCNoticeChannel, name="KYCNoticeChannel", description="How a customer is told.")
KYCTaskKind = models.TaskKind
strawberry.enum(
    KYCTaskKind,
    name="KYCTaskKind",
    description="What is to be done: verify a profile, check a decision, review a contested PAN.",
)
KYCTaskState = models.TaskState
strawberry.enum(KYCTaskState, name="KYCTaskState", description="Where a task stands.")
