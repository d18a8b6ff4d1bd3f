"""Which language a request gets, by its Accept-Language."""

from collections.abc import Iterable

ANY = "*"


def choose_language(
    accepted: Iterable[tuple[str, float]], known: Iterable[str], default: str
) -> str:
    """Return the known language that the request prefers, else the default of the deployment.

    Ranges are looked up as RFC 4647 (3.4) says: zh-Hans-CN asks for zh-Hans-CN, zh-Hans, then zh.
    """
    languages = {language.lower(): language for language in known}
    for asked, quality in sorted(accepted, key=lambda item: -item[1]):
        if quality <= 0 or asked == ANY:
            break
        subtags = asked.lower().split("-")
        for end in range(len(subtags), 0, -1):
            language = languages.get("-".join(subtags[:end]))
            if language:
                return language
    return default
