"""Which handler does which kind of job; whoever promises a kind has its handler named here."""

from domains.jobs.engine import Handlers, work_one
from domains.kyc.verification import CHECK_JOB, do_check
from domains.transactions.beginning import DISPATCH
from domains.transactions.dispatch import dispatch
from domains.transactions.notices import NOTICE, work_off
from domains.transactions.subscriptions import DELIVER, deliver

# Lanes with threads of their own: no subscriber that takes its time keeps a payment waiting, and no silent
# provider the notice that would tell what it does not answer.
PROVIDERS: Handlers = {CHECK_JOB: do_check, DISPATCH: dispatch}
NOTICES: Handlers = {NOTICE: work_off}
SUBSCRIBERS: Handlers = {DELIVER: deliver}
HANDLERS: Handlers = {**PROVIDERS, **NOTICES, **SUBSCRIBERS}


def do_provider_job() -> bool:
    """Do one due job that asks a provider; return False when none is due."""
    return work_one(PROVIDERS)


def do_notice_job() -> bool:
    """Work one notice off; return False when none is due."""
    return work_one(NOTICES)


def do_subscriber_job() -> bool:
    """Tell one subscriber of one event; return False when none is due."""
    return work_one(SUBSCRIBERS)
