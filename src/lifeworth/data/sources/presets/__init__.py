"""One file per platform: the real headers of its exports and what its columns mean.

A file offers `LAYOUTS`, a tuple of Preset. To add a platform, add a file and name it here.
"""

from lifeworth.data.sources.preset import Preset
from lifeworth.data.sources.presets import (
    amazon,
    cdnow,
    douyin,
    pinduoduo,
    shopify,
    stripe,
    tiktok_shop,
    tmall,
    woocommerce,
    youzan,
)

PRESETS: tuple[Preset, ...] = (
    *shopify.LAYOUTS,
    *woocommerce.LAYOUTS,
    *stripe.LAYOUTS,
    *amazon.LAYOUTS,
    *tiktok_shop.LAYOUTS,
    *tmall.LAYOUTS,
    *douyin.LAYOUTS,
    *pinduoduo.LAYOUTS,
    *youzan.LAYOUTS,
    *cdnow.LAYOUTS,
)
