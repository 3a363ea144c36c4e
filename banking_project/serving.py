"""What a process that serves requests is told before its settings are read; a command is not."""

import os


def be_served() -> None:
    """Let statements be cut, and the database be reached through DATABASE_POOLER_URL if there is one.

    Call it before anything reads the settings.
    """
    os.environ.setdefault("STATEMENT_TIMEOUT_MS", "5000")  # a command's statements take their time
    os.environ["BANKING_SERVES"] = "1"
