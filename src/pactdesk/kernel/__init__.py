"""Kernel: what every room may lean on and that knows no domain noun.

Ask here: decisions with reasons, text clean-up, names of files, identifiers, statements sent together.
Not here: anything a support manager would recognise.
"""
