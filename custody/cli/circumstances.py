"""Asks for what was not told of the material, and says what a person is about to put their signature to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from custody import bootstrap
from custody.cli.policy import known_policy
from custody.cli.terminal import Terminal
from custody.domain.fields import Method
from custody.domain.sheet import METHODS
from custody.domain.visible import visible
from custody.domain.wording import time_in_words
from custody.errors import FormatError, UsageError
from custody.formats.encoding import check_date, format_time
from custody.ports import CaseFiles
from custody.services import looking
from custody.services.recording import Circumstances, Target

NOT_KNOWN = "not known"


def parse_moment(text: str) -> str:
    """A 27-character UTC time from what a person types: ISO 8601, local time where no offset is given."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.astimezone()
        return format_time(moment.astimezone(UTC))
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"{text!r} is no time", "type it as 2026-11-24 03:02, or with an offset: …T03:02+01:00"
        ) from error


def the_method(terminal: Terminal, given: Method | None, *, typed: bool) -> Method:
    if given is not None:
        return given
    if typed:
        return "typed"
    if not terminal.can_ask:
        raise UsageError("how was it captured?", f"add --method with one of: {', '.join(METHODS)}")
    return terminal.choose("How was it captured?", list(METHODS.items()), default=None)  # Enter signs no old answer


def the_tool(terminal: Terminal, files: CaseFiles, given: str | None, method: Method, *, typed: bool) -> str:
    if given is not None:
        return _tool_words(given)
    if typed:
        return "keyboard"
    if not terminal.can_ask:
        raise UsageError(
            "with what was it captured?", "add --tool, such as --tool 'Firefox 128', or --tool 'not known'"
        )
    with files.ledgers.reading() as reader:
        case = looking.find_case(reader).id
    earlier = [one for one in bootstrap.answers().all(tools_of(case, method)) if one != NOT_KNOWN]
    if earlier:
        choices = [*((one, one) for one in earlier), ("", "something else"), (NOT_KNOWN, NOT_KNOWN)]
        if chosen := terminal.choose("With what?", choices, default=None):
            return chosen
    return _tool_words(terminal.ask_text(f"With what, in a few words (such as Firefox 128, or {NOT_KNOWN}):"))


def tools_of(case: str, method: Method) -> str:
    """Under what the tools that were used in this case with this method are remembered."""
    return f"tool {case} {method}"


def _tool_words(text: str) -> str:
    """As typed, but one spelling of not knowing."""
    return NOT_KNOWN if text.strip().casefold() in (NOT_KNOWN, "not-known") else text


def the_moment(terminal: Terminal) -> str | None:
    """When it was captured, asked until it can be understood; None where that is not known."""
    while typed := terminal.ask("When was it captured? (Enter: not known)"):
        try:
            return parse_moment(typed)
        except UsageError as error:
            terminal.note(f"{error.message[:1].upper()}{error.message[1:]}: {error.hint}.")
    return None


QUESTIONS: dict[str, str] = {
    "basis": "On what legal basis or consent do you keep it?",
    "captured_at": "When was it captured?",
    "description": "What is it, neutrally?",
    "found_at": "At what address was it found?",
    "persona": "Under which account did you look?",
    "place": "Where were you?",
    "review": "By what day is it to be reviewed (such as 2027-11-24)?",
}


def demanded(terminal: Terminal, files: CaseFiles, given: dict[str, str | None]) -> dict[str, str | None]:
    """The same with an answer for everything that the policy of the case demands and that was not given."""
    policy = known_policy(files)
    missing = [] if policy is None else policy.missing_fields(given.get)
    if missing:
        terminal.note("The case lead demands:")
    return given | {name: _answer(terminal, name) for name in missing}


def _answer(terminal: Terminal, name: str) -> str:
    """What was typed for a field, asked until it can be understood."""
    while True:
        typed = terminal.ask_text(QUESTIONS[name])
        try:
            if name == "captured_at":
                return parse_moment(typed)
            if name == "review":
                check_date(typed)
            return typed
        except (UsageError, FormatError) as error:
            terminal.note(f"{error.message[:1].upper()}{error.message[1:]}{error.hint and f': {error.hint}'}.")


def about_to_sign(targets: Sequence[Target], told: Circumstances) -> str:
    """What the person is about to put their signature to: what it always says, and what else was told of it."""
    first = Path(targets[0].path).name or targets[0].path
    what = first if len(targets) == 1 else f"{first} and {len(targets) - 1} more"
    when = "not known when" if told.captured_at is None else f"captured {time_in_words(told.captured_at)}"
    where = "no address" if told.found_at is None else f"found at {told.found_at}"
    further = {"as": told.persona, "place": told.place, "on the basis of": told.basis, "review by": told.review}
    further |= {"what": told.description, "in clear, for everybody and for good": ", ".join(sorted(told.cleared))}
    words = [f"{name}: {value}" for name, value in further.items() if value]
    always = [f"You sign: {what}", METHODS[told.method], f"with: {told.tool}", when, where]
    return visible(f"{'; '.join([*always, *words])}.")
