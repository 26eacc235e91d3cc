"""What all tests stand on: a real PostgreSQL, a real browser, and no test that quietly does not run."""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from django.conf import settings
from django.db import connection
from django.template.base import Template
from django.test import TransactionTestCase
from django.test.utils import _TestState, instrumented_test_render
from django.utils import translation

from pactdesk.project import embedded_postgres
from pactdesk.project.translations import compile_stale
from tests import database

ROOT = Path(__file__).parents[1]
SERVER = ROOT / ".pactdesk" / "test"
SLOT = "PACTDESK_TEST_SLOT"
SLOT_LOCK = pytest.StashKey[IO[str]]()
AHEAD = pytest.StashKey[subprocess.Popen[bytes]]()
FILES = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
# The first one is the same browser without windows of its own, which take as long as the pages do.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def pytest_configure(config: pytest.Config) -> None:
    # Playwright keeps an event loop in the thread in which the tests use the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # the slow one is Django's to test
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    config.stash[FILES] = tempfile.TemporaryDirectory(prefix="pactdesk-files-")
    settings.STORAGES["files"]["OPTIONS"]["location"] = config.stash[FILES].name
    if not hasattr(config, "workerinput"):
        compile_stale()
        number, config.stash[SLOT_LOCK] = _free_slot()
        os.environ[SLOT] = str(number)
    # A test that commits is cleaned up after by us, which takes a tenth of the time.
    TransactionTestCase._fixture_teardown = lambda _case: database.empty()  # type: ignore[method-assign]


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: browsers, servers and killed workers keep their test waiting."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_sessionstart(session: pytest.Session) -> None:
    """Whoever only hands out tests has the database migrated, while those that get them load and begin with the rules.

    Where that fails, the first test that wants a database tells why.
    """
    if not hasattr(session.config, "workerinput") and session.config.getoption("numprocesses", None):
        ahead = [sys.executable, "-m", "tests.database", str(SERVER)]
        paths = os.pathsep.join(["src", "."])
        session.config.stash[AHEAD] = subprocess.Popen(
            ahead, cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, stderr=subprocess.DEVNULL
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs no database first: when the others begin, there is one."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/rules/"))


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end, so that looking through it again and again finds nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    if ahead := config.stash.get(AHEAD, None):
        ahead.terminate()
        ahead.wait()
    config.stash[FILES].cleanup()


def _free_slot() -> tuple[int, IO[str]]:
    """The number of a test database that no other run is using; it stays ours while the file is open."""
    SERVER.mkdir(mode=0o711, parents=True, exist_ok=True)
    for number in itertools.count(1):
        lock = open(SERVER / f"slot-{number}", "a")  # noqa: SIM115 - held until the run ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return number, lock
    raise AssertionError("unreachable")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI a skipped test is a failure: the part that it wants is to be installed, not done without."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") == "true" and skipped:
        reporter.write_line(f"\n{len(skipped)} skipped under CI, where every test has to run", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests use a server of their own, or that of DATABASE_URL; each run, and each xdist worker, its own database."""
    database.use_server(SERVER)
    connection.settings_dict["TEST"]["NAME"] = f"test_{connection.settings_dict['NAME']}_{os.environ[SLOT]}"
    request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")
    yield
    embedded_postgres.release(SERVER)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_modify_db_settings: None, django_db_blocker: Any, django_test_environment: None
) -> Iterator[None]:
    """A copy of a migrated database (`tests.database`) in the place of migrating one for every run and worker."""
    about = connection.settings_dict
    name, kept = str(about["TEST"]["NAME"]), about["NAME"]
    with django_db_blocker.unblock():
        database.copy_migrated(name, SERVER)
        connection.close()
        about["NAME"] = name
    yield
    with django_db_blocker.unblock():
        database.drop(name)
        about["NAME"] = kept


@pytest.fixture(autouse=True)
def _no_job_outlives_its_test(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Django empties its own tables after a test that commits; those of the job queue are not among them."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction")
    if commits or {"transactional_db", "live_server"} & set(request.fixturenames):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture(autouse=True)
def _no_team_outlives_its_test() -> Iterator[None]:
    """Teams and routing rules are kept in memory; those of a test are rolled back without anybody noticing."""
    yield
    from pactdesk.routing import queries as routing  # Django is set up by now

    routing.forget()


@pytest.fixture(scope="session", autouse=True)
def _told_of_no_context(django_test_environment: None) -> None:
    """Telling a test what every template was rendered with copies it all, for each of the templates in a page."""
    Template._render = _TestState.saved_data.template_render


@pytest.fixture
def contexts(_told_of_no_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that ask an answer for its `context`, as Django has it."""
    monkeypatch.setattr(Template, "_render", instrumented_test_render)


@pytest.fixture
def closed_channel(db: None) -> Iterator[str]:
    """The code of a channel of the example catalogue that is closed here as long as the test runs."""
    from pactdesk.catalog import queries as catalog  # Django is set up by now
    from pactdesk.catalog.models import Channel
    from tests import world

    world.catalogue()
    code = "business-applications"
    assert Channel.objects.filter(code=code).update(open=False) == 1
    catalog.forget()
    yield code
    catalog.forget()


@pytest.fixture(autouse=True)
def _every_test_begins_in_english() -> Iterator[None]:
    """A request leaves its language active in the thread, and the next test runs in the same one."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, kept from talking to anybody but us."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        pytest.fail(
            "Chromium is missing. `make test` installs it where it may; else install chromium-headless-shell."
        )
    quiet = [
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    quiet += ["--disable-sync", "--disable-gpu"]
    if os.geteuid() == 0:
        quiet.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": chromium, "args": quiet}


@pytest.fixture
def live_site(live_server: Any) -> str:
    """The address at which the site answers with the data of this test; the browser's `page` opens it."""
    return str(live_server.url)
