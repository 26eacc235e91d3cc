"""Read models of requests and drafts."""
