"""Loading libraries beside a block: they are there after it, and one that is missing is passed over."""

import sys

import pytest

from custody.adapters.ahead import loaded_ahead


def test_a_library_is_loaded_after_the_block_and_a_missing_one_is_passed_over() -> None:
    sys.modules.pop("this_is_none", None)
    sys.modules.pop("colorsys", None)
    with loaded_ahead(["this_is_none", "colorsys"]):
        pass
    assert "colorsys" in sys.modules
    assert "this_is_none" not in sys.modules


def test_what_the_block_raises_is_raised() -> None:
    with pytest.raises(KeyError), loaded_ahead(["json"]):
        raise KeyError
