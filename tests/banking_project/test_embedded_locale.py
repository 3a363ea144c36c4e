"""The embedded database compares texts alike on every machine, whatever the environment says."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import BASE_DIR

TOLD = """
import psycopg2
from banking_project import embedded_postgres as embedded
embedded.ensure_running()
try:
    connection = psycopg2.connect(host=embedded.socket_directory(), user="postgres", dbname=embedded.DATABASE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()")
        print(*cursor.fetchone())
    connection.close()
finally:
    embedded.stop()
"""


def test_a_new_database_takes_its_locale_from_nobody(tmp_path: Path) -> None:
    environment = {**os.environ, "BANKING_VAR": str(tmp_path), "LANG": "POSIX", "LC_ALL": "POSIX"}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TOLD],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == ["C.UTF-8", "C.UTF-8"], done.stderr
