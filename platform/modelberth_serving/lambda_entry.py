"""The module that awslambdaric imports in a function's init phase: importing it loads the model."""

from __future__ import annotations

from modelberth_serving.aws_lambda import prepare

handler = prepare()
