"""Reading the outbox (`outbox`), endpoints and deliveries (`webhooks`)."""
