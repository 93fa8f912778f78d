"""Which connections network policies allow (kubernetes.io/docs/concepts/services-networking/network-policies)."""

import ipaddress
from typing import NamedTuple


class Pod(NamedTuple):
    namespace: str
    labels: dict


def _selects(selector, labels):
    assert not set(selector) - {"matchLabels"}, "only matchLabels is known here"
    return selector.get("matchLabels", {}).items() <= labels.items()


def _is_peer(peer, other, policy_namespace):
    """other: a pod, or an address outside of the cluster."""
    if "ipBlock" in peer:
        block = ipaddress.ip_network(peer["ipBlock"]["cidr"])
        return isinstance(other, str) and ipaddress.ip_address(other) in block
    if isinstance(other, str):
        return False
    if "namespaceSelector" in peer:
        namespace_labels = {"kubernetes.io/metadata.name": other.namespace}
        if not _selects(peer["namespaceSelector"], namespace_labels):
            return False
    elif other.namespace != policy_namespace:
        return False
    return _selects(peer.get("podSelector", {}), other.labels)


def _is_port(rule, port, protocol):
    wanted = {"port": port, "protocol": protocol}
    return "ports" not in rule or wanted in rule["ports"]


def _passes(policies, namespace, pod, other, direction, port, protocol):
    """A pod that no policy selects is open; else one rule has to allow it."""
    if isinstance(pod, str) or pod.namespace != namespace:
        return True
    key, peers = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}[direction]
    selecting = [
        one["spec"]
        for one in policies
        if direction in one["spec"]["policyTypes"] and _selects(one["spec"]["podSelector"], pod.labels)
    ]
    return not selecting or any(
        _is_port(rule, port, protocol)
        and (peers not in rule or any(_is_peer(peer, other, namespace) for peer in rule[peers]))
        for spec in selecting
        for rule in spec.get(key, [])
    )


def allowed(policies, namespace, source, target, port, protocol="TCP"):
    """namespace: where the policies are."""
    return _passes(policies, namespace, source, target, "Egress", port, protocol) and _passes(
        policies, namespace, target, source, "Ingress", port, protocol
    )
