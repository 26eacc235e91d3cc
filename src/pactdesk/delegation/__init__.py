"""Who may act for whom: customers and their partners, delegations, subscriptions and the roles on them."""
