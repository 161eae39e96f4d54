"""How each customer is called and reached: the latest name, e-mail address and phone that the rows tell."""

from lifeworth.engines.protocol import Engine

CONTACT_FIELDS = ("customer_name", "customer_email", "customer_phone")
# of two rows of one day the later one; `seq` counts on from file to file
_PLACE = f"CAST(COALESCE(day, 0) AS BIGINT) * {2**47} + seq"
_LATEST = f"""
SELECT customer_id, {", ".join(f"MAX_BY({name}, {_PLACE}) AS {name}" for name in CONTACT_FIELDS)}
FROM import_rows WHERE reason IS NULL AND customer_id IS NOT NULL
GROUP BY customer_id HAVING {" OR ".join(f"COUNT({name}) > 0" for name in CONTACT_FIELDS)}"""


def make_contacts(engine: Engine) -> None:
    """`import_contacts` from `import_rows`, whose customers are known; a row for each who has one."""
    engine.create("import_contacts", _LATEST)
