"""The tree of derived items: bounded, each item once, also where what was read leads in a circle."""

from custody.domain.descent import MAX_DEPTH, MAX_SHOWN, Branch, ancestors, descent, forest


def told(branches: list[Branch]) -> list[tuple[str, int]]:
    return [(one.number, one.depth) for one in branches]


def test_the_line_above_an_item_and_all_below_it_are_told() -> None:
    parents = {"B": "A", "C": "B", "D": "B", "E": "D", "X": "A"}
    assert told(descent("B", parents)) == [("A", 0), ("B", 1), ("C", 2), ("D", 2), ("E", 3)]
    assert told(descent("Q", parents)) == [("Q", 0)]


def test_a_circle_ends() -> None:
    parents = {"A": "B", "B": "C", "C": "A", "S": "S"}
    assert len(ancestors("A", parents)) == 2
    assert sorted(one.number for one in descent("A", parents)) == ["A", "B", "C"]
    assert told(forest(["A", "B", "C", "S"], parents)) == [("A", 0), ("B", 0), ("C", 0), ("S", 0)]


def test_a_tree_is_bounded_in_depth_and_breadth_and_a_list_is_whole() -> None:
    deep = {f"I-{n + 1}": f"I-{n}" for n in range(1, 100)}
    assert len(ancestors("I-100", deep)) == MAX_DEPTH
    assert len(descent("I-1", deep)) == MAX_DEPTH + 1
    numbers = [f"I-{n}" for n in range(1, 101)]
    assert sorted(one.number for one in forest(numbers, deep)) == sorted(numbers)
    broad = {f"J-{n}": "A" for n in range(1000)}
    assert len(descent("A", broad)) == MAX_SHOWN


def test_an_item_whose_parent_is_not_listed_stands_by_itself() -> None:
    assert told(forest(["B", "C"], {"B": "A", "C": "B"})) == [("B", 0), ("C", 1)]
