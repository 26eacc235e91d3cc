"""Checks that the migrations of each of our apps form one straight line: no forks, no merges."""

from __future__ import annotations

import os

import django
from django.apps import apps
from django.db.migrations.loader import MigrationLoader


def main() -> int:
    """Print every bend; answers 1 if there is one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pactdesk.project.settings")
    django.setup()
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("pactdesk.")}
    followers: dict[tuple[str, str], list[str]] = {}
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        for parent in migration.dependencies:
            if app in ours and parent[0] == app:
                followers.setdefault((app, parent[1]), []).append(name)
        if sum(parent[0] == app for parent in migration.dependencies) > 1 and app in ours:
            followers.setdefault((app, name), []).append("(it is a merge)")
    bends = {
        parent: names for parent, names in followers.items() if len(names) > 1 or "(it is a merge)" in names
    }
    for (app, parent), names in sorted(bends.items()):
        print(f"{app}.{parent} is followed by {' and '.join(sorted(names))}")
    return bool(bends)


if __name__ == "__main__":
    raise SystemExit(main())
