"""Which handler does which kind of job; whoever promises a kind has its handler named here."""

from domains.jobs.engine import Handlers, work_one
from domains.kyc.verification import CHECK_JOB, do_check
from domains.transactions.beginning import DISPATCH
from domains.transactions.dispatch import dispatch
from domains.transactions.notices import NOTICE, work_off
from domains.transactions.subscriptions import DELIVER, deliver

HANDLERS: Handlers = {
    CHECK_JOB: do_check,
    DISPATCH: dispatch,
    NOTICE: work_off,
    DELIVER: deliver,
}


def do_job() -> bool:
    """Do one job that is due; return False when none is."""
    return work_one(HANDLERS)
