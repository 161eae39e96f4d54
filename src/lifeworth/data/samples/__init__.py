"""Real orders that come with lifeworth.

`cdnow/CDNOW_sample.txt`: the 1/10 sample of CDNOW's purchases, 2,357 customers who first bought
in the first quarter of 1997, followed to 1998-06-30. Research data of Fader and Hardie; licence
beside it.
"""

from pathlib import Path

CDNOW = Path(__file__).parent / "cdnow" / "CDNOW_sample.txt"
