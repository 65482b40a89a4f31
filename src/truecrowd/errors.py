"""Every error this package raises on purpose: what is wrong, where, how to fix it."""

from typing import ClassVar


class TruecrowdError(Exception):
    """Base of all errors raised on purpose; a subclass says who can fix it.

    Args:
        what: Names the thing and the value seen, then the value wanted.
        where: File, row, column or option.
        fix: One action, a command if there is one.
    """

    exit_code: ClassVar[int] = 101
    """What the command line exits with (contract.md section 3)."""

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """Return the three lines a reader sees."""
        return f"{self.what}\n  where: {self.where}\n  fix:   {self.fix}"


class SchemaError(TruecrowdError):
    """A table does not have the shape of the contract: the code that made it must change."""

    exit_code: ClassVar[int] = 2


class ConfigError(TruecrowdError):
    """An option or settings file is wrong: the person who runs the command can fix it."""

    exit_code: ClassVar[int] = 2


class InputError(TruecrowdError):
    """A file or stream cannot be used as it is: the person who brought it can fix it."""

    exit_code: ClassVar[int] = 2


class EvidenceError(TruecrowdError):
    """Evidence does not verify: nobody may repair it, the first failing entry is named."""

    exit_code: ClassVar[int] = 1
