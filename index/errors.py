"""What a person can mend. Every such error is one line that states the fault and the way out."""


class UserError(Exception):
    """The person's mistake or their machine's state, told in one line: shown without a traceback, exit code 2."""
