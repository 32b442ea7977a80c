"""Replicate: one service, many people's models. Facts of November 2026, SDK `replicate` 1.0.7.

- `adapter` sends, asks and abandons; `REPLICATE` is the one that there is.
- `table` says what each model understands, `filling` how a request becomes its inputs, `body` puts them
  together.
- `line` is the way there and back: time limits, refusals, and what the SDK would not let through.
- `outputs` reads what a prediction came to; `webhooks` believes a message to be Replicate's, or not.

A prediction cannot be searched for by a key of ours. What is lost between sending and hearing its id is
told by its webhook (`providers.callbacks`), or by nobody.
"""

from providers.replicate.adapter import HOSTS, REPLICATE, Replicate
from providers.replicate.table import begins_with

__all__ = ["HOSTS", "REPLICATE", "Replicate", "begins_with"]
