"""Pages of the administration that can be looked at only."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """No adding, no changing, no deleting: for a page of its own, or within that of another."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
