"""What clerks type into the item search, for the bench: hanzi as an input method gives them, pinyin, initials, mixed.

Full words, names for things that villagers use, near misses of Minnan speakers, parts of codes, and a few that find
nothing.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


QUERIES = (
    *_words("""
        低保 高龄津贴 老年证 残疾人证 医保 参保 五保 孤儿补助 养老补贴 长者食堂 丧葬补助 种粮补贴 家庭农场 拖拉机驾驶证
        包地 社保卡 创业担保贷款 公益性岗位 独生证 出生医学证明 慢病卡 报销 户口迁移 上户口 食品经营许可 合作社
        建房证 危房改造 公租房 农业保险理赔 优待金 光荣牌 轮椅 民政局补贴 申请表
        dibao wubao gaoling canji yibao yanglao zhongliang hukou baoxiao shebaoka jianfang weifang
        db wb ggjh yljt cjrz nchzyl shbx tlj jtnc qylb
        低bao 户kou 医bao报销 zunsenzen gaolinjintie fuli 11350212DM0001104K 35050 xyz
    """),
    "农机 补贴",
    "残疾 补贴",
    "老人 卡",
)
