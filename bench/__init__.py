"""Measurements of Pactdesk: `make bench`, or `python -m bench --help` for parts of it.

- place: an installation of its own (database server, web servers, worker), ended and removed afterwards
- world: people, agreements, sessions, drafts, and up to a million earlier requests
- load: the clients, a process of its own that speaks HTTP over kept-alive connections
- submitting: requests submitted over HTTP, beside pgbench writing the same rows
- pages: the list of requests at three sizes, server time and time over HTTP
- resources: memory, the worker, and how long starting takes
- profiling: where the time of one submission goes
- report: the table
"""
