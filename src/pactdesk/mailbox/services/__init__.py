"""What is done with mails that come in: `receiving` keeps them, `processing` makes messages of them, `deciding` is for
operators, `keeping` ends it."""
