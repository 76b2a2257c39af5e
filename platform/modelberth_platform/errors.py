"""The errors that are meant for a user: their message stands alone, without a traceback."""


class UserError(Exception):
    """Says what is wrong, the value, what is allowed and what to do.

    The command line prints it and exits with 1; a Pulumi program and its providers print it without a traceback.
    """
