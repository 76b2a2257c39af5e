"""The `batch` role: predictions for the rows of a file, in this process, a chunk at a time.

JSON Lines, CSV and Parquet, told by the suffix; the output may be of another kind than the input.
"""

from modelberth_serving.batch.role import add_arguments, batch

__all__ = ["add_arguments", "batch"]
