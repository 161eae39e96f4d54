"""A simulated company: a shop for coffee, with everything that companies keep, and the truth beside it.

`world.py` lets customers come, refer, buy, answer a campaign and leave; `words.py` names them in three
languages; `beside.py` adds what is kept beside orders; `files.py` and `beside_files.py` write what the
company would have on its disk. One seed, the same bytes.
"""

from lifeworth.data.samples.company.files import CompanyFiles, write_company
from lifeworth.data.samples.company.world import Company, Parameters, simulate_company

__all__ = ["Company", "CompanyFiles", "Parameters", "simulate_company", "write_company"]
