"""Currencies as ISO 4217 lists them, present and historic: minor digits, and numbers that serve as ids."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from babel.numbers import get_currency_name
from iso4217 import Currency as IsoCurrency

# List three of ISO 4217, money that no longer exists: each code with its number.
_HISTORIC = """
ADP 020|AFA 004|ALK 008|ANG 532|AOK 024|AON 024|AOR 982|ARA 032|ARP 032|ARY 032|ATS 040|AYM 945|AZM 031
BAD 070|BEC 993|BEF 056|BEL 992|BGJ 100|BGK 100|BGL 100|BGN 975|BOP 068|BRB 076|BRC 076|BRE 076|BRN 076
BRR 987|BUK 104|BYB 112|BYR 974|CHC 948|CSD 891|CSJ 203|CSK 200|CUC 931|CYP 196|DDM 278|DEM 276|ECS 218
ECV 983|EEK 233|ESA 996|ESB 995|ESP 724|FIM 246|FRF 250|GEK 268|GHC 288|GHP 939|GNE 324|GNS 324|GQE 226
GRD 300|GWE 624|GWP 624|HRD 191|HRK 191|IEP 372|ILP 376|ILR 376|ISJ 352|ITL 380|LAJ 418|LSM 426|LTL 440
LTT 440|LUC 989|LUF 442|LUL 988|LVL 428|LVR 428|MGF 450|MLF 466|MRO 478|MTL 470|MTP 470|MVQ 462|MXP 484
MZE 508|MZM 508|NIC 558|NLG 528|PEH 604|PEI 604|PES 604|PLZ 616|PTE 620|RHD 716|ROK 642|ROL 642|RUR 810
SDD 736|SDP 736|SIT 705|SKK 703|SLL 694|SRG 740|STD 678|SUR 810|TJR 762|TMM 795|TPE 626|TRL 792|UAK 804
UGS 800|UGW 800|USS 998|UYN 858|UYP 858|VEB 862|VEF 937|VNC 704|XEU 954|YDD 720|YUD 890|YUM 891|YUN 890
ZAL 991|ZMK 894|ZRN 180|ZRZ 180|ZWC 716|ZWD 716|ZWL 932|ZWN 942|ZWR 935
"""
_WITHOUT_MINOR_UNIT = frozenset(
    "ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE TPE TRL BEC BEL ESA ESB LUC LUL".split()  # noqa: SIM905  readable
)
"""Historic currencies whose amounts have no decimals; the others have two.

List three does not say. The first twelve are those of `minor0` in the data of Java's `java.util.Currency`
(`currency.properties`), where no historic currency has three; the last six are accounts in three of them.
"""


class Currency(NamedTuple):
    """A currency. `id` is its ISO 4217 number, `digits` how many decimals an amount has."""

    id: int
    code: str
    name: str
    digits: int


def _present() -> dict[str, Currency]:
    """Return the currencies that have minor digits: gold, test codes and the like cannot price a deal."""
    return {
        known.code: Currency(known.number, known.code, known.currency_name, known.exponent)
        for known in IsoCurrency
        if known.exponent is not None
    }


def _historic() -> dict[str, Currency]:
    return {
        code: Currency(int(number), code, get_currency_name(code, locale="en"), digits)
        for code, number in (entry.split() for entry in _HISTORIC.replace("\n", "|").split("|") if entry)
        for digits in [0 if code in _WITHOUT_MINOR_UNIT else 2]
    }


PRESENT: Mapping[str, Currency] = MappingProxyType(_present())
"""Money of today: what a company or a new goal may choose."""
CURRENCIES: Mapping[str, Currency] = MappingProxyType({**_historic(), **PRESENT})
"""Money that a deal may be in and that a rate may be given for: a kuna of 2019 stays a kuna."""
BY_ID: Mapping[int, Currency] = MappingProxyType({known.id: known for known in PRESENT.values()})
"""By number, which several historic ones share."""
DIGITS: Mapping[str, int] = MappingProxyType({code: known.digits for code, known in CURRENCIES.items()})
