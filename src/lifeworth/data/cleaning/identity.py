"""Who bought: the customer key of each row.

The key is the customer id; for guests the e-mail address in lower case; failing that the phone.
A guest whose e-mail or phone belongs to exactly one customer id is that customer. Ids that Excel
turned into 1.93068E+15 are refused as keys: two customers may share one. A masked phone
(138****0000) is a weak key and takes name and region with it.
"""

from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.rules import Cleaned, File
from lifeworth.data.cleaning.words import key, listed, narrow, word
from lifeworth.engines.protocol import Engine

_RUINED = "'[0-9]\\.[0-9]+[eE]\\+[0-9]{1,2}'"
_HIDDEN = "'.*\\*{2,}.*|\\*.*|.*\\*|##.*|\\$\\$.*|~.*~'"
_CIPHER = "'##.*|\\$\\$.*|~.*~'"
TOLERATED_RUINED = 0.01
# what cashiers and testers type when they have to type something
DUMMY_PHONES = ("13800000000", "13800138000", "13000000000", "11111111111", "12345678901", "00000000000")
DUMMY_MAILS = (
    "'(test|noreply|no-reply|none|null|guest|dummy|unknown)@.*"
    "|(a|x+|abc|me|you|user|name|mail|email|customer|someone|info|admin)@(example|test)\\.(com|org|net)'"
)


def key_column(engine: Engine, source: str, file: File, name: str, cleaned: Cleaned) -> str:
    """SQL for one identifier column; NULL where it names nobody or nothing."""
    column = file.columns.get(name)
    if column is None:
        return "CAST(NULL AS VARCHAR)"
    text = word(column) if column not in file.types else f"CAST({_bare(column)} AS VARCHAR)"
    if name == "customer_email":
        mail = f"lower({text})"
        return (
            f"CASE WHEN {mail} LIKE '%_@_%' AND NOT regexp_full_match({mail}, {DUMMY_MAILS}) "
            f"AND NOT regexp_full_match({mail}, {_HIDDEN}) THEN {mail} END"
        )
    if name == "customer_phone":
        return _phone(text)
    ruined = engine.query(
        f"SELECT COUNT(*) FILTER (WHERE regexp_full_match({text}, {_RUINED})) AS n, COUNT({text}) AS of_rows "
        f"FROM {source}"
    ).to_pylist()[0]
    if ruined["n"] and name in ("customer_id", "order_id", "parent_order_id", "line_id"):
        facts = {"file": file.name, "column": column, "count": ruined["n"], "rows": ruined["of_rows"]}
        cleaned.findings.append(Finding("orders_ids_ruined", "bad", facts))
        if ruined["n"] > TOLERATED_RUINED * ruined["of_rows"]:
            return "CAST(NULL AS VARCHAR)"
        text = f"CASE WHEN NOT regexp_full_match({text}, {_RUINED}) THEN {text} END"
    if name != "customer_id" or file.rules is None:
        return key(text)
    if name in file.rules.encrypted:
        text = f"CASE WHEN NOT regexp_full_match({text}, {_HIDDEN}) THEN {text} END"
    if file.rules.guest_ids:
        text = f"CASE WHEN {text} NOT IN {listed(file.rules.guest_ids)} THEN {text} END"
    return key(text)


def legible(text: str) -> str:
    """SQL for a name; NULL where the platform hides it whole."""
    seen = f"NOT regexp_full_match({text}, {_CIPHER}) AND replace({text}, '*', '') <> ''"
    return f"CASE WHEN {seen} THEN {text} END"


