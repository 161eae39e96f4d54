"""Rows that repeat another row exactly, in the same file or in another one, count once.

Where a layout says that identical rows are separate purchases ("keep"), a row repeats another
only across files: importing the same file twice changes nothing in either case.
"""

from lifeworth.engines.protocol import Engine

_TWINS = """
SELECT hash_a, hash_b FROM import_rows WHERE reason IS NULL
GROUP BY hash_a, hash_b HAVING COUNT(*) > 1"""

_REPEATS = """
WITH twins AS (
  SELECT r.seq, r.file, r.hash_a, r.hash_b, r.keep_duplicates,
         ROW_NUMBER() OVER (PARTITION BY r.hash_a, r.hash_b, r.file ORDER BY r.seq) AS in_file,
         ROW_NUMBER() OVER (PARTITION BY r.hash_a, r.hash_b ORDER BY r.seq) AS in_all
  FROM import_rows r JOIN import_twins t ON r.hash_a = t.hash_a AND r.hash_b = t.hash_b
  WHERE r.reason IS NULL),
placed AS (
  SELECT seq, keep_duplicates, in_all,
         ROW_NUMBER() OVER (PARTITION BY hash_a, hash_b, in_file ORDER BY seq) AS across_files
  FROM twins)
SELECT seq FROM placed WHERE CASE WHEN keep_duplicates THEN across_files > 1 ELSE in_all > 1 END"""

_MARKED = """
SELECT r.* REPLACE (CASE WHEN d.seq IS NOT NULL THEN 'duplicate' ELSE r.reason END AS reason)
FROM import_rows r LEFT JOIN import_repeats d ON r.seq = d.seq"""


def mark_duplicates(engine: Engine) -> None:
    """Give the repeats in `import_rows` the reason "duplicate"."""
    engine.create("import_twins", _TWINS)
    if engine.query("SELECT COUNT(*) AS n FROM import_twins")["n"][0].as_py() == 0:
        return
    engine.create("import_repeats", _REPEATS)
    engine.create("import_rows", _MARKED)
