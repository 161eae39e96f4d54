"""`lifeworth questionnaire`: the questions on the screen, as JSON and as a file for a spreadsheet."""

from cli.calls import run


def test_the_questions_are_told_in_the_language_asked_and_written(tmp_path):
    told = run("questionnaire", folder=tmp_path, language="zh-Hans")
    assert told.code == 0
    assert "您平常一个月会和多少人谈到这类产品？" in told.out
    made = run("questionnaire", "--out", "questions.csv", "--json", folder=tmp_path)
    assert [row["column"] for row in made.json][:3] == ["nps", "recommend", "reach"]
    assert (tmp_path / "questions.csv").read_text(encoding="utf-8-sig").count("\n") == 13
