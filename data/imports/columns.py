"""The columns of each import table: one list for templates, importers and documents.

Header texts are Chinese as a clerk writes them; ``aliases`` are other spellings that are
taken without asking.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.model import Datum
from routes.model import (
    CaseKind,
    CaseStatus,
    ClaimSource,
    DebtorKind,
    DutyKind,
    Grade,
    Identifier,
    OutcomeKind,
    PlaceKind,
    Situation,
    VisitBand,
)
from routes.property_answers import PropertyKind

__all__ = [
    "ADDRESS_COLUMNS",
    "CHOICES",
    "CHOICE_WORDS",
    "MAX_ADDRESSES",
    "MEASURED_LEG_COLUMNS",
    "NONE_FOUND",
    "NOT_ASKED",
    "TABLES",
    "Column",
    "TableKind",
    "columns_of",
]

MAX_ADDRESSES = 8
"""Address claims that one case row may carry: columns 地址1 … 地址8."""


class TableKind(StrEnum):
    """A kind of file that ``fieldwrit import`` takes as a table (areas are GeoJSON)."""

    CASES = "cases"
    STATIONS = "stations"
    CHECKPOINTS = "checkpoints"
    TEAMS = "teams"
    DUTIES = "duties"
    LIAISONS = "liaisons"
    OUTCOMES = "outcomes"
    LEADS = "leads"
    GAZETTEER = "gazetteer"
    CALENDAR = "calendar"
    PROPERTY = "property"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key in code, header in the file, what a cell may hold.

    ``kind`` is text, date, datetime, clock, number, integer, longitude, latitude, yesno,
    choice, choices, weekly or instalments.
    ``free`` says of a text what may stand in it: in ``numbers`` no number of a person, which is
    cut out; in ``words`` neither such a number nor a word of data that may not come in; in an
    empty one anything.
    ``asked`` says that a person answers it: the cell may also say that nobody was asked, which an
    empty one says too, and of a list that there is none.
    ``required`` asks for the header and for every cell. ``header_required`` asks for the
    header only, for columns whose absence would silently weaken a rule: a status, a list
    grade or a stay that nobody reads would let a protected person be visited. ``beside`` is
    the key of another column: the header is then asked for where that one stands.
    """

    key: str
    header: str
    kind: str = "text"
    required: bool = False
    header_required: bool = False
    beside: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    choices: str = ""  # key of CHOICES
    free: str = ""
    asked: bool = False


NOT_ASKED, NONE_FOUND = "未问", "无"
"""What a cell of a column that is asked may say besides its choices."""


def _in_yuan(*texts: str) -> tuple[str, ...]:
    return tuple(f"{text}{unit}" for text in texts for unit in ("", "（元）", "(元)"))


_NUMBER_ALIASES = ("执行案号", "案件编号")
_NAME_ALIASES = ("被执行人姓名", "被执行人名称")
_ID_ALIASES = (
    "证件号",
    "身份证号",
    "身份证号码",
    "居民身份证号码",
    "公民身份号码",
    "统一社会信用代码",
    "身份证号码/统一社会信用代码",
    "被执行人证件号码",
    "被执行人身份证号",
    "被执行人身份证号码",
)

_LANGUAGES = {
    "闽南话": "dialect",
    "客家话": "hakka",
    "莆仙话": "puxian",
    "福州话": "fuzhou",
    "潮汕话": "teochew",
    "粤语": "cantonese",
    "吴语": "wu",
    "湘语": "xiang",
    "赣语": "gan",
    "手语": "sign_language",
    "蒙古语": "mongolian",
    "藏语": "tibetan",
    "维吾尔语": "uyghur",
    "哈萨克语": "kazakh",
    "朝鲜语": "korean",
    "壮语": "zhuang",
    "彝语": "yi",
}

