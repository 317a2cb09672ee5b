"""Made-up applicants and their intakes for benches and tests: invented people, the same for each seed.

Resident IDs have the area code 350200, which is a city's and no county's, and right check digits. Phones are of the
demo ranges.

    python scripts/made_people.py --seed 1 --count 500 --catalogue station/demo/catalog_seed.json
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from station.check_digits import mod_11_2
from station.checklist import required_materials, visible_fields, visible_questions
from station.item import FormField, Item
from station.item_record import item_of
from station.rights import GUIDE_ONLY

AREA = "350200"
LATEST = date(2026, 6, 30)  # of every day in an answer: no made intake is of the future
SURNAMES = "陈林苏高杨叶洪黄郑王吴张李许蔡"
GIVEN = "志建文清火水金阿春秋月美丽秀雅淑婷佳宏伟强明辉福来添财振丰坤山炳南树根梅兰菊莲珠宝霞芬芳惠玉"
VILLAGES = ("军营村", "白交祠村", "小坪村", "西坑村", "淡溪村", "上陵村")
CORNERS = ("顶厝", "下厝", "内厝", "埔尾", "溪仔边", "后寮", "大厝边", "崎头", "茶园", "庵脚", "")
BANKS = ("农商银行莲花支行", "邮储银行同安支行", "农业银行同安支行", "建设银行同安支行")
CAUSES = (
    "因家中老人长期患病",
    "因本人腰腿受伤",
    "因台风损坏房屋",
    "因孩子升学",
    "因外出务工返乡",
    "因证件到期",
    "因家庭人口增加",
)
STATES = ("收入主要靠种茶和地瓜", "全家靠一人打零工", "子女在市区务工", "与老人同住", "住房年久失修", "暂住亲戚家")
WISHES = ("恳请按政策办理", "请予审核", "请村里协助核实", "材料随后补齐", "特此申请")
NOTES = (
    "证件现场核验后退还。",
    "下次赶圩带来原件。",
    "老人无手机，请打儿子电话。",
    "已告知一次性补正材料。",
    "下午再来补签字。",
)
THINGS = ("演示一型", "茶叶", "杉木", "木工", "电焊", "家政", "初级工", "演示公司", "演示合作社", "见附页", "同上")
PLACES = re.compile("地址|地点|坐落|居住地|所在地|场所")
GOT = ("original_seen",) * 5 + ("copy",) * 4 + ("paper",) * 4 + ("ecert",) * 2 + ("deferred", "missing")


def made_intakes(seed: int, items: Sequence[Item], count: int) -> list[dict[str, Any]]:
    """That many intake lines, in the shape of the command line, for the items that a person may bring."""
    takeable = [i for i in items if i.offline_intake and i.village_role != GUIDE_ONLY and "person" in i.applicant_kinds]
    assert takeable or not count
    chance = random.Random(seed)  # noqa: S311 - the same seed must make the same people
    return [_intake(chance, chance.choice(takeable), number) for number in range(1, count + 1)]


def resident_id(chance: random.Random, youngest: int = 18, oldest: int = 90) -> str:
    """A number of nobody, of an age between these."""
    born = date(LATEST.year - chance.randint(youngest, oldest), 1, 1) + timedelta(days=chance.randint(0, 179))
    body = f"{AREA}{born:%Y%m%d}{chance.randint(1, 999):03}"
    return body + mod_11_2(body)


def _intake(chance: random.Random, item: Item, number: int) -> dict[str, Any]:
    answers = _answers(chance, item)
    materials = [{"name": m.id, "got": chance.choice(GOT)} for m in required_materials(item, answers)]
    applicant = {
        "kind": "person",
        "name": _name(chance),
        "id_kind": "resident_id",
        "id_no": resident_id(chance),
        "phone": "" if chance.random() < 0.1 else _phone(chance),
        "address": _address(chance),
    }
    return {
        "item": item.code,
        "applicant": applicant,
        "answers": answers,
        "materials": materials,
        "note": chance.choice(NOTES) if chance.random() < 0.3 else "",
        "ref": f"made-{number:06}",
    }


def _answers(chance: random.Random, item: Item) -> dict[str, Any]:
    """Every required question and field that shows, and six of ten of the others."""
    answers: dict[str, Any] = {}
    for question in item.questions:
        if question in visible_questions(item, answers):
            answers[question.id] = chance.choice(question.options).value
    for field in item.form:
        if field in visible_fields(item, answers) and (field.required or chance.random() < 0.6):
            value = _MAKE[field.type](chance, field)
            if field.required or _fits(field, value):
                answers[field.id] = value
    return answers


def _fits(field: FormField, value: Any) -> bool:
    return field.pattern is None or re.fullmatch(field.pattern, str(value)) is not None


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2, 2))))


def _phone(chance: random.Random) -> str:
    return f"1380000{chance.randint(0, 9999):04}" if chance.random() < 0.9 else f"0592-700{chance.randint(0, 9999):04}"


def _address(chance: random.Random) -> str:
    return f"莲花镇{chance.choice(VILLAGES)}{chance.choice(CORNERS)}{chance.randint(1, 199)}号"


def _text(chance: random.Random, field: FormField) -> str:
    if field.pattern is not None:
        return f"{chance.randint(10**9, 10**10 - 1)}"
    made = chance.choice(THINGS)
    if PLACES.search(field.label):
        made = _address(chance)
    elif "姓名" in field.label or "成员" in field.label:
        made = _name(chance)
    elif "银行" in field.label:
        made = chance.choice(BANKS)
    return made[: field.max_length]


def _long_text(chance: random.Random, field: FormField) -> str:
    parts = (chance.choice(CAUSES), *chance.sample(STATES, chance.randint(1, 3)), chance.choice(WISHES))
    return ("，".join(parts) + "。")[: field.max_length]


def _integer(chance: random.Random, field: FormField) -> int:
    least = int(field.minimum or 0)
    return chance.randint(least, min(int(field.maximum or least + 10), least + 10))


def _decimal(chance: random.Random, field: FormField) -> str:
    least, most = field.minimum or 1, field.maximum or 100
    tenths = chance.randint(int(least * 10), int(min(most, least + 30) * 10))
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else f"{tenths // 10}"


def _money(chance: random.Random, field: FormField) -> str:
    least, most = int(field.minimum or 0), int(field.maximum or 50_000)
    return str(chance.randint(-(-least // 100), min(most, 50_000) // 100) * 100)


def _day(chance: random.Random, _field: FormField) -> str:
    return (LATEST - timedelta(days=chance.randint(0, 700))).isoformat()


def _choices(chance: random.Random, field: FormField) -> list[str]:
    chosen = chance.sample(field.options, chance.randint(1, min(2, len(field.options))))
    return [option.value for option in field.options if option in chosen]


_MAKE: dict[str, Callable[[random.Random, FormField], Any]] = {
    "text": _text,
    "long_text": _long_text,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "date": _day,
    "yes_no": lambda chance, _field: chance.random() < 0.3,
    "choice": lambda chance, field: chance.choice(field.options).value,
    "choices": _choices,
    "phone": lambda chance, _field: _phone(chance),
    "resident_id": lambda chance, _field: resident_id(chance, 20, 60),
    "bank_account": lambda chance, _field: f"62{chance.randint(0, 10**17 - 1):017}",
}


def main() -> None:
    """Writes intakes as JSON lines to standard output."""
    parser = argparse.ArgumentParser(description="make invented intakes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--catalogue", type=Path, required=True)
    options = parser.parse_args()
    items = [item_of(record) for record in json.loads(options.catalogue.read_text(encoding="utf-8"))["items"]]
    for line in made_intakes(options.seed, items, options.count):
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
