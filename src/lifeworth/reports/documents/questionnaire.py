"""Questions worth asking customers, for the page on satisfaction."""

from lifeworth.reports.blocks import Field, Paragraph, Section, Table
from lifeworth.reports.documents.reading import Reading
from lifeworth.text.questionnaire import questionnaire


def section(run: Reading) -> Section:
    fields = tuple(
        Field(run.say(f"questionnaire.{title}")) for title in ("question", "answers", "feeds", "column")
    )
    rows = [
        (item["question"], item["answers"], item["feeds"], item["column"])
        for item in questionnaire(run.words)
    ]
    title = run.say("questionnaire.title")
    table = Table(title, fields, rows, name="questionnaire", roomy=True)
    return Section("questionnaire", title, "", [Paragraph(run.say("questionnaire.how")), table])
