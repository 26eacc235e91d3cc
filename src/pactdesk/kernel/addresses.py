"""Which network addresses are in the open internet, and which are one caller's. All that are not open lead into
somebody's own house, ours first."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# The registries of special-purpose addresses (RFC 6890 and its followers), written out because what Python calls
# global has changed between its versions.
_NOT_OPEN_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade translation; a cloud's metadata
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; a cloud's metadata
        "168.63.129.16/32",  # a cloud's metadata, although it looks public
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Of IPv6 only global unicast is open at all, so that mapped, translated (64:ff9b::/96), unique local, link-local,
# site-local and multicast addresses, :: and ::1 need no line of their own.
_OPEN_6 = IPv6Network("2000::/3")
_NOT_OPEN_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_open(address: Address) -> bool:
    """True where `address` is that of somebody in the open internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_OPEN_4)
    if address.scope_id is not None:
        return False
    return address in _OPEN_6 and not any(address in network for network in _NOT_OPEN_6)


def is_loopback(address: Address) -> bool:
    """True where `address` is this machine itself, plainly written: 127.0.0.0/8 or ::1."""
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def caller_of(address: str) -> str:
    """What calls from this address are counted by: who has one address of IPv6 has the whole network of 64 bits, and
    one of IPv4 may be written as one of IPv6. What is no address stands for itself."""
    try:
        found = ip_address(address.strip().partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((found, 64), strict=False))
