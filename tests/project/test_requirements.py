"""What runs needs nothing but what is installed to run: the packages of the tests are not there then."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]

# What the web server and the worker load, where the packages that are named cannot be found.
LOAD = """
import os, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

absent = set(sys.argv[1:])
sys.meta_path.insert(0, Absent())
os.environ["DJANGO_SETTINGS_MODULE"] = "pactdesk.project.settings"
import django
django.setup()
import pactdesk.project.serve, pactdesk.project.urls, pactdesk.project.worker, pactdesk.project.wsgi
"""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_runs_is_installed_to_run() -> None:
    locked = (ROOT / "requirements" / "run.txt").read_text()
    installed = {canonical(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", locked, re.MULTILINE)}
    absent = [
        package
        for package, distributions in packages_distributions().items()
        if not {canonical(each) for each in distributions} & {*installed, "pactdesk"}
    ]
    assert "pytest" in absent
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, *absent], capture_output=True, text=True, check=False, timeout=120
    )
    assert loaded.returncode == 0, loaded.stderr
