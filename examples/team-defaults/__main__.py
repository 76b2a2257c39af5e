"""A team's own defaults, kept in one place and used for each of its endpoints."""

import pulumi
from team import endpoint

tumor = endpoint("tumor")
digits = endpoint("digits", api="classify", scaling={"min": 2}, tags={"tier": "gold"})

pulumi.export("urls", {"tumor": tumor.url, "digits": digits.url})
