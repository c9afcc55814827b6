"""A taken port says whose it is and what to do."""

import os
import socket

import pytest

from holdfast.main.up.ports import refuse_taken_ports
from holdfast.main.up.services import local_address
from holdfast.main.up.terminal import Stop
from tests.cluster import free_ports


def test_free_ports_are_fine_and_left_free() -> None:
    first = free_ports(3)
    refuse_taken_ports("127.0.0.1", first, ("web", "realtime", "worker health"))
    refuse_taken_ports("127.0.0.1", first, ("web", "realtime", "worker health"))


def test_a_taken_port_names_its_use_its_holder_and_the_way_out() -> None:
    first = free_ports(3)
    taken = pytest.raises(Stop, match=rf"Port {first + 1} \(realtime\) is taken")
    with socket.create_server(("127.0.0.1", first + 1)), taken as stop:
        refuse_taken_ports("127.0.0.1", first, ("web", "realtime", "worker health"))
    assert f"HOLDFAST_PORT={first + 10}" in stop.value.remedy
    assert f"(pid {os.getpid()})" in stop.value.happened


@pytest.mark.parametrize("port", [0, 65535])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(Stop, match="does not exist"):
        refuse_taken_ports("127.0.0.1", port, ("web", "realtime"))


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Stop, match="Cannot listen on 192") as stop:
        refuse_taken_ports("192.0.2.1", free_ports(1), ("web",))
    assert "HOLDFAST_HOST" in stop.value.remedy


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("web", "web")],
)
def test_a_server_is_reached_where_it_listens(host: str, address: str) -> None:
    assert local_address(host) == address
