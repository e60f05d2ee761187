"""Who is beaten by nobody in all numbers at once."""

from ganlab.metrics.front import undominated


def test_a_corner_is_beaten_by_who_is_lower_in_both():
    assert undominated([(1, 5), (2, 2), (5, 1), (3, 3), (2, 6)]) == [0, 1, 2]


def test_equals_beat_nobody_and_a_tie_in_one_decides_by_the_other():
    assert undominated([(1, 1), (1, 1), (1, 2)]) == [0, 1]
    assert undominated([]) == []
    assert undominated([(4, 4)]) == [0]
