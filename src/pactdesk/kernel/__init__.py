"""Kernel: what every room may lean on and that knows no domain noun.

Ask here: decisions with reasons, text clean-up, identifiers, statements sent together.
Not here: anything a support manager would recognise.
"""
