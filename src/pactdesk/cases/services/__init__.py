"""Verbs of the guided request."""
