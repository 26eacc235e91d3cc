"""Knowledge: articles that may answer a request before it is made.

Words: an *article* has a number, a revision, a last-review date, and says to which products, categories, problem types
and roles it applies; its *translations* hold the text, and English is the original; a *verdict* is what a reader says
about it (it solved the problem, or it did not help).
Ask here: `queries.suggestions`, `queries.article`, `queries.verdicts`. Act here: `services.record_verdict`,
`services.load`.
Not here: products and categories (catalog), and the draft in which an article is suggested (cases).
"""
