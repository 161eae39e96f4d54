"""Guards of spreadsheets and platforms come off; what Excel destroyed is told."""

import pyarrow as pa
import pytest

from lifeworth.data.sources.cells import EMPTY_WORDS, masked_share, scientific_share, strip_guards


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ('="1930679858170647"', "1930679858170647"),
        ("\t9001", "9001"),
        ('"\t9001"', "9001"),
        ("'007", "007"),
        ("\\t9001", "9001"),
        ("  a b ", "a b"),
        ("１２３", "123"),
        ("￥１，２３４．５０（元）", "¥1,234.50(元)"),
        ("\u3000王小明\xa0", "王小明"),
        ("O'Neil", "O'Neil"),
        ('5" disk', '5" disk'),
        ("-5", "-5"),
    ],
)
def test_a_cell_is_what_was_meant(cell, meant):
    assert strip_guards(pa.array([cell])).to_pylist() == [meant]


def test_words_for_nothing_are_nothing():
    assert (
        strip_guards(pa.array(["无", "-", "NULL", "null", "#N/A", "N/A", "nan", "None", "", " "])).null_count
        == 10
    )
    assert strip_guards(pa.array([word.upper() for word in EMPTY_WORDS])).null_count == len(EMPTY_WORDS)
    assert strip_guards(pa.array(["None", ""]), empty_words=False).to_pylist() == ["None", None]


def test_stripping_twice_is_stripping_once():
    once = strip_guards(pa.array(['="1"', "\t'2", None, "x"]))
    assert strip_guards(once).to_pylist() == once.to_pylist()


def test_ruined_and_masked_ids_are_measured():
    assert scientific_share(pa.array(["1.93068E+15", "1,93E+15", "193", None])) == pytest.approx(2 / 3)
    assert scientific_share(pa.array(["1E2", "2e5", "E15"])) == 0
    assert masked_share(pa.array(["138****0000", "##x", "$$y", "13800000000"])) == 0.75
    assert scientific_share(pa.array([], pa.string())) == 0
