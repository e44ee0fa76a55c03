"""Makes the label's own font again: the letters that labels need, cut from Noto Sans CJK SC (SIL OFL 1.1).

    python docs/make_label_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

A firm whose name has other letters makes a font of its own with `--also LETTERS` and `--out FILE`, and gives
that to `packtrace label --font FILE` or to the server as PACKTRACE_LABEL_FONT. The outlines become quadratic,
which every PDF reader draws; the name that the font's licence reserves is not used for what is made.
"""

import argparse
import string
from pathlib import Path
from typing import Final

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.timeTools import timestampFromString
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from ledger.printing.words import letters

OUT: Final = Path(__file__).parents[1] / "ledger" / "printing" / "label.ttf"
SIMPLIFIED: Final = 2
"""The place of the simplified Chinese font in Noto's collection."""
NAME: Final = "Packtrace Label"
VERSION: Final = "1.000"
_DAY: Final = "Sun Nov 22 00:00:00 2026"
_MAX_ERROR: Final = 1.0
# Beside the texts of labels: what names of firms in this trade are made of, provinces and large cities.
_NAMES: Final = (
    "股份有限责任公司集团科技新能源动力电池锂汽车工业制造材料循环再生资源环保回收利用梯次储能电子电气电源系统装备工程技术"
    "研究院中心贸易商实业控股投资发展分厂部国际中华人民共和第一二三四五六七八九十百千万亿年月日区县市省镇路号甲乙丙丁"
    "北京天津上海重庆河北山西辽宁吉林黑龙江江苏浙江安徽福建江西山东河南湖北湖南广东海南四川贵州云南陕西甘肃青海台湾"
    "内蒙古广西西藏宁夏新疆香港澳门深圳广州杭州南京苏州无锡常州宁波合肥厦门青岛大连沈阳长春哈尔滨成都武汉长沙郑州西安"
    "昆明贵阳兰州西宁银川乌鲁木齐拉萨海口三亚惠州东莞佛山珠海中山肇庆柳州宜宾遂宁溧阳衢州湖州嘉兴绍兴金华温州"
    "宁德时代比亚迪亿纬国轩高科欣旺达孚能蜂巢远景捷威瑞浦兰钧格林美邦普华友天赐赣锋光华旺能豪鹏光明星海洋联创达"
    "福士盛德瑞泰恒安诺信源通宏伟力神马飞龙腾骏奇虎凯旋翔宇辰希望示范演溯"
    "修停出务塔审已店废报拆换整服机极构检测登租经维网营虚行计记财运进销"
    "丰众升图城多奔宝小岚巴当想斯方旗本杉来氟氪特理田米红纳航莫菱蔚蟠裕贝赛跑辉零风驰"
)
_MARKS: Final = " ·–—’“”‘°²³×±µ％，。：；、（）《》？！／－"


def main() -> None:
    """Read the arguments and write the font."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="Noto Sans CJK as a collection, or one font file of yours")
    parser.add_argument("--also", default="", help="further letters")
    parser.add_argument("--out", type=Path, default=OUT)
    told = parser.parse_args()
    wanted = set(string.printable[:95] + letters() + _NAMES + _MARKS + told.also)
    font = _cut(_open(told.source), wanted)
    font.save(told.out)
    missing = sorted(one for one in wanted if ord(one) not in font.getBestCmap())
    print(f"{told.out}: {told.out.stat().st_size} bytes, missing {''.join(missing)!r}")  # noqa: T201


def _open(source: Path) -> TTFont:
    return TTFont(source, fontNumber=SIMPLIFIED if source.suffix in {".ttc", ".otc"} else -1)


def _cut(font: TTFont, wanted: set[str]) -> TTFont:
    """Return a font of the letters wanted, without hints, layout tables and everything else."""
    options = Options(hinting=False, layout_features=[], notdef_outline=True, desubroutinize=True)
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(wanted)))
    subsetter.subset(font)
    order = font.getGlyphOrder()
    glyphs = font.getGlyphSet()
    built = FontBuilder(font["head"].unitsPerEm, isTTF=True)
    built.setupGlyphOrder(order)
    built.setupCharacterMap(dict(font.getBestCmap()))
    built.setupGlyf({name: _quadratic(glyphs, name) for name in order})
    table = built.font["glyf"]
    built.setupHorizontalMetrics(
        {name: (glyphs[name].width, getattr(table[name], "xMin", 0)) for name in order}
    )
    built.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
    built.setupNameTable(
        {"familyName": NAME, "styleName": "Regular", "copyright": _COPYRIGHT, "version": VERSION}
    )
    built.setupOS2(sTypoAscender=880, sTypoDescender=-120, fsType=0, sCapHeight=733, sxHeight=543)
    built.setupPost(keepGlyphNames=False)
    # The same letters are the same bytes on every day.
    built.font["head"].created = built.font["head"].modified = timestampFromString(_DAY)
    built.font.recalcTimestamp = False
    return built.font


_COPYRIGHT: Final = (
    "Cut from Noto Sans CJK SC, Copyright 2014-2021 Adobe (http://www.adobe.com/). "
    "SIL Open Font License 1.1: https://openfontlicense.org"
)


def _quadratic(glyphs: object, name: str) -> object:
    pen = TTGlyphPen(None)
    glyphs[name].draw(Cu2QuPen(pen, _MAX_ERROR, reverse_direction=True))
    return pen.glyph()


if __name__ == "__main__":
    main()