CHOICES: dict[str, dict[str, str]] = {
    "case_kind": {
        "劳动报酬": CaseKind.WAGES,
        "赡养抚养": CaseKind.SUPPORT,
        "人身损害": CaseKind.INJURY,
        "民间借贷": CaseKind.LOAN,
        "金融借款": CaseKind.BANK,
        "租赁": CaseKind.LEASE,
        "买卖": CaseKind.SALE,
        "腾退": CaseKind.EVICTION,
        "行政非诉": CaseKind.ADMINISTRATIVE,
        "其他": CaseKind.OTHER,
    },
    "case_status": {
        "执行中": CaseStatus.ACTIVE,
        "中止": CaseStatus.STAYED,
        "和解": CaseStatus.SETTLED,
        "暂缓履行": CaseStatus.PAUSED,
        "结案": CaseStatus.ENDED,
        "破产": CaseStatus.BANKRUPTCY,
    },
    "grade": {"无": Grade.NONE, "红": Grade.RED, "白": Grade.WHITE, "黑": Grade.BLACK},
    "debtor_kind": {"自然人": DebtorKind.PERSON, "单位": DebtorKind.COMPANY},
    "place_kind": {
        "住所": PlaceKind.HOME,
        "工作单位": PlaceKind.WORK,
        "经营场所": PlaceKind.BUSINESS,
        "登记地址": PlaceKind.REGISTERED,
    },
    "claim_source": {
        "申请人提供": ClaimSource.APPLICANT,
        "裁判文书": ClaimSource.JUDGMENT,
        "户籍": ClaimSource.HOUSEHOLD_REGISTER,
        "居住证": ClaimSource.RESIDENCE_PERMIT,
        "租赁备案": ClaimSource.LEASE,
        "市场主体登记": ClaimSource.COMPANY_REGISTER,
        "社保缴纳单位": ClaimSource.SOCIAL_INSURANCE,
        "车辆登记": ClaimSource.VEHICLE_REGISTER,
        "水电气账户": ClaimSource.UTILITY,
        "网格联络员": ClaimSource.LIAISON,
        "送达地址确认书": ClaimSource.DELIVERY_CONFIRMED,
        "不动产登记": ClaimSource.PROPERTY_REGISTER,
        "其他": ClaimSource.OTHER,
    },
    "identifier": {
        "姓名": Identifier.NAME,
        "证件号码": Identifier.ID_NUMBER,
        "出生日期": Identifier.BIRTH_DATE,
        "亲属": Identifier.KIN,
        "历史住址": Identifier.ADDRESS_HISTORY,
        "电话尾号": Identifier.PHONE_TAIL,
        "照片": Identifier.PHOTO,
        "统一社会信用代码": Identifier.CREDIT_CODE,
    },
    "outcome": {
        "找到": OutcomeKind.FOUND,
        "在此居住未遇": OutcomeKind.LIVES_HERE_ABSENT,
        "已搬走": OutcomeKind.MOVED,
        "查无此址": OutcomeKind.NO_SUCH_ADDRESS,
        "同名非本人": OutcomeKind.NAMESAKE,
        "拒绝开门": OutcomeKind.REFUSED,
        "关门歇业": OutcomeKind.CLOSED,
        "时段不符": OutcomeKind.WRONG_BAND,
    },
    "visit_band": {
        "清晨": VisitBand.DAWN,
        "上午": VisitBand.MORNING,
        "午间": VisitBand.MIDDAY,
        "下午": VisitBand.AFTERNOON,
        "傍晚": VisitBand.EVENING,
    },
    "datum": {
        "WGS84": Datum.WGS84,
        "GCJ02": Datum.GCJ02,
        "BD09": Datum.BD09,
        "CGCS2000": Datum.CGCS2000,
    },
    "checkpoint_kind": {"火车站": "rail", "高速出口": "expressway"},
    "duty_kind": {
        "听证": DutyKind.HEARING,
        "开庭": DutyKind.HEARING,
        "交接钥匙": DutyKind.KEYS,
        "其他": DutyKind.OTHER,
    },
    "skill": {
        "执行公务证": "licence",
        "女性执行人员": "female_officer",
        "司法警察": "judicial_police",
        "记录员": "recorder",
        "开锁": "locksmith",
        "驾驶": "driver",
        "医护人员": "medic",
        "翻译": "interpreter",
        **_LANGUAGES,
    },
    "language": _LANGUAGES,
    "profile": {"汽车": "car", "警车": "police_car", "电动车": "ebike", "步行": "foot"},
    "gazetteer_kind": {
        "门牌": "door",
        "小区": "estate",
        "单位": "poi",
        "道路": "road",
        "村": "village",
        "自然村": "group",
        "乡镇": "township",
    },
    "vulnerable": {
        "未成年人独处": "minor_alone",
        "老年人": "elderly",
        "残疾人": "disabled",
        "孕妇": "pregnant",
        "重病": "ill",
    },
    "situation": {
        "无": Situation.ORDINARY,
        "现役军人": Situation.MILITARY_SERVICE,
        "被监禁": Situation.IMPRISONED,
        "被采取强制性教育措施": Situation.COMPULSORY_EDUCATION,
    },
    "property_kind": {
        "银行存款": PropertyKind.BANK,
        "网络资金": PropertyKind.ONLINE,
        "车辆": PropertyKind.VEHICLE,
        "不动产": PropertyKind.REAL,
        "股权": PropertyKind.SHARES,
        "证券": PropertyKind.SECURITIES,
        "其他": PropertyKind.OTHER,
        "无财产": PropertyKind.NOTHING,
    },
    "day_kind": {"法定节假日": "holiday", "休息日": "rest_day", "工作日": "workday"},
}

