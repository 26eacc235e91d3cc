"""Purchases: paid incidents, from the order through the payment to what it grants, and back.

Words: an *offer* is what is sold at a price (catalog); a *purchase* is one order of it by a personal account; a
*payment* is what the provider takes for it; a *card* is known by its brand, its last four digits and its last month; a
purchase is *granted* when its agreement is issued, *refunded* when the money went back, and *disputed* when the buyer's
bank asks for it.
Ask here: `queries.purchases`, `queries.purchase_page`, `queries.cards`, `rules.buying`. Act here: `services.ordering`,
`services.cards`, `services.refunds`, `services.events`, `services.completing`.
Not here: what is sold where (catalog), what is left of it (agreements), letters and pages.
"""