def _bare(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _phone(text: str) -> str:
    """Digits (and stars of a mask) without country code 86; NULL for dummies and ciphertext."""
    plain = f"regexp_replace({narrow(text)}, '[^0-9*]', '', 'g')"
    digits = f"regexp_replace({plain}, '^(?:00)?86(1[0-9*]{{10}})$', '\\1')"
    return (
        f"CASE WHEN NOT regexp_full_match({text}, {_CIPHER}) AND length({digits}) BETWEEN 6 AND 15 "
        f"AND {digits} NOT IN {listed(DUMMY_PHONES)} THEN {digits} END"
    )


_GUESTS = """
SELECT COUNT(*) FILTER (WHERE customer_id IS NULL) AS nobody,
       COUNT(*) FILTER (WHERE customer_id IS NULL AND customer_email IS NOT NULL) AS mails,
       COUNT(*) FILTER (WHERE customer_id IS NULL AND customer_phone IS NOT NULL) AS phones,
       COUNT(*) FILTER (WHERE customer_id IS NULL AND customer_email IS NULL
                        AND customer_phone LIKE '%*%') AS masked,
       COUNT(*) FILTER (WHERE customer_id IS NULL AND order_id IS NOT NULL) AS in_orders
FROM import_rows WHERE reason IS NULL"""

_RESOLVED = """
WITH by_mail AS (
  SELECT customer_email, MIN(customer_id) AS known FROM import_rows
  WHERE reason IS NULL AND customer_id IS NOT NULL AND customer_email IS NOT NULL
  GROUP BY customer_email HAVING MIN(customer_id) = MAX(customer_id)),
by_phone AS (
  SELECT customer_phone, MIN(customer_id) AS known FROM import_rows
  WHERE reason IS NULL AND customer_id IS NOT NULL AND customer_phone NOT LIKE '%*%'
  GROUP BY customer_phone HAVING MIN(customer_id) = MAX(customer_id))
SELECT l.* REPLACE (
  COALESCE(l.customer_id, m.known, l.customer_email, p.known,
    CASE WHEN l.customer_phone LIKE '%*%'
         THEN l.customer_phone || COALESCE('|' || l.customer_name, '') || COALESCE('|' || l.region, '')
         ELSE l.customer_phone END) AS customer_id)
FROM import_rows l
LEFT JOIN by_mail m ON l.customer_id IS NULL AND l.customer_email = m.customer_email
LEFT JOIN by_phone p ON l.customer_id IS NULL AND l.customer_phone = p.customer_phone"""

# a line that names nobody belongs to the one customer that the rest of its order names
_WITHIN_ORDERS = """
WITH named AS (
  SELECT order_id, MIN(customer_id) AS known FROM import_rows
  WHERE reason IS NULL AND order_id IS NOT NULL AND customer_id IS NOT NULL
  GROUP BY order_id HAVING MIN(customer_id) = MAX(customer_id))
SELECT l.* REPLACE (COALESCE(l.customer_id, n.known) AS customer_id)
FROM import_rows l LEFT JOIN named n ON l.customer_id IS NULL AND l.order_id = n.order_id"""

_NEAR = """
WITH ids AS (SELECT DISTINCT customer_id FROM import_rows WHERE reason IS NULL AND customer_id IS NOT NULL),
folded AS (
  SELECT regexp_replace(lower(customer_id), '\\s', '', 'g') AS k, COUNT(*) AS n,
         MIN(customer_id) AS one, MAX(customer_id) AS other
  FROM ids GROUP BY 1 HAVING COUNT(*) > 1)
SELECT k, n, one, other FROM folded ORDER BY k LIMIT 1000"""


def resolve_customers(engine: Engine) -> list[Finding]:
    """Give each row of `import_rows` its customer key."""
    guests = engine.query(_GUESTS).to_pylist()[0]
    findings = []
    if guests["mails"] or guests["phones"]:
        engine.create("import_rows", _RESOLVED)
    if guests["nobody"] and guests["in_orders"]:
        engine.create("import_rows", _WITHIN_ORDERS)
    if guests["masked"]:
        findings.append(Finding("orders_identity_weak", "warn", {"count": guests["masked"]}))
    near = engine.query(_NEAR).to_pylist()
    if near:
        facts = {"count": len(near), "one": near[0]["one"], "other": near[0]["other"]}
        findings.append(Finding("orders_ids_near", "warn", facts))
    return findings