CHOICE_WORDS: dict[str, dict[str, str]] = {
    name: {str(code): word for word, code in words.items()} for name, words in CHOICES.items()
}
"""The word of each code; of several words of one code the last."""
"""Words a cell may hold, and their codes."""

ADDRESS_COLUMNS: tuple[Column, ...] = (
    Column(
        "address_text",
        "地址{n}",
        example="河埔镇前洋村中山路128号",
        aliases=("地址", "住址"),  # of the first one
        free="numbers",
    ),
    Column(
        "address_source",
        "地址{n}来源",
        "choice",
        header_required=True,
        example="户籍",
        choices="claim_source",
    ),
    Column("address_kind", "地址{n}性质", "choice", example="住所", choices="place_kind"),
    Column("address_seen_on", "地址{n}日期", "date", header_required=True, example="2026-03-12"),
    Column(
        "address_basis",
        "地址{n}依据",
        header_required=True,
        example="户籍查询回执（2026）第31号",
        free="words",
    ),
    Column(
        "address_identifiers",
        "地址{n}核对标识",
        "choices",
        header_required=True,
        example="证件号码、出生日期",
        choices="identifier",
    ),
    Column("address_military", "地址{n}军事场所", "yesno", example="否"),
    Column("address_expires_on", "地址{n}有效期至", "date", example="2026-12-31"),
    Column("address_lon", "地址{n}经度", "longitude"),
    Column("address_lat", "地址{n}纬度", "latitude"),
    Column("address_datum", "地址{n}坐标系", "choice", choices="datum"),
)
"""Columns of one address claim; ``{n}`` runs from 1 to ``MAX_ADDRESSES``."""

