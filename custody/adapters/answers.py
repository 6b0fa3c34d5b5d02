"""Remembers what a person answered last, to offer it again. Holds nothing that evidence rests on."""

import json
from pathlib import Path

MAX_FILE = 65_536  # bytes
KEPT = 5  # answers a question


class AnswersFile:
    """A small JSON file in CUSTODY_HOME; unreadable or lost, it is simply empty."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self, question: str) -> list[str]:
        """The last answers to this question, newest first."""
        return self._read().get(question, [])

    def last(self, question: str) -> str | None:
        """The newest answer, or None."""
        return next(iter(self.all(question)), None)

    def remember(self, question: str, answer: str) -> None:
        """Put this answer first. A disk that refuses costs only the convenience."""
        answers = self._read()
        answers[question] = [answer, *(one for one in answers.get(question, []) if one != answer)][:KEPT]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps(answers), encoding="utf-8")
            draft.replace(self._path)
        except OSError:
            return

    def _read(self) -> dict[str, list[str]]:
        try:
            with self._path.open("rb") as file:
                content = json.loads(file.read(MAX_FILE))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(content, dict):
            return {}
        return {
            question: [one for one in answers if isinstance(one, str)]
            for question, answers in content.items()
            if isinstance(answers, list)
        }
