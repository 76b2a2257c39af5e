"""The `batch` role: it predicts the rows of a file in this process, a chunk at a time.

Files are JSON Lines, CSV or Parquet, as their suffix says; the output may be of another kind than the input.
"""

from modelberth_serving.batch.role import add_arguments, batch

__all__ = ["add_arguments", "batch"]