TABLES: dict[TableKind, tuple[Column, ...]] = {
    TableKind.CASES: (
        Column(
            "number",
            "案号",
            required=True,
            example="（2026）闽0599执123号",
            aliases=_NUMBER_ALIASES,
        ),
        Column(
            "kind",
            "案由",
            "choice",
            required=True,
            example="民间借贷",
            choices="case_kind",
            aliases=("执行案由", "立案案由"),
        ),
        Column(
            "claim_yuan",
            "执行标的额",
            "number",
            required=True,
            example="56000",
            aliases=(
                "执行标的额（元）",
                "执行标的额(元)",
                *_in_yuan("执行标的", "执行标的金额", "申请执行标的额", "申请标的额"),
                *_in_yuan("立案标的额", "标的额", "标的金额"),
            ),
        ),
        Column(
            "filed_on",
            "立案日期",
            "date",
            required=True,
            example="2026-02-18",
            aliases=("立案时间", "执行立案日期", "执行立案时间"),
        ),
        Column(
            "status",
            "状态",
            "choice",
            required=True,
            example="执行中",
            choices="case_status",
            aliases=("案件状态", "执行状态"),
        ),
        Column(
            "basis_document",
            "执行依据文号",
            header_required=True,
            example="（2025）闽0599民初877号",
            aliases=("执行依据", "依据文号", "执行依据案号", "执行依据字号"),
        ),
        Column(
            "basis_served_on",
            "依据送达日期",
            "date",
            header_required=True,
            example="2025-11-03",
            aliases=("执行依据送达日期",),
        ),
        Column(
            "performance_due_on",
            "履行期限届满日",
            "date",
            header_required=True,
            example="2025-12-03",
            aliases=("履行期限届满日期",),
        ),
        Column(
            "notice_sent_on",
            "执行通知发出日期",
            "date",
            header_required=True,
            example="2026-02-20",
            aliases=("执行通知书发出日期",),
        ),
        Column(
            "grade",
            "名单等级",
            "choice",
            header_required=True,
            example="无",
            choices="grade",
            aliases=("名单",),
        ),
        Column("contact_logged_on", "最近联系日期", "date"),
        Column(
            "paused_until",
            "暂停至",
            "date",
            header_required=True,
            aliases=("暂停截止日期",),
        ),
        Column(
            "major_matter",
            "重大事项",
            "yesno",
            header_required=True,
            example="否",
            aliases=("是否重大事项",),
            asked=True,
        ),
        Column(
            "vulnerable",
            "特殊人员",
            "choices",
            header_required=True,
            example="无",
            choices="vulnerable",
            asked=True,
        ),
        Column("objection_pending", "执行行为异议审查中", "yesno", example="否", asked=True),
        Column(
            "instalments", "分期履行", "instalments", example="2026-10-31已收2026-10-30、2026-11-30"
        ),
        Column("debtor_name", "被执行人", required=True, example="林示例", aliases=_NAME_ALIASES),
        Column("debtor_kind", "被执行人类型", "choice", example="自然人", choices="debtor_kind"),
        Column("debtor_id_number", "证件号码", aliases=_ID_ALIASES),
        Column(
            "identifiers",
            "已核对标识",
            "choices",
            header_required=True,
            example="证件号码、出生日期",
            choices="identifier",
        ),
        Column(
            "needs_female_officer",
            "需女性执行人员",
            "yesno",
            header_required=True,
            example="否",
            aliases=("是否需女性执行人员",),
        ),
        Column("situation", "特殊处境", "choice", example="无", choices="situation", asked=True),
        Column("languages", "沟通语言", "choices", choices="language"),
    ),
    TableKind.STATIONS: (
        Column("id", "编号", required=True, example="PS01"),
        Column("name", "派出所名称", required=True, example="河埔派出所"),
        Column("lon", "经度", "longitude", required=True),
        Column("lat", "纬度", "latitude", required=True),
        Column("datum", "坐标系", "choice", example="WGS84", choices="datum"),
        Column("escort_hours", "协助时段", "weekly", example="周一至周五 08:30-17:30 2人"),
        Column("phone", "值班电话", example="0595-00000101"),
        Column("fetched", "须到所接人", "yesno", example="否"),
        Column("profile", "出警交通方式", "choice", example="警车", choices="profile"),
    ),
    TableKind.CHECKPOINTS: (
        Column("id", "编号", required=True, example="CP01"),
        Column("name", "名称", required=True, example="示例站"),
        Column("kind", "类型", "choice", required=True, choices="checkpoint_kind"),
        Column("lon", "经度", "longitude", required=True),
        Column("lat", "纬度", "latitude", required=True),
        Column("datum", "坐标系", "choice", example="WGS84", choices="datum"),
        Column("duty_hours", "勤务时段", "weekly", example="周五 16:00-18:00"),
        Column("duty_basis", "勤务依据", example="协助执行通知书（2026）第7号", free="words"),
        Column("number", "勤务案号", example="（2026）闽0599执123号"),
        Column("debtor_name", "勤务被执行人", example="林示例"),
        Column("duty_purpose", "勤务目的", example="协助查找下落", free="words"),
        Column("duty_liaison", "勤务联络单位", example="示例站派出所值班室"),
        Column("duty_ends_on", "依据截止日期", "date", example="2026-12-31"),
    ),
    TableKind.TEAMS: (
        Column("id", "编号", required=True, example="T1"),
        Column("name", "小组名称", required=True, example="执行一组"),
        Column("officers", "人数", "integer", required=True, example="3"),
        Column(
            "skills",
            "技能",
            "choices",
            header_required=True,
            example="执行公务证、记录员",
            choices="skill",
        ),
        Column("recorders", "记录设备数", "integer", example="1"),
        Column("outsiders", "外部人员数", "integer", example="0"),
        Column("overtime_min", "可加班分钟", "integer", example="30"),
        Column("max_stops", "每班停留数", "integer", example="8"),
        Column("profile", "交通方式", "choice", example="汽车", choices="profile"),
        Column("lon", "出发地经度", "longitude", required=True),
        Column("lat", "出发地纬度", "latitude", required=True),
        Column("datum", "坐标系", "choice", example="WGS84", choices="datum"),
        Column("shifts", "班次", "weekly", required=True, example="周一至周五 07:00-18:00"),
    ),
    TableKind.DUTIES: (
        Column("id", "编号", required=True, example="QW01"),
        Column("kind", "类型", "choice", required=True, example="开庭", choices="duty_kind"),
        Column("label", "事项", required=True, example="执行异议听证，第三法庭", free="words"),
        Column(
            "address_text",
            "地点",
            example="河埔镇前洋村中山路128号",
            aliases=("地址",),
            free="numbers",
        ),
        Column("lon", "经度", "longitude"),
        Column("lat", "纬度", "latitude"),
        Column("datum", "坐标系", "choice", example="WGS84", choices="datum"),
        Column("day", "日期", "date", required=True, example="2026-12-03"),
        Column("starts", "开始", "clock", required=True, example="09:00", aliases=("开始时间",)),
        Column("ends", "结束", "clock", required=True, example="10:30", aliases=("结束时间",)),
        Column("minutes", "所需分钟", "integer", example="90"),
        Column("skills", "所需技能", "choices", example="开锁", choices="skill"),
        Column("number", "案号", example="（2026）闽0599执123号", aliases=_NUMBER_ALIASES),
        Column("team", "小组", example="T1", aliases=("小组编号", "执行小组")),
        Column(
            "withdrawn", "已撤回", "yesno", header_required=True, aliases=("是否撤回", "是否已撤回")
        ),
    ),
    TableKind.LIAISONS: (
        Column("id", "编号", required=True, example="L001"),
        Column("grid_code", "网格代码", required=True),
        Column("name", "姓名", required=True, example="陈示例"),
        Column("phone", "电话"),
    ),
    TableKind.OUTCOMES: (
        Column("number", "案号", required=True, aliases=_NUMBER_ALIASES),
        Column("debtor_name", "被执行人", required=True, aliases=_NAME_ALIASES),
        Column("address_text", "地址", required=True, free="numbers"),
        Column("claim", "地址编号"),
        Column("team", "小组"),
        Column("day", "日期", "date", example="2026-05-06"),
        Column("at", "时间", "clock", required=True, example="2026-05-06 07:20"),
        Column("outcome", "结果", "choice", required=True, choices="outcome"),
        Column("officers", "执行人员", example="甲、乙"),
        Column("note", "备注", free="words"),
    ),
    TableKind.LEADS: (
        Column("number", "案号", required=True, aliases=_NUMBER_ALIASES),
        Column("debtor_name", "被执行人", required=True, aliases=_NAME_ALIASES),
        Column("source", "来源", required=True, example="前洋村网格联络员", free="words"),
        Column("received_at", "收到时间", "datetime", required=True),
        Column("expires_at", "失效时间", "datetime", required=True),
        Column("address_text", "地址", free="numbers"),
        Column("band", "时段", "choice", choices="visit_band"),
        Column(
            "withdrawn", "已撤回", "yesno", header_required=True, aliases=("是否撤回", "是否已撤回")
        ),
    ),
    TableKind.GAZETTEER: (
        Column("name", "名称", required=True),
        Column("kind", "类别", "choice", required=True, choices="gazetteer_kind"),
        Column("lon", "经度", "longitude", required=True),
        Column("lat", "纬度", "latitude", required=True),
        Column("datum", "坐标系", "choice", example="WGS84", choices="datum"),
        Column("aliases", "别名", example="旧称、俗称"),
        Column("township", "所属乡镇"),
        Column("village", "所属村"),
        Column("road", "所属道路"),
        Column("number", "门牌号"),
    ),
    TableKind.CALENDAR: (
        Column("day", "日期", "date", required=True),
        Column("kind", "类型", "choice", required=True, choices="day_kind"),
        Column("name", "名称", example="春节"),
        Column("signed_by", "签发人", required=True),
        Column("signed_on", "签发日期", "date", required=True),
    ),
    TableKind.PROPERTY: (
        Column("id_number", "证件号码", required=True, aliases=_ID_ALIASES),
        Column("debtor_name", "被执行人", required=True, aliases=(*_NAME_ALIASES, "姓名")),
        Column("number", "案号", example="（2026）闽0599执123号", aliases=_NUMBER_ALIASES),
        Column("kind", "财产种类", "choice", required=True, choices="property_kind"),
        Column("holder", "反馈单位", required=True, example="示例银行河埔支行"),
        Column("detail", "财产内容", example="账户尾号0017", aliases=("财产名称",)),
        Column("amount_yuan", "金额", "number", aliases=("余额",)),
        Column(
            "answered_on",
            "反馈日期",
            "date",
            required=True,
            example="2026-11-20",
            aliases=("答复日期",),
        ),
    ),
}
"""Columns a kind of table; case tables add :data:`ADDRESS_COLUMNS` for each address."""


