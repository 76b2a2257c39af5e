"""From a component's arguments to a declaration that its target can stand up, or to one error with every problem.

arguments ──▶ spec ──▶ bundle ──▶ target's support, formats and limits ──▶ Declaration
"""

from modelberth_platform.declaration.declare import Declaration, declare

__all__ = ["Declaration", "declare"]
