"""Whether a request or an answer has the shape that the installed SDK declares: its own annotations, read at
test time. The SDK itself checks none of them."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, ForwardRef, Union

import stripe
import typing_extensions
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

OURS = set(RequestOptions.__annotations__)
"""What the SDK takes beside the parameters and does not send."""


def problems(value: Any, hint: Any, home: Any, where: str = "") -> Iterator[str]:
    """What is wrong with a value, in words; `home` is the class whose annotations speak."""
    hint = _resolved(hint, home)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        yield from _of_any(value, inner, home, where)
    elif origin in (typing.Literal, typing_extensions.Literal):
        if value not in inner:
            yield f"{where}: {value!r} is none of {', '.join(map(repr, inner[:8]))}"
    elif origin is list:
        yield from _of_list(value, inner[0], home, where)
    elif origin in (dict, UntypedStripeObject):
        yield from _of_dict(value, inner[-1], home, where)
    elif origin in (typing_extensions.NotRequired, typing_extensions.Required):
        yield from problems(value, inner[0], home, where)
    elif typing_extensions.is_typeddict(hint):
        yield from request(value, hint, where)
    elif isinstance(hint, type) and issubclass(hint, stripe.ListObject):
        yield from _of_list(value["data"], inner[0] if inner else Any, home, where)
    elif origin is stripe.ListObject:
        yield from _of_list(value["data"], inner[0], home, where)
    elif isinstance(hint, type) and issubclass(hint, stripe.StripeObject):
        yield from answer(value, hint, where)
    elif not _is_a(value, hint):
        yield f"{where}: {value!r} is no {getattr(hint, '__name__', hint)}"


def request(value: Any, declared: Any, where: str = "") -> Iterator[str]:
    """A request's parameters, decoded from their form, against a TypedDict of the SDK."""
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no {declared.__name__}"
        return
    hints = {name: hint for name, hint in declared.__annotations__.items() if name not in OURS}
    yield from (f"{where}.{name}: no such parameter" for name in value if name not in hints)
    needed = (declared.__required_keys__ - OURS) & set(hints)
    yield from (f"{where}.{name}: missing" for name in sorted(needed - set(value)))
    for name, hint in hints.items():
        if name in value:
            yield from problems(value[name], hint, declared, f"{where}.{name}")


def answer(value: Any, declared: Any, where: str = "") -> Iterator[str]:
    """An object of ours against a resource of the SDK; what is left out is not missed."""
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no {declared.__name__}"
        return
    hints: dict[str, Any] = {}
    for parent in reversed(declared.__mro__):
        hints |= getattr(parent, "__annotations__", {})
    for name, found in value.items():
        if name not in hints:
            yield f"{where}.{name}: {declared.__name__} has no such field"
        else:
            yield from problems(found, hints[name], declared, f"{where}.{name}")


def _of_any(value: Any, choices: tuple[Any, ...], home: Any, where: str) -> Iterator[str]:
    found = [list(problems(value, choice, home, where)) for choice in _known(choices)]
    if all(found):
        yield min(found, key=lambda told: (len(told), -max(map(len, told))))[0]


def _known(choices: tuple[Any, ...]) -> list[Any]:
    """A list of words that may grow is declared with `str` beside it; here it is as long as it is today."""
    words = [word for choice in choices for word in typing.get_args(choice) if isinstance(word, str)]
    return [choice for choice in choices if not (choice is str and any(words))]


def _of_list(value: Any, hint: Any, home: Any, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where}: {value!r} is no list"
        return
    for number, each in enumerate(value):
        yield from problems(each, hint, home, f"{where}[{number}]")


def _of_dict(value: Any, hint: Any, home: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no mapping"
        return
    for name, each in value.items():
        yield from problems(each, hint, home, f"{where}[{name}]")


def _resolved(hint: Any, home: Any) -> Any:
    """The class or the annotation that a name in quotes means."""
    text = hint.__forward_arg__ if isinstance(hint, ForwardRef) else hint
    if not isinstance(text, str):
        return hint
    return eval(text, {}, _Names(vars(sys.modules[home.__module__])))  # noqa: S307  (the SDK's own words)


class _Names(dict[str, Any]):
    """What a module of the SDK knows, and what it only names, since it is imported late."""

    def __missing__(self, name: str) -> Any:
        for place in (stripe, stripe.checkout):
            if hasattr(place, name):
                return getattr(place, name)
        raise KeyError(name)


def _is_a(value: Any, hint: Any) -> bool:
    """A form holds words only, so `"5"` is a number and `"true"` a truth."""
    if hint in (Any, object) or isinstance(hint, typing.TypeVar):
        return True
    if hint is type(None):
        return value is None
    if hint is bool:
        return value in (True, False, "true", "false")
    if hint is int:
        return isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").isdigit())
    if hint in (float, Decimal):
        return _is_number(value)
    return isinstance(value, hint) if isinstance(hint, type) else False


def _is_number(value: Any) -> bool:
    try:
        Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return False
    return True
