"""Labels of the model, their scripts, and the codes under which catalogues file them."""
from __future__ import annotations

CYRL = "tgk rus ukr bel bul srp mkd kaz kir uzb tat bak mon".split()
LATN = ("eng deu fra spa por ita cat ron nld dan nor swe fin est lav lit pol ces slk slv hrv hun sqi tur aze uzb tuk ind vie "
        "oth").split()
ARAB = "fas pus ara urd uig".split()
# languages that share the label `oth`: the program asks elsewhere about them
OTHER = {"af": "oth", "eu": "oth", "is": "oth", "ga": "oth", "cy": "oth", "eo": "oth", "br": "oth", "fy": "oth", "mt": "oth",
         "ku": "oth", "sw": "oth", "zu": "oth", "xh": "oth", "tl": "oth", "gd": "oth", "lb": "oth", "rw": "oth", "so": "oth",
         "ha": "oth", "yo": "oth", "ig": "oth", "la": "oth", "mg": "oth", "st": "oth", "nso": "oth", "wo": "oth"}
CODES = {
    "tg": "tgk", "ru": "rus", "uk": "ukr", "be": "bel", "bg": "bul", "sr": "srp", "mk": "mkd", "kk": "kaz", "ky": "kir",
    "uz@cyrillic": "uzc", "uz@Cyrl": "uzc", "uz_Cyrl": "uzc", "tt": "tat", "ba": "bak", "mn": "mon", "sr_Cyrl": "srp",
    "en": "eng", "en_GB": "eng", "en_gb": "eng", "de": "deu", "fr": "fra", "es": "spa", "es_ES": "spa", "pt": "por", "pt_BR": "por",
    "pt_PT": "por", "it": "ita", "ca": "cat", "ro": "ron", "nl": "nld", "da": "dan", "nb": "nor", "nb_NO": "nor", "no": "nor",
    "nn": "nor", "nn_NO": "nor", "sv": "swe", "sv_SE": "swe", "fi": "fin", "et": "est", "lv": "lav", "lt": "lit", "pl": "pol",
    "cs": "ces", "sk": "slk", "sl": "slv", "hr": "hrv", "bs": "hrv", "bs_Latn": "hrv", "sr@latin": "hrv", "sr@Latn": "hrv",
    "sr_Latn": "hrv", "hu": "hun", "sq": "sqi", "tr": "tur", "az": "aze", "az_Latn": "aze", "uz": "uzl", "uz_Latn": "uzl",
    "uz@Latn": "uzl", "uz@latin": "uzl", "uz_UZ": "uzl", "tk": "tuk", "id": "ind", "ms": "ind", "vi": "vie",
    "fa": "fas", "ps": "pus", "ar": "ara", "ur": "urd", "ug": "uig", "fa_AF": "fas", "prs": "fas",
    "bg_BG": "bul", "ru_RU": "rus", "de_DE": "deu", "fr_FR": "fra", "it_IT": "ita", "tr_TR": "tur", "pl_PL": "pol", "cs_CZ": "ces",
    "sk_SK": "slk", "sl_SI": "slv", "hu_HU": "hun", "ro_RO": "ron", "nl_NL": "nld", "da_DK": "dan", "fi_FI": "fin", "id_ID": "ind",
    "uk_UA": "ukr", "mk_MK": "mkd", "sr_RS": "srp", "bs_BA": "hrv", "hr_HR": "hrv", "lt_LT": "lit", "lv_LV": "lav", "et_EE": "est",
    "ca_ES": "cat", "fa_IR": "fas", "az_AZ": "aze", "kk_KZ": "kaz", "tt_RU": "tat", "mn_MN": "mon", "ug_CN": "uig", "vi_VN": "vie",
    "az_Cyrl": None, "zh_CN": "zho", "zh_TW": "zho", "zh": "zho", "ja": "jpn", "ja_JP": "jpn", "ko": "kor", "ko_KR": "kor",
    "zh_Hant": "zho", "el": "ell", "he": "heb", **OTHER,
}
SCRIPT_OF = {**{c: "Cyrl" for c in CYRL}, **{c: "Latn" for c in LATN}, **{c: "Arab" for c in ARAB},
             "uzc": "Cyrl", "uzl": "Latn", "zho": "Hani", "jpn": "Hani", "kor": "Hang", "ell": "Grek", "heb": "Hebr"}
# labels of FLORES-200 as dev.jsonl writes them
FLORES = {"uzn_Cyrl": "uzc", "uzn_Latn": "uzl", "pes": "fas", "prs": "fas", "arb": "ara", "azj": "aze", "als": "sqi", "lvs": "lav",
          "khk": "mon", "nob": "nor", "zho": "zho"}


def flores(label: str) -> str:
    return FLORES.get(label) or FLORES.get(label.split("_")[0]) or label.split("_")[0]


def script_of_char(c: str) -> str | None:
    o = ord(c)
    if not c.isalpha():
        return None
    for first, last, name in ((0x41, 0x24F, "Latn"), (0x1E00, 0x1EFF, "Latn"), (0x400, 0x52F, "Cyrl"), (0x600, 0x6FF, "Arab"),
                              (0x370, 0x3FF, "Grek"), (0x590, 0x5FF, "Hebr"), (0x3040, 0x30FF, "Hani"), (0x4E00, 0x9FFF, "Hani"),
                              (0xAC00, 0xD7A3, "Hang")):
        if first <= o <= last:
            return name
    return "Zzzz"


def script(text: str) -> str | None:
    """The script of more than 70 % of the letters: what a catalogue of a language should hold."""
    counts: dict[str, int] = {}
    for c in text:
        s = script_of_char(c)
        if s:
            counts[s] = counts.get(s, 0) + 1
    if not counts:
        return None
    best = max(counts, key=lambda s: counts[s])
    return best if counts[best] > 0.7 * sum(counts.values()) and counts[best] >= 3 else None
