"""Writes a remark: on an item, on one record of its history, or on the case."""

from custody.domain.events import Noted
from custody.errors import UsageError
from custody.services.recording.appending import Draft, Recorded, Recorder

MAX_TEXT = 100_000  # characters; a longer text is a document, and is collected


def note(recorder: Recorder, item: str | None, text: str, *, on: str | None = None) -> Recorded:
    """Record `text` as a note on the item of this number (None: on the case), hanging on the statement `on`.

    Raises UsageError for an empty or overlong text, RuleError for a statement that is not of the item's chain.
    """
    if not text.strip():
        raise UsageError("the note is empty", 'write it in quotes: custody note JD-7 "what you want to say"')
    if len(text) > MAX_TEXT:
        raise UsageError(
            f"the note has {len(text)} characters, more than {MAX_TEXT}", "save it as a file and use custody collect"
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError("the note holds half a character", "type it again") from error
    sealer = recorder.sealer(Noted.type_name())
    body = Noted(text=sealer.seal("/text", text))
    (recorded,) = recorder.append([Draft(body, tuple(sealer.openings), item=item, prev=on)])
    return recorded
