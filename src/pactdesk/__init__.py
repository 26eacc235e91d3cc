"""Pactdesk: a support desk for vendors who sell support through agreements and partners."""

__version__ = "0.1.0"
