"""Files of the outside world: finding them, and taking them in. Records nothing."""

from custody.adapters.intake.taking import take
from custody.adapters.intake.walking import FileIntake

__all__ = ["FileIntake", "take"]
