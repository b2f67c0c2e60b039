from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from ckanext.satudata.rules.ruleset import DEFAULT_PATH, RuleSetError, load_ruleset

TEXT = DEFAULT_PATH.read_text(encoding="utf-8")


def changed(**values):
    content = yaml.load(TEXT, Loader=yaml.BaseLoader)
    content.update(values)
    return yaml.safe_dump(content)


def test_the_default_holds_the_numbers_of_the_design():
    rules = load_ruleset()
    assert dict(rules.weights) == {
        "D": Decimal("0.35"),
        "T": Decimal("0.25"),
        "M": Decimal("0.10"),
        "K": Decimal("0.10"),
        "Q": Decimal("0.20"),
    }
    assert (rules.late_window_days, rules.cutoff_days, rules.priority_weight) == (14, 14, 2)
    assert dict(rules.floors) == {"M0": Decimal("0.6"), "Q": Decimal("0.5")}
    assert [(band.key, band.start) for band in rules.bands] == [
        ("sangat_baik", 90),
        ("baik", 80),
        ("cukup", 60),
        ("perlu_perbaikan", 0),
    ]
    assert rules.decree is None
    assert rules.uji_coba is False
    assert (rules.mend_days, rules.review_free_days, rules.received_free_days) == (5, 3, 3)
    assert (rules.review_every_delivery, rules.opd_approval, rules.approval_days) == (
        False,
        False,
        3,
    )
    assert (rules.valid_from, rules.valid_to) == (None, None)
    groups = [rules.group_of(n) for n in (0, 2, 3, 12, 13, 40, 41, 5000)]
    assert [group and group.key for group in groups] == [
        None, None, "kecil", "kecil", "sedang", "sedang", "besar", "besar",
    ]  # fmt: skip


def test_file_path_and_text_read_alike(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(TEXT, encoding="utf-8")
    assert load_ruleset(path) == load_ruleset(str(path)) == load_ruleset(TEXT) == load_ruleset()


def test_hash_follows_the_numbers_not_the_writing():
    rules = load_ruleset()
    assert len(rules.hash) == 64
    rewritten = changed(floors={"Q": "0.5", "M0": "0.600"})
    assert load_ruleset(rewritten).hash == rules.hash
    for change in (
        {"version": "2"},
        {"decree": "1/2026"},
        {"uji_coba": "true"},
        {"late_window_days": "15"},
        {"floors": {"M0": "0.6", "Q": "0.51"}},
        {"valid_from": "2027-01-01"},
        {"mend_days": "6"},
        {"opd_approval": "true"},
        {"groups": [{"key": "semua", "from": "3", "to": "null"}]},
    ):
        assert load_ruleset(changed(**change)).hash != rules.hash


LATER = (
    "valid_from", "valid_to", "mend_days", "review_free_days", "received_free_days",
    "review_every_delivery", "opd_approval", "approval_days",
)  # fmt: skip


def test_a_file_from_before_a_key_existed_keeps_its_meaning_and_its_hash():
    content = yaml.load(TEXT, Loader=yaml.BaseLoader)
    older = yaml.safe_dump({key: value for key, value in content.items() if key not in LATER})
    assert load_ruleset(older) == load_ruleset()
    assert load_ruleset(older).hash == load_ruleset().hash
    assert not set(LATER) & set(json.loads(load_ruleset().canonical()))


def test_days_of_validity():
    rules = load_ruleset(changed(valid_from="2027-01-01", valid_to="2027-12-31"))
    assert (rules.valid_from, rules.valid_to) == (date(2027, 1, 1), date(2027, 12, 31))
    assert '"valid_to":"2027-12-31"' in rules.canonical()


BANDS = [{"key": "a", "from": "50"}, {"key": "b", "from": "0"}]


@pytest.mark.parametrize(
    ("values", "where", "hint"),
    [
        ({"weights": {"D": "0.4", "T": "0.25", "M": "0.1", "K": "0.1", "Q": "0.2"}},
         "weights", "exactly 1"),
        ({"weights": {"D": "0", "T": "0.6", "M": "0.1", "K": "0.1", "Q": "0.2"}},
         "weights.D", "above 0"),
        ({"weights": {"D": "0.35", "T": "0.25", "M": "0.1", "K": "0.1"}}, "weights", "'Q'"),
        ({"weights": "0.35"}, "weights", "Known: D, T"),
        ({"late_windows_days": "14"}, "rule set", "'late_window_days'"),
        ({"late_window_days": "0"}, "late_window_days", "At least 1"),
        ({"late_window_days": "two"}, "late_window_days", "whole number"),
        ({"cutoff_days": "-1"}, "cutoff_days", "whole number"),
        ({"cutoff_days": "367"}, "cutoff_days", "At most 366"),
        ({"mend_days": "9" * 5000}, "mend_days", "At most 366"),
        ({"version": "2147483648"}, "version", "At most 1000000000"),
        ({"excluded_max": "1E-9999999"}, "excluded_max", "decimals"),
        ({"name": "a\0"}, "name", "text"),
        ({"decree": "\ud800"}, "decree", "text"),
        ({"floors": {"M0": "60", "Q": "0.5"}}, "floors.M0", "0 to 1"),
        ({"floors": {"M0": "0,6", "Q": "0.5"}}, "floors.M0", "point"),
        ({"floors": {"M0": "nan", "Q": "0.5"}}, "floors.M0", "no number"),
        ({"bands": BANDS[:1]}, "bands", "0 to 100"),
        ({"bands": BANDS[::-1]}, "bands", "best down"),
        ({"bands": [BANDS[0], BANDS[0], BANDS[1]]}, "bands", "own key"),
        ({"bands": [BANDS[0], {"key": "b", "from": "0", "requires": "luck"}]},
         "bands[2].requires", "all_priority_delivered"),
        ({"bands": [BANDS[0], {"key": "b", "from": "0", "requires": "all_priority_delivered"}]},
         "bands", "lowest"),
        ({"bands": [{"key": "it's", "from": "0"}]}, "bands[1].key", "small letters"),
        ({"bands": []}, "bands", "list"),
        ({"groups": [{"key": "a", "from": "3", "to": "12"}]}, "groups", "to: null"),
        ({"groups": [{"key": "a", "from": "3", "to": "12"}, {"key": "b", "from": "14", "to": ""}]},
         "groups", "one above"),
        ({"uji_coba": "perhaps"}, "uji_coba", "true nor false"),
        ({"name": " "}, "name", "text"),
        ({"valid_from": "1/1/2027"}, "valid_from", "2027-01-01"),
        ({"valid_from": "2027-01-02", "valid_to": "2027-01-01"}, "valid_to", "first one first"),
        ({"valid_to": "2027-01-01"}, "valid_to", "both days"),
        ({"mend_days": "-1"}, "mend_days", "whole number"),
        ({"approval_days": "soon"}, "approval_days", "whole number"),
        ({"opd_approval": "yes"}, "opd_approval", "true nor false"),
    ],
)  # fmt: skip
def test_faults_are_named_with_place_and_remedy(values, where, hint):
    with pytest.raises(RuleSetError) as caught:
        load_ruleset(changed(**values))
    assert caught.value.where == where
    assert hint in str(caught.value)


@pytest.mark.parametrize("text", ["a: [1\nb: 2", "- 1\n- 2\n", "\n\n", "[" * 40_000 + "\n"])
def test_what_is_no_rule_set(text):
    with pytest.raises(RuleSetError):
        load_ruleset(text)


def test_a_missing_file_is_named():
    with pytest.raises(RuleSetError, match="nowhere"):
        load_ruleset(Path("nowhere.yaml"))