MEASURED_LEG_COLUMNS: tuple[Column, ...] = (
    Column("on", "日期", "date", example="2026-11-02", aliases=("行程日期", "出车日期")),
    Column(
        "departed",
        "出发时间",
        "clock",
        required=True,
        example="08:12",
        aliases=("出发时刻", "开始时间", "起始时间"),
    ),
    Column(
        "arrived",
        "到达时间",
        "clock",
        required=True,
        example="08:31",
        aliases=("到达时刻", "结束时间"),
    ),
    Column(
        "profile",
        "出行方式",
        "choice",
        required=True,
        example="汽车",
        choices="profile",
        aliases=("交通方式", "出行工具"),
    ),
    Column("from_lon", "出发经度", "longitude", required=True, aliases=("起点经度", "出发地经度")),
    Column("from_lat", "出发纬度", "latitude", required=True, aliases=("起点纬度", "出发地纬度")),
    Column(
        "to_lon",
        "到达经度",
        "longitude",
        required=True,
        aliases=("终点经度", "到达地经度", "目的地经度"),
    ),
    Column(
        "to_lat",
        "到达纬度",
        "latitude",
        required=True,
        aliases=("终点纬度", "到达地纬度", "目的地纬度"),
    ),
    Column("datum", "坐标系", "choice", example="WGS84", choices="datum"),
    Column("team", "小组", example="T1", aliases=("小组编号", "执行小组")),
)
"""Columns of measured legs, which ``fieldwrit travel observed`` takes."""


def columns_of(kind: TableKind, *, addresses: int = MAX_ADDRESSES) -> tuple[Column, ...]:
    """Return all columns of a table, with the numbered address columns of case tables."""
    if kind is not TableKind.CASES:
        return TABLES[kind]
    numbered = tuple(
        Column(
            f"{column.key}_{n}",
            column.header.format(n=n),
            column.kind,
            header_required=column.header_required,
            beside=f"{ADDRESS_COLUMNS[0].key}_{n}" if column.header_required else "",
            example=column.example if n == 1 else "",
            aliases=column.aliases if n == 1 else (),
            choices=column.choices,
            free=column.free,
        )
        for n in range(1, addresses + 1)
        for column in ADDRESS_COLUMNS
    )
    return TABLES[kind] + numbered
