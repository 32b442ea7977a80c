"""Which addresses of the network are the world's, and which are ours, our neighbours' or nobody's.

An IPv6 address may be another way to write an IPv4 address, or the way to one: both have to be the world's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from ipaddress import IPv4Address as IPv4
from ipaddress import IPv6Address as IPv6

# RFC 6052: the last 32 bits are the IPv4 address that a translator speaks to.
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
# RFC 8215, the same inside somebody's network, and RFC 4291's first 96 bits of nothing.
NOBODYS = tuple(map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "::/96")))
# RFC 5214: the last 64 bits are 0:5efe: or 200:5efe:, and an IPv4 address.
ISATAP = {0x00005EFE, 0x02005EFE}
# A cloud's own service at an address that looks like anybody's: Azure's.
INSIDE = {ipaddress.ip_address("168.63.129.16")}


def is_public(address: str) -> bool:
    """Whether a numeric address, as a resolver gives it, is one that the whole world may use."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4):
        return _is_worlds(found)
    if found.scope_id or any(found in network for network in NOBODYS):
        return False
    if found.ipv4_mapped:
        return _is_worlds(found.ipv4_mapped)
    if found in TRANSLATED:
        return _is_worlds(_last(found))
    return _is_worlds(found) and all(map(_is_worlds, _behind(found)))


def _is_worlds(address: IPv4 | IPv6) -> bool:
    return address.is_global and not address.is_multicast and address not in INSIDE


def _behind(address: IPv6) -> Iterator[IPv4]:
    """The IPv4 addresses that this one leads to."""
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if int(address) >> 32 & 0xFFFFFFFF in ISATAP:
        yield _last(address)


def _last(address: IPv6) -> IPv4:
    return IPv4(int(address) & 0xFFFFFFFF)
