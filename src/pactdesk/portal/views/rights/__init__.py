"""Who may act for whom: rights given, held and asked for, roles of colleagues, support groups, subscriptions."""
