"""`python -m pactdesk` is the command `pactdesk`."""

from pactdesk.project.cli import main

raise SystemExit(main())
