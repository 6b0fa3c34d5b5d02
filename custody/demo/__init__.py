"""The demonstration: a case from start to report with a throw-away key, and a changed byte that is found.

It uses the services as any command does, in a folder of its own with a home of its own: the person's own keys and
remembered heads are not touched.
"""

from custody.demo.demonstration import Demonstration, Step, demonstrate

__all__ = ["Demonstration", "Step", "demonstrate"]
