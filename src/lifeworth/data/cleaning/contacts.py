"""How each customer is called and reached: the latest name, e-mail address and phone that the rows tell.

A name in two columns is put together as its script does; who receives the goods gives the name where the
rows have no other. What a platform hides whole is left out here and not when rows are read: the key of a
masked phone takes the name as it stands.
"""

from lifeworth.data.cleaning.identity import legible
from lifeworth.engines.protocol import Engine

CONTACT_FIELDS = ("customer_name", "customer_email", "customer_phone")
TOLD_BY = (*CONTACT_FIELDS, "given_name", "family_name", "recipient_name")  # columns of a file
_GIVEN, _FAMILY = legible("given_name"), legible("family_name")
# 王小明, but Ada Lovelace
_JOINED = rf"""CASE WHEN regexp_full_match({_FAMILY}, '\p{{Han}}+') THEN {_FAMILY} || COALESCE({_GIVEN}, '')
ELSE NULLIF(CONCAT_WS(' ', {_GIVEN}, {_FAMILY}), '') END"""
_CELLS = {name: name for name in CONTACT_FIELDS}
_CELLS["customer_name"] = f"COALESCE({legible('customer_name')}, {_JOINED}, {legible('recipient_name')})"
# of two rows of one day the later one; `seq` counts on from file to file
_PLACE = f"CAST(COALESCE(day, 0) AS BIGINT) * {2**47} + seq"
_LATEST = f"""
SELECT customer_id, {", ".join(f"MAX_BY({cell}, {_PLACE}) AS {name}" for name, cell in _CELLS.items())}
FROM import_rows WHERE reason IS NULL AND customer_id IS NOT NULL
GROUP BY customer_id HAVING {" OR ".join(f"COUNT({cell}) > 0" for cell in _CELLS.values())}"""


def make_contacts(engine: Engine) -> None:
    """`import_contacts` from `import_rows`, whose customers are known; a row for each who has one."""
    engine.create("import_contacts", _LATEST)
