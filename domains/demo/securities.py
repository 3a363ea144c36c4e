"""What the invented people hold: large listed companies and ETFs under their real ISINs, mutual funds and bonds
that are invented with theirs. Every price is invented.
"""

from dataclasses import dataclass

MUTUAL_FUND = "MUTUAL_FUND"


@dataclass(frozen=True, slots=True)
class Listing:
    """A security as the demo lists it; `price` is in ten-thousandths of a rupee."""

    isin: str
    symbol: str
    name: str
    kind: str
    price: int

    @property
    def is_fund(self) -> bool:
        """Tell whether units of it are bought from the fund house, in fractions, under a folio."""
        return self.kind == MUTUAL_FUND


_LISTED = """
INE002A01018 EQUITY 1402.30 RELIANCE Reliance Industries Limited
INE467B01029 EQUITY 3088.15 TCS Tata Consultancy Services Limited
INE040A01034 EQUITY 1011.45 HDFCBANK HDFC Bank Limited
INE009A01021 EQUITY 1495.60 INFY Infosys Limited
INE090A01021 EQUITY 1377.90 ICICIBANK ICICI Bank Limited
INE030A01027 EQUITY 2466.75 HINDUNILVR Hindustan Unilever Limited
INE154A01025 EQUITY 405.20 ITC ITC Limited
INE062A01020 EQUITY 962.10 SBIN State Bank of India
INE397D01024 EQUITY 2081.55 BHARTIARTL Bharti Airtel Limited
INE237A01028 EQUITY 2110.40 KOTAKBANK Kotak Mahindra Bank Limited
INE018A01030 EQUITY 3944.85 LT Larsen & Toubro Limited
INE238A01034 EQUITY 1236.70 AXISBANK Axis Bank Limited
INE021A01026 EQUITY 2610.95 ASIANPAINT Asian Paints Limited
INE585B01010 EQUITY 15820.00 MARUTI Maruti Suzuki India Limited
INE860A01027 EQUITY 1574.35 HCLTECH HCL Technologies Limited
INE044A01036 EQUITY 1702.25 SUNPHARMA Sun Pharmaceutical Industries Limited
INE280A01028 EQUITY 3788.10 TITAN Titan Company Limited
INE075A01022 EQUITY 241.65 WIPRO Wipro Limited
INE481G01011 EQUITY 12044.50 ULTRACEMCO UltraTech Cement Limited
INE239A01024 EQUITY 1268.80 NESTLEIND Nestle India Limited
INE213A01029 EQUITY 248.55 ONGC Oil and Natural Gas Corporation Limited
INE733E01010 EQUITY 337.90 NTPC NTPC Limited
INE752E01010 EQUITY 284.45 POWERGRID Power Grid Corporation of India Limited
INE081A01020 EQUITY 176.30 TATASTEEL Tata Steel Limited
INE101A01026 EQUITY 3571.20 M&M Mahindra & Mahindra Limited
INE522F01014 EQUITY 388.75 COALINDIA Coal India Limited
INE059A01026 EQUITY 1521.05 CIPLA Cipla Limited
INE669C01036 EQUITY 1439.60 TECHM Tech Mahindra Limited
INE917I01010 EQUITY 8755.50 BAJAJ-AUTO Bajaj Auto Limited
INE216A01030 EQUITY 5822.35 BRITANNIA Britannia Industries Limited
INE158A01026 EQUITY 5401.70 HEROMOTOCO Hero MotoCorp Limited
INE066A01021 EQUITY 6890.15 EICHERMOT Eicher Motors Limited
INE038A01020 EQUITY 791.40 HINDALCO Hindalco Industries Limited
INE019A01038 EQUITY 1164.95 JSWSTEEL JSW Steel Limited
INE361B01024 EQUITY 6488.60 DIVISLAB Divi's Laboratories Limited
INE437A01024 EQUITY 7602.25 APOLLOHOSP Apollo Hospitals Enterprise Limited
INF204KB14I2 ETF 291.05 NIFTYBEES Nippon India ETF Nifty 50 BeES
INF200KA1FS1 ETF 268.40 SETFNIF50 SBI Nifty 50 ETF
INF204KB17I5 GOLD 101.85 GOLDBEES Nippon India ETF Gold BeES
IN0020200104 BOND 14210.00 SGBDEMO1 Demo Sovereign Gold Bond 2028 Series I
IN0020210202 BOND 101.35 GS2031D Demo Government Security 6.10% 2031
INE999Z07019 BOND 1004.20 KVRB2029 Kaveri Bank Limited Bond 8.25% 2029
"""

_FUNDS = """
INF900Z01019 91.2284 Sahyadri Flexi Cap Fund - Direct - Growth
INF901Z01017 64.7712 Kaveri Flexi Cap Fund - Direct - Growth
INF902Z01015 38.1547 Udaya Flexi Cap Fund - Direct - Growth
INF900Z01027 118.4033 Sahyadri Large Cap Fund - Direct - Growth
INF901Z01025 72.9160 Kaveri Large Cap Fund - Direct - Growth
INF902Z01023 55.0291 Udaya Large Cap Fund - Regular - Growth
INF900Z01035 142.6678 Sahyadri Mid Cap Fund - Direct - Growth
INF901Z01033 81.3309 Kaveri Mid Cap Fund - Regular - Growth
INF900Z01043 4218.5561 Sahyadri Liquid Fund - Direct - Growth
INF901Z01041 2907.1142 Kaveri Liquid Fund - Direct - Growth
INF900Z01050 47.8820 Sahyadri Balanced Advantage Fund - Direct - Growth
INF902Z01056 29.4415 Udaya Balanced Advantage Fund - Direct - Growth
INF900Z01068 133.0786 Sahyadri ELSS Tax Saver Fund - Direct - Growth
INF902Z01064 60.6153 Udaya ELSS Tax Saver Fund - Direct - Growth
"""


def _price(text: str) -> int:
    whole, point, rest = text.partition(".")
    return int(whole) * 10_000 + int((rest + "0000")[:4] if point else 0)


def _listed(line: str) -> Listing:
    isin, kind, price, symbol, name = line.split(" ", 4)
    return Listing(isin, symbol, name, kind, _price(price))


def _fund(line: str) -> Listing:
    isin, price, name = line.split(" ", 2)
    return Listing(isin, "", name, MUTUAL_FUND, _price(price))


LISTED = tuple(_listed(line) for line in _LISTED.strip().splitlines())
FUNDS = tuple(_fund(line) for line in _FUNDS.strip().splitlines())
