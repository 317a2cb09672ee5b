"""A made-up catalogue for benches and tests: invented items in the shape of the demo catalogue, the same for each seed.

The codes have DM where a real code has two digits, so that none can meet a real one or one of the demo catalogue.

    python scripts/made_items.py --seed 1 --count 1400 --out made.json
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any, NamedTuple

COUNT_MAX = 20_000  # what the word lists can name without repeating themselves


class Body(NamedTuple):
    """An invented department: name, body code, item types, and the things (with what villagers call them)."""

    name: str
    code: str
    kinds: tuple[str, ...]
    things: tuple[tuple[str, str], ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _things(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.split("/") for pair in text.split())
    return tuple((thing, called) for thing, called in pairs)


BODIES = (
    Body(
        "演示区民政局",
        "11350212DM0001104K",
        ("05", "07", "20"),
        _things("""
            特困人员救助供养/五保 孤儿基本生活保障/孤儿补助 事实无人抚养儿童保障/困境儿童
            经济困难老年人服务补贴/养老补贴 居家养老助餐服务/长者食堂 殡葬惠民补助/丧葬补助
            流动老人入住登记/敬老院 低保边缘家庭认定/低边户 慈善帮扶/慈善款 乡村公墓穴位/公墓
        """),
    ),
    Body(
        "演示区农业农村局",
        "11350212DM0001155U",
        ("01", "05", "07"),
        _things("""
            耕地地力保护补贴/种粮补贴 水产养殖证/鱼塘证 畜禽养殖备案/养猪备案 动物防疫条件合格证/防疫证
            生鲜乳收购站/奶站 农药经营许可/农药店 种子经营备案/种子店 家庭农场名录/家庭农场
            拖拉机驾驶证/拖拉机本 联合收割机牌证/收割机牌 土地经营权流转/包地 沼气池补助/沼气
        """),
    ),
    Body(
        "演示区人力资源和社会保障局",
        "11350212DM00011209",
        ("07", "20"),
        _things("""
            灵活就业社会保险补贴/社保补贴 创业担保贷款/创业贷 技能提升补贴/考证补贴
            就业困难人员认定/困难就业 公益性岗位/公岗 被征地农民养老保障/失地养老 社会保障卡/社保卡
            劳动合同备案/合同备案 退休人员社会化管理/退休接转 求职创业补贴/求职补贴
        """),
    ),
    Body(
        "演示区卫生健康局",
        "11350212DM0001112E",
        ("01", "05", "07"),
        _things("""
            独生子女父母光荣证/独生证 计划生育特殊家庭扶助/特扶 乡村医生执业/村医
            公共场所卫生许可/卫生证 婚前医学检查/婚检 出生医学证明/出生证 母婴保健技术/母婴
            生活饮用水卫生/饮水证 严重精神障碍救治/精障救治 农村改厕补助/改厕
        """),
    ),
    Body(
        "演示市医疗保障局演示分局",
        "11350212DM00011396",
        ("20",),
        _things("""
            门诊慢特病待遇/慢病卡 医疗救助/大病救助 新生儿参保/宝宝医保 医保关系转移/医保转移
            医疗费用手工报销/报销 生育津贴/生育险 医保电子凭证/医保码 个人账户家庭共济/共济
        """),
    ),
    Body(
        "演示市公安局演示分局",
        "11350212DM00011471",
        ("01", "07"),
        _things("""
            户口迁移/迁户口 出生登记/上户口 死亡注销/销户 临时身份证明/临时证 犬类养殖/狗证
            边境通行证/边防证 烟花爆竹运输/爆竹 电动自行车号牌/电动车牌 户主变更/换户主
        """),
    ),
    Body(
        "演示区市场监督管理局",
        "11350212DM0001163N",
        ("01", "07"),
        _things("""
            食品经营许可/食品证 小作坊登记/小作坊 食品摊贩备案/摆摊 农民专业合作社/合作社
            公司设立/公司执照 药品零售许可/药店 特种设备使用/电梯登记 计量器具检定/秤检
        """),
    ),
    Body(
        "演示镇人民政府",
        "11350212DM00010240",
        ("01", "07", "20"),
        _things("""
            乡村建设规划许可/建房证 设施农用地备案/大棚备案 临时用地/临时占地 村道挖掘/挖路
            自建房安全鉴定/危房 农村危房改造/危改 村级公益事业奖补/一事一议 自然灾害生活救助/救灾
            土地承包纠纷调解/调解 村集体资产出租/村产出租 公共租赁住房/公租房 农业保险理赔/农险
            党组织关系转接/转党员 志愿服务登记/志愿者
        """),
    ),
    Body(
        "演示区残疾人联合会",
        "13350212DM000118X3",
        ("05", "20"),
        _things("""
            残疾人辅助器具适配/轮椅 残疾儿童康复救助/康复 残疾人机动轮椅车燃油补贴/燃油补贴
            残疾人家庭无障碍改造/无障碍 残疾学生助学/残疾助学 残疾人就业创业扶持/残疾创业
        """),
    ),
    Body(
        "演示区退役军人事务局",
        "11350212DM0001171H",
        ("05", "20"),
        _things("""
            义务兵家庭优待金/优待金 参战人员生活补助/参战补助 烈属定期抚恤/烈属抚恤
            退役士兵自主就业补助/自主就业 伤残抚恤关系转移/伤残转移 光荣牌悬挂/光荣牌
        """),
    ),
)
ACTS = _things("""
    申请/ 变更/改 注销/注销 补领/补 换领/换 续期/续 年度核验/年审 资格确认/认定 停发/停 恢复/恢复
    转入/转进来 转出/转出去 信息更正/更正 证明开具/开证明 异议复核/复核 代办委托/代办
