"""What this room does: owing and handing over mails (`outbox`), endpoints and their verbs (`endpoints`), writing events
down (`announcing`) and handing them over (`delivering`)."""
