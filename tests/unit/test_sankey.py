"""A Sankey diagram: bars as high as what goes through them, bands as wide as what flows."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.sankey import GAP, HEIGHT, WIDTH, Flow, lay_out

FLOWS = st.lists(
    st.builds(
        Flow,
        st.tuples(st.just(0), st.sampled_from("abc")),
        st.tuples(st.just(1), st.sampled_from("xyz")),
        st.integers(0, 10**15),
    ),
    max_size=12,
)


def test_a_bar_is_as_high_as_the_larger_of_what_goes_in_and_comes_out() -> None:
    flows = [Flow((0, "units"), (1, "shred"), 100), Flow((1, "shred"), (2, "black mass"), 60)]
    drawn = lay_out(flows)
    heights = {node.key: node.height for node in drawn.nodes}
    assert heights == {"units": HEIGHT, "shred": HEIGHT, "black mass": HEIGHT * 60 // 100}
    assert [band.width for band in drawn.bands] == [HEIGHT, HEIGHT * 60 // 100]


def test_nothing_flows_and_nothing_is_drawn() -> None:
    for flows in ([], [Flow((0, "a"), (1, "b"), 0)]):
        drawn = lay_out(flows)
        assert (drawn.nodes, drawn.bands, drawn.height) == ([], [], GAP)


@given(FLOWS)
def test_everything_is_inside_the_picture_and_no_bar_covers_another(flows: list[Flow]) -> None:
    drawn = lay_out(flows)
    assert len(drawn.bands) == sum(one.amount > 0 for one in flows)
    for column in (0, 1):
        bars = sorted((one for one in drawn.nodes if one.column == column), key=lambda one: one.y)
        assert all(upper.y + upper.height < lower.y for upper, lower in pairwise(bars))
    for one in drawn.nodes:
        assert 0 <= one.x <= WIDTH
        assert 0 <= one.y < one.y + one.height <= drawn.height
        assert one.y < one.middle <= one.y + one.height
