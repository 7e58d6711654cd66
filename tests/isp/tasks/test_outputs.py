"""Names of outputs."""

from isp.tasks.outputs import distinct


def test_names_that_stand_there_again_are_numbered():
    assert distinct(["a", "b", "a", "A", "a-2"]) == ["a", "b", "a-2", "A-3", "a-2-2"]
