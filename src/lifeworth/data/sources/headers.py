"""Headers as keys: one spelling for comparison, unique names for the table.

`plain` makes "订单付款时间 ", "訂單付款時間" and "订单_付款时间" the same word; the names shown to
people keep their own spelling, trimmed.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

# Characters of header words, traditional above simplified. Headers are only compared by it, never shown.
_TRADITIONAL = (
    "編號單訂價數額時間會員買賣實際應總幣別稱電話郵費稅銷貨狀態類產購優運帳賬戶聯繫國區縣鄉門質標題規備註審關閉"
    "發達從開務機構積點紅級體貿淨經歷過結賺潤損項種長書報車業專線樣齡歲層來動轉帶確認識進選擇紀錄錄檔資訊網頁顧"
    "顯碼頻據紙減滿買寶貝滙匯併億萬與為這兒圖張內僅現場絡給換廠戰勝條極樂樓櫃歐殘氣測溫滅營當畫異盤礙禮稱穩筆"
    "節範築籤絕綜續罰義習職補製複視訪評詢調請證讓負貴貸賞賬賴趨軟輕輸邊遲還連週遊適遠鄰醫鐘鋪鍵鎖隊險隨雙離難"
    "雲靜韓響頂順須預領館駐驗齊參係簡賣誰詳統創維團貓誤寫隱鏈軌贈償債頭屬細遞暱檢獎勵膚廳階擔權計認討論議該讀調談許設試詞譯護貢責財敗貼費賀賠購賽"
    "薦邀獲願濟質夠爾親屬戶組關係閱"
)
_SIMPLIFIED = (
    "编号单订价数额时间会员买卖实际应总币别称电话邮费税销货状态类产购优运账账户联系国区县乡门质标题规备注审关闭"
    "发达从开务机构积点红级体贸净经历过结赚润损项种长书报车业专线样龄岁层来动转带确认识进选择纪录录档资讯网页顾"
    "显码频据纸减满买宝贝汇汇并亿万与为这儿图张内仅现场络给换厂战胜条极乐楼柜欧残气测温灭营当画异盘碍礼称稳笔"
    "节范筑签绝综续罚义习职补制复视访评询调请证让负贵贷赏账赖趋软轻输边迟还连周游适远邻医钟铺键锁队险随双离难"
    "云静韩响顶顺须预领馆驻验齐参系简卖谁详统创维团猫误写隐链轨赠偿债头属细递昵检奖励肤厅阶担权计认讨论议该读调谈许设试词译护贡责财败贴费贺赔购赛"
    "荐邀获愿济质够尔亲属户组关系阅"
)
FOLD = str.maketrans(_TRADITIONAL, _SIMPLIFIED)

_UNIT = r"元|人民币|rmb|cny|usd|eur|gbp|twd|nt\$|us\$|hkd|[$¥€£]|件|个|份|kg|%"
_UNITS_IN_BRACKETS = re.compile(rf"[(\[【「]\s*(?:{_UNIT})\s*[)\]】」]", re.IGNORECASE)
_DROPPED = re.compile(r"[\s_\-.:;,/\\#*'\"`()\[\]{}【】「」《》<>|?!、。:·\u200b\u200c\u200d\u2060\ufeff]+")


@lru_cache(maxsize=4096)
def plain(header: str) -> str:
    """The header for comparison: NFKC, lower case, no spaces, signs or bracketed units, folded to 简体."""
    text = unicodedata.normalize("NFKC", header).strip().lower().translate(FOLD)
    return _DROPPED.sub("", _UNITS_IN_BRACKETS.sub("", text))


def shown(header: str) -> str:
    """The header as people see it: trimmed, without guards and marks that cannot be seen."""
    text = header.strip(" \t\r\n\u3000\xa0\ufeff\u200b")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return " ".join(text.split()) if "\n" in text or "\r" in text else text


def unique_names(headers: Sequence[str | None], width: int) -> list[str]:
    """`width` names, each once: empty ones by position, repeated ones numbered from 2."""
    names: list[str] = []
    taken: set[str] = {"__row__"}
    for position in range(width):
        given = shown(headers[position] or "") if position < len(headers) else ""
        base = given or f"column_{position + 1}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        names.append(name)
    return names
