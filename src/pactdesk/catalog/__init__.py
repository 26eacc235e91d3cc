"""Catalogue: what is supported, through which channel, and which programmes pay for it. It is data.

Words: a *product* has *versions* with a support lifecycle; a *category* holds *problems*, each of one *problem type*;
a *channel* is a front door with its own sign-in and plan needs; a *programme* is what was sold or granted; a *region*
is a group of countries that are served alike. An entry is never deleted but *retired*.
Ask here: `queries.current()` answers the whole catalogue from memory; `rules.phase_on`, `rules.made_here`.
Act here: `services.plan` and `services.apply` take a catalogue file.
Not here: how soon somebody answers (servicelevels), and what is left of an agreement (agreements).
"""
