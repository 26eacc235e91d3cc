"""Verbs on rights: granting, changing and taking them back; subscriptions, roles on them, support groups."""
