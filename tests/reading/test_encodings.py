"""Every common encoding is found by itself, and can be overruled."""

import pytest

from lifeworth.base.errors import UsageError
from lifeworth.data.sources.contents import open_content
from lifeworth.data.sources.encodings import decode
from lifeworth.data.sources.files import read_raw

TEXTS = {
    "simplified": "客户名称,手机号,金额\n王小明,13912345678,12.5\n",
    "simplified names only": "王小明,李丽\n赵强,北京市\n",
    "traditional": "客戶編號,下單時間,金額\n陳先生,2020/1/1,100\n",
    "western": "Name,City,Amount\nJosé,São Paulo,£12.50\nMüller,Zürich,£3\n",
    "french": "client,date,montant\nRené Côté,2020-01-01,12\nFrançois,2020-02-01,13\n",
}
CASES = [
    (text, encoding)
    for text in TEXTS
    for encoding in (
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "gb18030",
        "big5",
        "latin-1",
        "utf-32",
    )
    if not (encoding == "big5" and text != "traditional")
    and not (encoding == "latin-1" and text not in ("western", "french"))
    and not (encoding == "gb18030" and text in ("western", "french"))
]


def decoded(path, data: bytes, encoding=None) -> tuple[str, str, list[str]]:
    path.write_bytes(data)
    text = decode(open_content(path), encoding)
    return bytes(text.data).decode(), text.encoding, [finding.code for finding in text.findings]


@pytest.mark.parametrize(("name", "encoding"), CASES)
def test_short_texts_are_read_in_the_encoding_they_were_written_in(name, encoding, tmp_path):
    text, _, _ = decoded(tmp_path / "t", TEXTS[name].encode(encoding))
    assert text == TEXTS[name]


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8-sig", "utf-8"),
        ("gbk", "gb18030"),
        ("gb2312", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_reported_by_one_name(encoding, reported, tmp_path):
    assert decoded(tmp_path / "t", TEXTS["simplified"].encode(encoding))[1] == reported


def test_a_late_accent_after_megabytes_of_ascii_is_still_read(tmp_path):
    data = (
        b"customer,date,amount\n"
        + b"anna,2024-01-01,1\n" * 300_000
        + "Jos\u00e9,2024-01-01,1\n".encode("latin-1")
    )
    text, encoding, _ = decoded(tmp_path / "t", data)
    assert encoding == "latin-1"
    assert text.endswith("José,2024-01-01,1\n")


def test_characters_across_the_edges_of_chunks_survive(tmp_path):
    text = "客户编号,金额\n" + "".join(f"王小明{i},1\n" for i in range(400_000))
    assert decoded(tmp_path / "t", text.encode("gb18030"))[0] == text


def test_a_few_broken_bytes_do_not_turn_utf8_into_something_else(tmp_path):
    data = (TEXTS["simplified"] * 20).encode() + b"\xff\xfe broken\n"
    text, encoding, findings = decoded(tmp_path / "t", data)
    assert encoding == "utf-8"
    assert "客户名称" in text
    assert findings == ["reading_undecodable"]


def test_a_file_cut_inside_a_character_is_utf8_all_the_same(tmp_path):
    text, encoding, findings = decoded(tmp_path / "t", TEXTS["simplified"].encode() + "王".encode()[:2])
    assert (text, encoding, findings) == (TEXTS["simplified"], "utf-8", ["reading_cut_character"])


def test_the_encoding_can_be_overruled(tmp_path):
    text, encoding, _ = decoded(tmp_path / "t", "Ärger".encode("cp1252"), "cp1250")
    assert (text, encoding) == ("Ärger", "cp1250")
    assert decoded(tmp_path / "t", "客户".encode("gbk"), "GB2312")[1] == "gb18030"
    with pytest.raises(UsageError, match="DATA-008"):
        decoded(tmp_path / "t", b"x", "hex")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_goes_before_the_encoding_that_was_asked_for(tmp_path, encoding):
    text, _, _ = decoded(tmp_path / "t", "客户".encode(encoding), "gb18030")
    assert text == "客户"


def test_an_overruled_encoding_reaches_the_table(tmp_path):
    (tmp_path / "o.csv").write_bytes("客户编号,日期,金额\n甲,2024-01-05,3\n".encode("utf-16-le"))
    (table,) = read_raw(tmp_path / "o.csv", encoding="utf-16-le")
    assert table.columns == ["客户编号", "日期", "金额"]
