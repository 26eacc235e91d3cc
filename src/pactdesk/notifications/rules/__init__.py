"""What can be decided without a database: which fact is which event (`events`), and when to try again (`retries`)."""
