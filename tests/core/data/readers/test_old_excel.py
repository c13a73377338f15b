"""Workbooks of the old kind, one as a program writes it: merged cells, a date, a formula without a result."""

from __future__ import annotations

import base64
import zlib

import pytest

from core.errors import DataError
from tests.core.data.readers.making import load, read, skips

WORKBOOK = zlib.decompress(
    base64.b85decode(
        "c-rk)O=uHA6#izjY0}s>No|EzC`-YrwLORjz0|Z)?J2d2;17bP$<~I(Y)DeH9<<u#rXUD{;-ydzUaDUFK@mL&9)yY>1VLyOPdy0="
        "9@?&NUUq9*BQ&6a%6?(q&b*m#-t3z<KiN0a!I_Esjk8#R-Ed*itVBhDPEe|}3jt8QY09kq^inb%tSMA_X(B7!cvAh^Bj-@g_be3L"
        "Q(uq-K2bW36nc%Mu9XpccnlFC$Iu~EiaiClDAk~W$5qQR%5pu+yWI9E%TCr@Vc9`#XT&i~hk9FgS#f+sY38~bk^&Ez^MN(nQIA(L"
        "jxSsl`L=F!rQ?yr8mnkht1t<g(jGmjr)AlX+wcKL3GLx<dw2H?>S($r@!iybZ}z%=t~vVh>IF#uW4Ye*2fddjai#v6q5`8ZPYM~#"
        "IaFa>l{G55BiTp}>#)-!Bg2LLiP$_YQv;9^6e>7mq~cMk4eOaq<djY;pf?=^vV*#oF@{sxnMg*98i^R`P8(@m8%Phwvsx;lM>0BX"
        "6`AOuVI=%iIimF&#*h}zXbB^eCHn)05wm)deUETeB&*XQku<cdv`Z0t)+f&t-h%?m_MmEBnN=iX@N+)M>oY(un7{M&ZMeTLbb>Xb"
        "eD35=r%looFmX{bh+G4^KhWy~t<2cQ@)GyDk@Jl#>&PSYZ0W1FGW*83%{bS#kewZjccIM%`7M;s%^i5ul=~doO8Kdt*>iPM??V%4"
        "rqeP;eEAzgn`jd^Z%8~2*-v5ZV;@;I{I;igm4G#N(>j9vSdgoj5M-GzN$-fIl4AKvvPBWLV7A9<FPJU8b6)ZBJ{x3@Nw%_r{fypE"
        "v206jeqL0It1x%YmFK#OSavbjZLwX<mbToAmr4r1h2*M5xau;l%3QByStV{QuD?{6?PeeRVpou7-OP5e%CxFn=<;!AZthH8ZN69z"
        "QSz4{r4|o3+gWf8Do4nQCAn5ZRum0cpY2r?^Qr>}4jede;GirJd{@ffj@A5s0=~?6tnWGtlop-OB>ycA!k}N4{!;EmlAdXdloUT3"
        ";1+gYVwD{Gd!fW(vYy5e`gt5fCC4vaMn&QKteP13drPQP`-`QF^B>#)30)vC_W"
    )
)


@pytest.mark.parametrize("name", ["t.xls", "t.xlsx", "t"])
def test_cells_are_the_text_a_person_sees(name):
    table = load(WORKBOOK, name)
    assert table.columns == ("Topic", "Message", "Nr")
    assert table.rows == [
        ("food", "the soup was cold", "1"),
        ("food", "more fruit please", "2.5"),
        ("school", "my book is lost", "TRUE"),
        ("school", "the essay is late", "2024-05-01"),
        ("", "no topic"),
    ]
    assert table.how["sheet"] == "Data"


def test_a_hidden_sheet_is_named():
    assert skips(read({"t.xls": WORKBOOK})[1])[0][0] == "sheet Old"


def test_damaged_ones_are_read_or_refused_by_name():
    for at in range(0, len(WORKBOOK), 37):
        damaged = bytearray(WORKBOOK)
        damaged[at] ^= 1 << at % 8
        try:
            load(bytes(damaged), "t.xls")
        except DataError as error:
            assert "t.xls" in str(error)


def test_one_that_is_protected_or_cut_says_so():
    mark = WORKBOOK[:8] + bytes(500)
    with pytest.raises(DataError, match="password"):
        load(mark + "EncryptedPackage".encode("utf-16-le"), "t.xls")
    with pytest.raises(DataError, match=r"'t\.xls' cannot be used\. The workbook is damaged"):
        load(mark + "Workbook".encode("utf-16-le"), "t.xls")
