"""Every number of the rules is explained, and the example adds up by the same rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.rules.example import example
from ckanext.satudata.rules.keys import IDENTITY, differences, key_of, values
from ckanext.satudata.rules.ruleset import DEFAULT_PATH, load_ruleset
from ckanext.satudata.rules.score import round_score

TEXT = DEFAULT_PATH.read_text(encoding="utf-8")
RULES = load_ruleset()


def changed(**changes):
    return load_ruleset(yaml.safe_dump(yaml.load(TEXT, Loader=yaml.BaseLoader) | changes))


def test_no_number_of_the_yaml_is_without_explanation():
    content = yaml.load(TEXT, Loader=yaml.BaseLoader)
    explained = values(RULES)
    for name in content.keys() - set(IDENTITY):
        mine = {key for key in explained if key.split(".")[0] == name}
        assert mine, f"{name} is not told"
        assert all(key_of(key).label for key in mine)
    assert {key_of(key).unit for key in explained} == {
        "points", "percent", "days", "times", "number", "yes"
    }  # fmt: skip


def test_an_unknown_key_has_no_meaning():
    with pytest.raises(KeyError):
        key_of("luck")


def test_differences_name_what_changed_only():
    assert differences(RULES, changed(version="2", decree="1/2026")) == []
    found = differences(
        RULES,
        changed(
            late_window_days="10",
            opd_approval="true",
            bands=[{"key": "baik", "from": "75"}, {"key": "kurang", "from": "0"}],
        ),
    )
    assert {one.name: (one.before, one.after) for one in found} == {
        "late_window_days": (14, 10),
        "opd_approval": (False, True),
        "bands.baik": (80, 75),
        "bands.kurang": (None, 0),
        "bands.kurang.requires": (None, False),
        **{
            f"bands.{key}": (start, None)
            for key, start in (("sangat_baik", 90), ("cukup", 60), ("perlu_perbaikan", 0))
        },
        **{
            f"bands.{key}.requires": (key == "sangat_baik", None)
            for key in ("sangat_baik", "cukup", "perlu_perbaikan")
        },
    }


def test_the_example_by_hand():
    shown = example(RULES)
    late = shown.lines[1]
    assert late.late == 3
    # 35 + 25·(1 - 3/14) + 10·0.8 + 10 + 20·0.9
    assert round_score(late.total) == Decimal("90.64")
    assert [round_score(line.total) for line in shown.lines] == [
        Decimal(100), Decimal("90.64"), Decimal(0), Decimal(0)
    ]  # fmt: skip
    # (2·100 + 90.642857 + 0 + 0) / 5
    assert shown.result.total == Decimal("58.13")
    assert shown.band == "perlu_perbaikan"


@given(
    st.lists(st.integers(0, 100), min_size=5, max_size=5).filter(lambda w: w[0] and sum(w)),
    st.integers(1, 60),
    st.integers(1, 5),
)
def test_the_points_of_each_part_add_up_whatever_the_rules(raw, window, priority):
    shares = [Decimal(part) / sum(raw) for part in raw]
    rounded = [share.quantize(Decimal("0.01")) for share in shares[1:]]
    weights = dict(zip("DTMKQ", [1 - sum(rounded), *rounded], strict=True))
    if weights["D"] <= 0:
        return
    rules = changed(
        weights={key: str(value) for key, value in weights.items()},
        late_window_days=str(window),
        priority_weight=str(priority),
    )
    shown = example(rules)
    for line in shown.lines:
        assert round_score(sum(line.points.values())) == round_score(line.total)
    total = sum(line.weight * line.total for line in shown.lines)
    assert shown.result.total == round_score(total / sum(line.weight for line in shown.lines))
