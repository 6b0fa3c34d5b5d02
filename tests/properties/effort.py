"""Settings for one property, from the profile that HYPOTHESIS_PROFILE names. Nothing here changes other tests."""

import os
from typing import Any

from hypothesis import settings


def examples(count: int, **more: Any) -> settings:
    """`count` examples in the profile `properties`, in another one in proportion."""
    profile = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "properties"))
    return settings(profile, max_examples=max(1, count * profile.max_examples // 100), **more)