""")
SCOPES = _words("""
    (本市户籍) (外来人员) (集体经济组织成员) (企业) (个体工商户) (未成年人) (老年人) (山区村) (海岛村)
    (新办) (历史遗留)
""")
ROLES = ("collect_and_forward", "collect_and_forward", "accept_and_forward", "assist_online", "guide_only")
PAPERS = _words("""
    居民户口簿 居住证 村(居)民委员会意见 收入情况说明 近期免冠证件照 不动产权属材料 租赁合同 诊断证明 银行账户信息
""")


def made_items(seed: int, count: int) -> list[dict[str, Any]]:
    """That many invented records, each name and code once."""
    assert 0 <= count <= COUNT_MAX
    chance = random.Random(seed)  # noqa: S311 - the same seed must make the same catalogue
    named = [(b, t, a, s) for s in ("", *SCOPES) for a in ACTS for b in BODIES for t in b.things]
    named += [(b, t, a, f"{s}第{n}类") for n in range(2, 12) for b, t, a, s in named]
    first = named[: max(count, 1400)]  # the plain names before those with a number
    chance.shuffle(first)
    return [_record(chance, number, *parts) for number, parts in enumerate(first[:count], 1)]


def _record(
    chance: random.Random, seq: int, body: Body, thing: tuple[str, str], act: tuple[str, str], scope: str
) -> dict[str, Any]:
    kind = chance.choice(body.kinds)
    level = chance.choice((5, 6))
    catalogue = f"35{kind}DM{seq:06d}"
    statutory = chance.choice((None, 15, 20, 30))
    return {
        "seq": seq,
        "item_name": thing[0] + act[0] + scope,
        "aliases": [thing[1] + act[1]],
        "item_type": kind,
        "implementing_dept": body.name,
        "implementing_dept_code_demo": body.code,
        "decide_level": chance.choice(("town", "district", "town_or_district")),
        "exercise_level": level,
        "village_role": chance.choice(ROLES),
        "case_type": "2",
        "statutory_limit": statutory,
        "promised_limit": chance.randint(1, statutory or 20),
        "limit_unit": chance.choice(("工作日", "工作日", "自然日")),
        "public_notice_days": chance.choice((0, 0, 5, 7)),
        "special_procedures": [],
        "conditions": [f"符合{thing[0]}的规定条件"],
        "materials": _materials(chance, thing[0]),
        "flow": ["村收件", "镇初审", "区审核", "送达"],
        "result": f"{thing[0]}{act[0]}结果告知",
        "charge": "否",
        "visits": 1,
        "handling_form": "1,2,3",
        "cross_region": "全市",
        "offline_intake": True,
        "result_validity": None,
        "tags": ["编造"],
        "confidence": "演示：编造的事项，不可用于办事",
        "sources": "made",
        "demo_catalog_code": catalogue,
        "demo_impl_code": f"{body.code}{level}{catalogue}",
        "version": 1,
        "effective_from": "2026-01-01",
        "status": "在用",
        "demo": True,
        "questions": [_question()],
        "form": _form(thing[0]),
        "applicant_kinds": ["person"],
    }


def _materials(chance: random.Random, thing: str) -> list[dict[str, Any]]:
    papers = [
        ("m_form", f"{thing}申请表", 0),
        ("m_id_card", "申请人居民身份证", 0),
        ("m_proxy", "授权委托书(代办时)", 1),
    ]
    papers += [(f"m_{number}", name, 0) for number, name in enumerate(chance.sample(PAPERS, chance.randint(0, 4)), 1)]
    plain = {"source": 0, "form": "paper_or_electronic", "original_copies": 1, "can_defer": False}
    return [{"id": i, "name": name, "necessity": need, **plain} for i, name, need in papers]


def _question() -> dict[str, Any]:
    agent = {"value": "agent", "label": "委托他人代办", "materials": ["m_proxy"]}
    own = {"value": "self", "label": "本人办理", "materials": []}
    return {"id": "handler", "text": "由谁到场办理？", "options": [own, agent], "required": True}


def _form(thing: str) -> list[dict[str, Any]]:
    fields = (
        ("reason", "申请理由", "long_text", True),
        ("since_on", f"{thing}起始日期", "date", False),
        ("members", "家庭人口", "integer", False),
        ("amount", "涉及金额", "money", False),
    )
    return [
        {"id": i, "label": label, "type": kind, "required": need, "group": "申请内容"}
        for i, label, kind, need in fields
    ]


def main() -> None:
    """Writes a catalogue file, or standard output for `-`."""
    parser = argparse.ArgumentParser(description="make an invented catalogue")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1400)
    parser.add_argument("--out", default="-")
    options = parser.parse_args()
    catalogue = {"licence": "Invented, free to use.", "items": made_items(options.seed, options.count)}
    text = json.dumps(catalogue, ensure_ascii=False, indent=1) + "\n"
    if options.out == "-":
        sys.stdout.write(text)
    else:
        Path(options.out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
