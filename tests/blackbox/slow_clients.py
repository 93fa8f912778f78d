"""Clients that are slower than the engine, and what the router keeps for them."""

from client import wait_until
from router_client import metric

RING = 65536


def buffered(router):
    return metric(router, "standpy_router_buffered_bytes")


def send_slowly(router, connection, data):
    """Never so much at once that the client would be ahead of the router."""
    connection.sendall(data[:RING])
    for at in range(RING, len(data), 16384):
        wait_until(lambda: buffered(router) == at)
        connection.sendall(data[at : at + 16384])
