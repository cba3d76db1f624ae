"""A closed list of the kinds of data that can come in, and the words that tell them.

A kind is recognised by the words of a column's header or of a stated source. What the court may
hold and what it may never hold stand in one list, so that nothing is let in by having no name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from geo.messages import Message, message

__all__ = ["DataType", "data_type_of", "forms_of"]


class DataType(StrEnum):
    """Kinds of data; the first group serves a case, the others are each ruled by LAW.md."""

    CASE = "case"
    PARTY = "party"
    ADDRESS = "address"
    LEAD = "lead"
    VISIT_HISTORY = "visit_history"
    HEALTH = "health"
    ACCOUNT = "account"
    CHILD = "child"
    PASSENGER_LIST = "passenger_list"
    TICKET = "ticket"
    STATION_VIDEO = "station_video"
    PHONE_LOCATION = "phone_location"
    COVERT_TRACKER = "covert_tracker"
    PLATE_FEED = "plate_feed"
    MOVEMENT_HISTORY = "movement_history"
    RELATIVE = "relative"
    NEIGHBOUR = "neighbour"
    RELIGION = "religion"
    ETHNICITY = "ethnicity"
    POLITICS = "politics"
    BIOMETRICS = "biometrics"

    @property
    def label(self) -> Message:
        """Return the kind as it is shown."""
        return _LABELS[self]

    @property
    def sensitive(self) -> bool:
        """Whether it is sensitive personal information (个人信息保护法 article 28)."""
        return self in _SENSITIVE


_LABELS = {
    DataType.CASE: message("案件"),
    DataType.PARTY: message("当事人"),
    DataType.ADDRESS: message("地址线索"),
    DataType.LEAD: message("线索"),
    DataType.VISIT_HISTORY: message("走访记录（行踪）"),
    DataType.HEALTH: message("健康信息"),
    DataType.ACCOUNT: message("金融账户"),
    DataType.CHILD: message("不满十四周岁未成年人的信息"),
    DataType.PASSENGER_LIST: message("旅客名单"),
    DataType.TICKET: message("车票、订票信息"),
    DataType.STATION_VIDEO: message("车站视频、监控录像"),
    DataType.PHONE_LOCATION: message("手机定位、基站和通话数据"),
    DataType.COVERT_TRACKER: message("秘密定位、跟踪设备数据"),
    DataType.PLATE_FEED: message("车牌抓拍、停车原始数据"),
    DataType.MOVEMENT_HISTORY: message("车辆、人员轨迹"),
    DataType.RELATIVE: message("亲属信息"),
    DataType.NEIGHBOUR: message("邻居信息"),
    DataType.RELIGION: message("宗教信仰"),
    DataType.ETHNICITY: message("民族"),
    DataType.POLITICS: message("政治面貌"),
    DataType.BIOMETRICS: message("生物识别信息"),
}

_SENSITIVE = frozenset(
    {
        DataType.VISIT_HISTORY,
        DataType.HEALTH,
        DataType.ACCOUNT,
        DataType.CHILD,
        DataType.MOVEMENT_HISTORY,
        DataType.RELIGION,
        DataType.BIOMETRICS,
    }
)

_KIN = (
    "配偶|丈夫|妻子|前夫|前妻|爱人|老公|老婆|父亲|母亲|父母|岳父|岳母|公婆|子女|儿子|女儿|女婿|儿媳|"
    "哥哥|弟弟|姐姐|妹妹|亲属|家属|家庭成员|同住人"
)
_OF_PERSON = "姓名|名字|电话|手机|证件|身份证|住址|住处|地址|单位|信息|名单"
_OF_LIFE = "再婚|改嫁|职业|工作单位|收入|微信号"
_SOMEBODY = "本人|其(?!他|余|中)|被执行人|债务人|对方"
_PEOPLES = "汉|回|藏|满|苗|壮|畲|彝|土家|朝鲜|蒙古|维吾尔"

_WORDS: tuple[tuple[DataType, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            DataType.PASSENGER_LIST,
            "(旅客|乘客|乘车人|乘机人)(名单|姓名|列表|信息|证件|身份证)?$|旅客名单|乘客名单",
        ),
        (
            DataType.TICKET,
            "车次(?!数)|座位|席别|座席|座次|席位(号|等级)?$|车票(?!代售)|机票(?!代售)|航班|订票|购票|(?<![发支汇本税])票号|"
            "订单号.{0,2}票|票务?订单|乘车(日期|时间|区间|记录)|(上|下|到达|出发)车站$|12306|"
            "出行(记录|信息|数据)|(高铁|动车|火车|铁路|航空|飞机)(出行|乘坐)?(记录|信息|行程)|"
            "^(个人|出行|旅客)?行程$|行程(单|信息|记录|查询|截图)|"
            f"({_SOMEBODY}).{{0,4}}行程",
        ),
        (
            DataType.STATION_VIDEO,
            "(车站|站台|候车室|进站|出站)(视频|监控|录像|影像)|监控(视频|录像)|视频监控",
        ),
        (
            DataType.PHONE_LOCATION,
            "(手机|电话|号码|微信)(实时)?(定位|位置|轨迹|信令)|^基站$|基站(信令|定位|数据|位置|记录|查询)|信令|IMEI|IMSI|MAC地址|"
            "行程码|行程卡|健康码|(?<!电)话单|通话(记录|清单|详单|时间|对象)|短信(记录|内容)",
        ),
        (DataType.COVERT_TRACKER, "GPS(定位|跟踪|追踪)|(跟踪|追踪|定位)(器|仪)|窃听|监听"),
        (
            DataType.PLATE_FEED,
            "卡口|过车(记录|时间|数据)|车牌(识别|抓拍)|抓拍|停车(记录|场记录|流水)|ETC(记录|通行|流水)",
        ),
        (DataType.MOVEMENT_HISTORY, "轨迹|行踪(?!不明|不定)"),
        (
            DataType.RELATIVE,
            f"^(主要|被执行人)?({_KIN})(情况)?$|({_KIN})的?({_OF_PERSON})|({_KIN}).{{0,2}}({_OF_LIFE})",
        ),
        (DataType.NEIGHBOUR, f"^邻居$|邻居({_OF_PERSON})"),
        (
            DataType.RELIGION,
            "宗教|信仰|信众|信徒|教徒|教友|基督徒|(?<!通)信教|皈依|受洗|做礼拜|信(佛|奉)|(佛|道|基督|天主|伊斯兰)教信",
        ),
        (
            DataType.ETHNICITY,
            f"^民族(成份|成分)?$|族别|({_PEOPLES})族(人|身份|群众|$)|少数民族(人|身份|群众)",
        ),
        (
            DataType.POLITICS,
            "政治面貌|党派|政治倾向|^(是否)?(中共|共产)?党员(身份|情况|信息)?$|入党|党籍|"
            "(系|是|为)(中共|共产)党员|(系|是)党员(?!活动|之家|服务|干部|先锋)",
        ),
        (
            DataType.BIOMETRICS,
            "人脸|面部(识别|特征|图像)|人像(比对|识别|库)|指纹|掌纹|虹膜|声纹|DNA|生物识别",
        ),
        (DataType.HEALTH, "病历|病史|诊断|健康状况|患病"),
        (DataType.ACCOUNT, "(银行)?(账号|帐号|卡号)$|账户余额|银行流水|交易流水"),
    )
)
"""Words of each kind that is ruled, the first that fits counts."""


def data_type_of(text: str) -> DataType | None:
    """Return the ruled kind of data that a header or a source names, None where it names none.

    Examples
    --------
    >>> data_type_of("座位号"), data_type_of("出车次数"), data_type_of("配偶姓名")
    (<DataType.TICKET: 'ticket'>, None, <DataType.RELATIVE: 'relative'>)
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return _of_plain(plain if _HOTLINE in plain else _DIGIT.sub("0", plain))


def forms_of(texts: Sequence[str]) -> frozenset[str]:
    """Return texts that :func:`data_type_of` takes as it does these, one for all other digits."""
    joined = "".join(unicodedata.normalize("NFKC", _BETWEEN.join(texts)).split())
    if _HOTLINE in joined or joined.count(_BETWEEN) != len(texts) - 1:
        return frozenset(texts)
    return frozenset(_DIGIT.sub("0", joined).split(_BETWEEN))


_BETWEEN = "|"
_HOTLINE = "12306"
"""The one number among the words: which other digits a text has makes no difference."""

_DIGIT = re.compile("[0-9]")


@lru_cache(maxsize=1024)  # documents differ in their numbers only
def _of_plain(plain: str) -> DataType | None:
    return next((kind for kind, words in _WORDS if words.search(plain)), None)
