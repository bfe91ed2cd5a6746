"""Machinery without a business word, a room a job. From the ground up: `postgres`; `eventstore`;
`feed` and `messaging`; `web` and `process`; `kafka` and `readmodels`. A room imports those below.
"""
