"""What the drawn lines say: sentences of the text collections, and invented particulars."""

from __future__ import annotations

import lzma
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from formbook.text import to_nfc

COLLECTIONS = ("news", "complaints", "feedback")
"""Never `comments`: they stand on the pages that progress is measured with."""

_SAME = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})
_LOOSE = re.compile(r"\s+([:;,.!?)])")

_STREETS = (
    "Nguyễn Trãi",
    "Lê Lợi",
    "Trần Hưng Đạo",
    "Hoàng Quốc Việt",
    "Tô Hiệu",
    "Nghĩa Tân",
    "Xuân Thủy",
    "Phạm Hùng",
    "Lý Thường Kiệt",
    "Võ Chí Công",
    "Đỗ Quang",
    "Bưởi",
    "Quan Hoa",
    "Nguyễn Phong Sắc",
)
_PLACES = (
    "Cầu Giấy",
    "Hà Nội",
    "Nghĩa Đô",
    "Tây Hồ",
    "Từ Liêm",
    "Ba Đình",
    "Thanh Xuân",
    "Bắc Ninh",
    "Vĩnh Phúc",
    "Nam Định",
    "Thái Bình",
    "Hải Phòng",
    "Quảng Ninh",
    "Đống Đa",
    "Hà Đông",
)
_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương")
_MIDDLE = ("Văn", "Thị", "Đức", "Hữu", "Minh", "Thu", "Quốc", "Ngọc", "Xuân", "Hồng")
_GIVEN = ("An", "Bình", "Hà", "Lan", "Tuấn", "Hường", "Phượng", "Dũng", "Yến", "Thủy", "Kiên")


def plain_text(text: str) -> str:
    """Return a text as a pen writes it: NFC, straight quotes, one kind of dash, no loose stops."""
    return " ".join(_LOOSE.sub(r"\1", to_nfc(text).translate(_SAME)).split())


def read_sentences(folder: Path) -> list[str]:
    """Read the collections that may be trained on, in a fixed order."""
    sentences = []
    for name in COLLECTIONS:
        with lzma.open(folder / f"{name}.txt.xz", "rt", encoding="utf-8") as file:
            sentences += [plain_text(line) for line in file]
    return [sentence for sentence in sentences if sentence]


def draw_text(sentences: Sequence[str], rng: np.random.Generator) -> str:
    """Draw what one line may say: part of a sentence, or a particular such as a date."""
    if rng.random() < 0.35:
        return draw_particular(rng)
    words = sentences[int(rng.integers(len(sentences)))].split()
    count = int(rng.integers(1, 15))
    start = int(rng.integers(max(1, len(words) - count + 1)))
    text = " ".join(words[start : start + count])
    chance = rng.random()
    if chance < 0.06:
        return text.upper()
    return text[0].upper() + text[1:] if chance < 0.3 else text


def draw_particular(rng: np.random.Generator) -> str:
    """Draw a date, a name, an address, a number or an abbreviation, as one line has it."""

    def one(choices: Sequence[str]) -> str:
        return choices[int(rng.integers(len(choices)))]

    def number(below: int) -> int:
        return int(rng.integers(1, below))

    day, month, year = number(32), number(13), 2010 + number(17)
    name = f"{one(_NAMES)} {one(_MIDDLE)} {one(_GIVEN)}"
    phone = f"0{rng.choice([3, 7, 8, 9])}{int(rng.integers(10**8)):08d}"
    place = f"{one(('P.', 'phường', 'xã', 'Q.', 'TP'))} {one(_PLACES)}"
    money = f"{number(999)}.{int(rng.integers(1000)):03d}{one(('₫', 'đ', ' đồng', '.000đ'))}"
    date = one(
        (
            f"{day}/{month}/{year}",
            f"{day:02d}/{month:02d}/{year % 100}",
            f"{day}-{month}-{year % 100}",
            f"{day}.{month}.{year}",
            f"ngày {day} tháng {month} năm {year}",
            f"Ngày {day:02d}/{month:02d}",
            f"{one(_PLACES)}, ngày {day} tháng {month:02d} năm {year}",
        )
    )
    return one(
        (
            date,
            f"Đã xem {date}",
            f"Đã xem. {date}",
            f"Đã xem, {date}",
            name,
            f"{name}, tổ {number(40)}",
            f"(ký) {name}",
            f"KT. CT - PCT {name}",
            f"Số {number(400)} {one(_STREETS)}, {place}",
            f"{number(99)}/{number(30)} ngõ {number(300)}",
            f"SN {number(90)} ngách {number(20)}/{number(99)} {one(_STREETS)}",
            f"TDP {number(30)}, {place}",
            f"Tổ {number(40)}, {place}",
            phone,
            f"SĐT: {phone}",
            f"ĐT {phone[:4]} {phone[4:7]} {phone[7:]}",
            f"CCCD {int(rng.integers(10**11)):012d}",
            f"{one(_GIVEN).lower()}{number(99)}@gmail.com",
            money,
            f"hết {money}, chờ {number(90)} phút",
            f"{number(100)}% hài lòng",
            f"T{number(7) + 1}, {number(24)}h{number(60):02d}",
            f"Đ/c {one(_GIVEN)} (ĐC-XD) kiểm tra, b/c trước {day}/{month}",
            f"UBND {place}",
            "v/v cấp GCN, BHYT + TTHC",
            "K/g UBND; bộ phận TN&TKQ",
        )
    )
