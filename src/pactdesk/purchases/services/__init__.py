"""Verbs on purchases. Each phase is a transaction of its own, and the provider is asked between them, never in one."""
