"""Kernel: what every room may lean on and that knows no domain noun.

Ask here: decisions with reasons, text clean-up, names of files, identifiers, statements sent together, secrets at rest
(`sealing`), calls to addresses that people typed (`outbound`).
Not here: anything a support manager would recognise.
"""
