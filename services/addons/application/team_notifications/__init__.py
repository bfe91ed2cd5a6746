"""Notifies the delivery team of a paid add-on by e-mail, once.

A mail server and our log can't commit together, so one moment stays in which a crash, or a
connection that breaks, leaves open whether the mail was accepted: between handing over its content
and recording `DeliveryTeamPaged`. A claim in the outbox is committed at the start of that moment.
Whatever fails before it, and every refusal, is retried; what fails within it is *not* sent again,
because a second mail makes people do the work twice, while a missing one shows in the order ledger
(paid, not paged) and in the log (`page_outcome_unknown`).
"""
