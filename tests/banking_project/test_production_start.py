"""Production starts with all that it needs, or says in one sentence each what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from banking_project.production import faults
from domains.vault.keysets import make_keyring
from domains.vault.signing import make_signing_keys
from tests.banking_project.conftest import GUNICORN, MANAGE, production_environment
from tests.conftest import BASE_DIR

MISSING = [
    "Set DJANGO_SECRET_KEY",
    "Set ALLOWED_HOSTS",
    "DJANGO_DEBUG is set",
    "Set BANKING_KEYRING_FILE",
    "Set BANKING_SIGNING_KEYS_FILE",
    "Set PROVIDER_NOTICES_URL",
]
WSGI = [sys.executable, "-W", "ignore", "-c", "import banking_project.wsgi"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return production_environment(tmp_path)


def start(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def refusals(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> list[str]:
    """Return the faults of production in this environment, asked in this process."""
    for name in (
        "BANKING_KEYRING",
        "BANKING_SIGNING_KEYS",
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "DJANGO_DEBUG",
    ):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return faults()


@pytest.mark.parametrize(
    "command", [[*MANAGE, "migrate"], [*MANAGE, "serve"], GUNICORN], ids=["migrate", "serve", "gunicorn"]
)
def test_a_start_without_anything_names_all_that_is_missing_and_shows_no_traceback(
    environment: dict[str, str], command: list[str]
) -> None:
    for name in (
        "DJANGO_SECRET_KEY", "ALLOWED_HOSTS", "BANKING_KEYRING_FILE", "BANKING_SIGNING_KEYS_FILE",
        "PROVIDER_NOTICES_URL",
    ):  # fmt: skip
        del environment[name]
    done = start(command, environment | {"DJANGO_DEBUG": "1"})
    assert done.returncode == 1
    assert done.stdout == ""
    sentences = done.stderr.strip().splitlines()
    assert [sentence.startswith(fault) for sentence, fault in zip(sentences, MISSING, strict=True)] == [
        True
    ] * len(MISSING)


def test_another_server_than_gunicorn_is_refused_as_well(environment: dict[str, str]) -> None:
    del environment["ALLOWED_HOSTS"]
    done = start(WSGI, environment)
    assert done.returncode != 0
    assert "Set ALLOWED_HOSTS" in done.stderr


def test_with_all_that_it_needs_the_deployment_check_finds_nothing(environment: dict[str, str]) -> None:
    done = start([*MANAGE, "check", "--deploy", "--fail-level", "DEBUG"], environment)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"DJANGO_SECRET_KEY": "short"}, "DJANGO_SECRET_KEY is weak"),
        ({"DJANGO_SECRET_KEY": "ab" * 40}, "DJANGO_SECRET_KEY is weak"),
        (
            {"DJANGO_SECRET_KEY": "django-insecure-" + "abcdefghijklmnopqrstuvwxyz" * 2},
            "made for development",
        ),
        ({"ALLOWED_HOSTS": " , "}, "Set ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "gateway.example,*"}, "name the hosts"),
        ({"DJANGO_DEBUG": "true"}, "DJANGO_DEBUG is set"),
        ({"BANKING_KEYRING_FILE": "/no/such/file"}, "BANKING_KEYRING_FILE names can't be read"),
        ({"BANKING_KEYRING_FILE": "/dev/null"}, "The keyring can't be read"),
        (
            {"BANKING_KEYRING_FILE": "", "BANKING_KEYRING": make_keyring(demo=True)},
            "keyring was made for the demo",
        ),
        ({"BANKING_SIGNING_KEYS_FILE": "/dev/null"}, "The signing keys can't be read"),
        (
            {"BANKING_SIGNING_KEYS_FILE": "", "BANKING_SIGNING_KEYS": make_signing_keys(demo=True)},
            "BANKING_SIGNING_KEYS were made for the demo",
        ),
        ({"DATABASE_URL": "postgres://app:secret-word@db.example/banking"}, "sslmode"),
        (
            {"DATABASE_OWNER_URL": "postgres://app:secret-word@10.0.0.7/banking"},
            "DATABASE_OWNER_URL names another",
        ),
        ({"DATABASE_URL": "secret-word"}, "DATABASE_URL can't be read"),
        (
            {"DATABASE_URL": "postgres://app:secret-word@db.example:port/banking"},
            "DATABASE_URL can't be read",
        ),
        ({"DATABASE_URL": "sqlite:///secret-word"}, "must name a PostgreSQL database"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8,nonsense"}, "TRUSTED_PROXIES"),
        ({"PROVIDER_NOTICES_URL": "http://api.example/provider-notices"}, "must be an https address"),
        ({"PROVIDER_NOTICES_URL": "https://api.example"}, "must be an https address with a path"),
        ({"PROVIDER_NOTICES_URL": "https://u:secret-word@api.example/notices"}, "without a query or a pass"),
        ({"PROVIDER_NOTICES_URL": "https://[secret-word/notices"}, "must be an https address"),
        ({"BANKING_ENVIRONMENT": "prod"}, "it must be 'demo' or 'production'"),
    ],
)
def test_each_fault_is_one_sentence_that_quotes_no_secret(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], sentence: str
) -> None:
    [told] = refusals(monkeypatch, environment | changed)
    assert sentence in told
    assert told.endswith(".")
    assert "\n" not in told
    assert "secret-word" not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgres://app@%2Fvar%2Frun%2Fpostgresql/banking",
        "postgres://app@localhost/banking",
        "postgres://app:p@db.example/banking?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "postgres://app:p@db.example/banking?sslmode=disable",
    ],
)
def test_a_database_here_or_with_a_stated_sslmode_is_taken(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    assert refusals(monkeypatch, environment | {"DATABASE_URL": url}) == []


def test_what_the_databases_address_states_reaches_the_driver(environment: dict[str, str]) -> None:
    """Among it sslmode: dropped, the connection would be in clear without anyone noticing."""
    url = "postgres://app:p@db.example/banking?sslmode=verify-full&sslrootcert=/etc/ca.pem&options=-c%20work_mem%3D8MB"
    code = (
        "from django.db import connections\n"
        "for alias in ('default', 'owner'):\n"
        "    given = connections[alias].get_connection_params()\n"
        "    print(given['sslmode'], given['sslrootcert'], given['connect_timeout'])\n"
        "    print('work_mem=8MB' in given['options'])"
    )
    command = [sys.executable, "-W", "ignore", "-c", f"import django; django.setup()\n{code}"]
    done = start(
        command, environment | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "banking_project.settings"}
    )
    assert done.stdout.splitlines() == ["verify-full /etc/ca.pem 5", "True"] * 2, done.stderr


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        ([*MANAGE, "check"], "ACCESS_TOKEN_SECONDS"),
        (GUNICORN, "SESSION_SECONDS"),
        (GUNICORN, "GATEWAY_LIMITS"),
        (GUNICORN, "PORT"),
    ],
)
def test_a_setting_that_can_not_be_read_is_one_sentence(
    environment: dict[str, str], command: list[str], variable: str
) -> None:
    done = start(command, environment | {variable: "ten"})
    assert done.returncode == 1
    assert done.stderr.startswith(f"{variable} must be")
    assert len(done.stderr.splitlines()) == 1


def test_keys_can_be_made_and_static_files_gathered_before_production_has_its_keys(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in production_environment(tmp_path).items()
        if not name.startswith("BANKING_")
    } | {"BANKING_ENVIRONMENT": "production", "BANKING_VAR": str(tmp_path / "var")}
    del environment["DJANGO_SECRET_KEY"]
    for arguments in (["make_keyring", str(tmp_path / "a")], ["make_signing_keys", str(tmp_path / "b")]):
        done = start([*MANAGE, *arguments], environment)
        assert done.returncode == 0, done.stderr
    done = start([*MANAGE, "collectstatic", "--noinput", "--dry-run"], environment)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "var").exists()


def test_a_worker_signs_the_audit_tree_with_keys_of_its_own_or_not_at_all(
    environment: dict[str, str], tmp_path: Path
) -> None:
    missing = start([*MANAGE, "worker"], environment)
    assert missing.returncode == 1
    assert "Set BANKING_AUDIT_KEYS_FILE" in missing.stderr
    (tmp_path / "audit.json").write_text(make_signing_keys(demo=True))
    demo = start([*MANAGE, "worker"], environment | {"BANKING_AUDIT_KEYS_FILE": str(tmp_path / "audit.json")})
    assert demo.returncode == 1
    assert "were made for the demo" in demo.stderr
