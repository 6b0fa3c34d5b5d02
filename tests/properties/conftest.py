"""How hard the properties are tried: a fixed selection of examples in CI, fifty times as many, drawn anew, by hand.

    HYPOTHESIS_PROFILE=deep pytest tests/properties

A profile's `max_examples` is a percentage: `effort.examples` gives each property its own share of it.
"""

from hypothesis import HealthCheck, settings

_PROPERTIES = settings(
    deadline=None,  # two loaded cores and coverage make single examples slow
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
settings.register_profile("properties", _PROPERTIES, max_examples=100, derandomize=True)
settings.register_profile("deep", _PROPERTIES, max_examples=5000, derandomize=False)
