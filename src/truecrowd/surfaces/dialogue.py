"""A dialogue line by line: questions out, cleaned answers in, asked again until they can be read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from truecrowd.errors import ConfigError
from truecrowd.surfaces import answers
from truecrowd.surfaces.answers import UnclearError, Value
from truecrowd.surfaces.report.phrases import Phrase, _, say
from truecrowd.surfaces.terminal import Looks

YES: Final = ("y", "yes", "是", "对", "好")
NO: Final = ("n", "no", "否", "不", "不是", "不对")
WORDS: Final[dict[str, Phrase]] = {
    "kept": _("what was paid and not returned"), "paid": _("what was paid"), "shown": _("everything ordered"),
    "settled": _("what was not returned on the day of settlement"),
    "pro_rata": _("the fee comes back for the part that is missing"),
    "all_or_nothing": _("the whole fee comes back if anything is missing"),
    "make_up": _("what is missing is made up by selling on"),
    "returned": _("the money of returned orders"), "manufactured": _("the money of manufactured orders"),
    "exclude": _("they do not count"), "discount": _("they count less"),
}  # fmt: skip
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Talk:
    """A dialogue: what was asked, what was answered so far.

    Args:
        looks: Its language.
        read: The next line, "" at the end of the input.
        write: Prints text, as it is.
        deal, shown: Values by key, in the order of the questions.
        is_echoed: Whether a terminal shows what is typed, and its end of line.
        is_over: The input has ended.
    """

    looks: Looks
    read: Callable[[], str]
    write: Callable[[str], None]
    deal: dict[str, Value] = field(default_factory=dict)
    shown: dict[str, Value] = field(default_factory=dict)
    is_echoed: bool = False
    is_over: bool = False

    def say(self, phrase: Phrase) -> None:
        """Print one line."""
        self.write(f"{say(phrase, self.looks.lang)}\n")

    def line(self, question: Phrase, default: str = "") -> str:
        """Return one cleaned answer; the default for Enter and at the end of the input."""
        text = say(question, self.looks.lang)
        self.write(f"{text} [{default}] " if default else f"{text} ")
        line = self.read()
        self.is_over = not line.endswith("\n")
        if self.is_over or not self.is_echoed:
            self.write("\n")
        return answers.clean(line) or default

    def ask(self, question: Phrase, as_value: Callable[[str], Answer], default: str = "") -> Answer | None:
        """Return the answer; a person is asked again until it can be read. None for Enter.

        Raises:
            ConfigError: An answer from a pipe cannot be read: asked again, it would get the answer to the next question.
        """
        while text := self.line(question, default):
            try:
                return as_value(text)
            except UnclearError as error:
                if self.is_over or not self.is_echoed:
                    what = f"the answer '{text[:60]}' cannot be read: {say(error.phrase, 'en')}"
                    where = f"--init, '{say(question, 'en').strip()}'"
                    raise ConfigError(what, where=where, fix="correct that line of the answers") from error
                self.say(error.phrase)
        return None

    def keep(self, key: str, question: Phrase, as_value: Callable[[str], Value], default: str = "") -> bool:
        """Ask for one key of the contract; say whether it was answered."""
        value = self.ask(question, as_value, default)
        if value is not None:
            self.deal[key] = value
        return value is not None

    def choose(self, key: str, question: Phrase, names: Sequence[str]) -> None:
        """Ask for one of several names, by number; Enter leaves it out."""
        self.say(question)
        for at, name in enumerate(names, 1):
            self.write(f"  {at} {say(WORDS[name], self.looks.lang)}\n")

        def as_name(text: str) -> str:
            if text in names:
                return text
            if text.isascii() and text.isdigit() and 1 <= int(text) <= len(names):
                return names[int(text) - 1]
            raise UnclearError(_("write a number from 1 to {most}", most=len(names)))

        self.keep(key, _("  Number:"), as_name)

    def agrees(self, question: Phrase, *, default: bool) -> bool:
        """Ask for yes or no."""

        def as_bool(text: str) -> bool:
            if text.lower() in (*YES, *NO):
                return text.lower() in YES
            raise UnclearError(_("write y or n"))

        return bool(self.ask(question, as_bool, "y" if default else "n"))
