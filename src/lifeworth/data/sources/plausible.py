"""How much a decoded text reads like text: frequent characters for, impossible ones against.

Bytes of 客户编号 in GBK are also valid Big5 and valid Latin-1; only the reading tells which one was
meant. The score is the mean over the characters that are not ASCII, from about +1 (a language) down
to -3 (undecodable), so that encodings of different width compare.
"""

from functools import cache

from lifeworth.data.cleaning.characters import FOLD

# the most frequent characters of running text, names, places and order files
_FREQUENT = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发"
    "成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己"
    "话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五"
    "太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今"
    "京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队"
    "跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令"
    "黄德收脸钱党倒未持取设始版双历越史商千片容研像找友广改议形委早房音火际则首单据导影失拿网香似石若谁校读志飞观争究包组造落视济喜离虽"
    "订编号户客买卖付款额价销售退状态邮费运货宝贝标题店铺支收址省县街号栋室备注类规格件套品牌优惠折扣券券税成本利润会员姓姐陈杨赵吴徐孙胡"
    "朱郭罗郑梁谢宋唐冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶苏魏吕丁沈姚卢姜崔钟谭陆汪范石廖贾夏韦方邹熊孟秦白江阎薛尹段雷侯龙史陶黎贺顾毛郝龚"
    "邵万覃武戴莫孔汤深圳广州杭上海京沪浙苏粤闽台湾香港湖川渝辽吉黑陕甘宁云桂琼藏疆蒙牛油米茶糖奶肉鱼果菜酒水衣鞋帽包袋裙裤衫巾箱盒瓶袋"
    "交易已完关闭等待发货签失败处理中待确认申请额度消费积分卡券码扫微信宝银行现支付日期间间隔周季度总计合计小计序明细摘要"
)
_UNFOLD = {chr(simplified): chr(traditional) for traditional, simplified in FOLD.items()}
FREQUENT = (
    frozenset(_FREQUENT) | {_UNFOLD[c] for c in _FREQUENT if c in _UNFOLD} | set("個們來國說時會後對過還發")
)
_PUNCTUATION = frozenset("，。、；：？！“”‘’（）《》〈〉【】「」『』—…·￥～－／　％＋＝｜＃＆＊＠")
_LATIN_SIGNS = frozenset("£€¥§°®©™½¼¾²³«»–—’‘“”…•\xa0·¿¡ºª×±")


@cache
def _is_common(character: str) -> bool:
    """In the first level of GB 2312 or of Big5: characters of everyday use."""
    for codec, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            lead = character.encode(codec)[0]
        except UnicodeEncodeError:
            continue
        if first <= lead <= last:
            return True
    return False


def chinese_score(text: str) -> float:
    """Mean plausibility of the characters that are not ASCII, read as Chinese."""
    total = count = 0.0
    for character in text:
        if character < "\x80":
            continue
        count += 1
        if character in FREQUENT:
            total += 1
        elif character in _PUNCTUATION or "０" <= character <= "ｚ":
            total += 0.4
        elif character == "\ufffd":
            total -= 3
        elif _is_common(character):
            total += 0.1
        else:
            total -= 0.8
    return total / count if count else 0.0


def latin_score(text: str) -> float:
    """Mean plausibility of the characters that are not ASCII, read as Western European."""
    total = count = 0.0
    for position, character in enumerate(text):
        if character < "\x80":
            continue
        count += 1
        before = text[position - 1] if position else " "
        after = text[position + 1] if position + 1 < len(text) else " "
        alone = before < "\x80" and after < "\x80"
        if character.isalpha() and character not in "ªº":
            beside_letter = (before < "\x80" and before.isalpha()) or (after < "\x80" and after.isalpha())
            capital_inside = character.isupper() and before.islower()
            total += 0.9 if beside_letter and alone and not capital_inside else -0.4
        elif character in _LATIN_SIGNS:
            total += 0.6 if alone else -0.5
        else:
            total -= 1
    return total / count if count else 0.0
