"""Webhooks leave our network, or don't leave at all."""

from __future__ import annotations

import pytest

from services.notifications.application.sender import Guard, NotAllowed
from services.notifications.domain.addresses import is_public, url_problem

URL = "https://hooks.example.com/in"


class TestAddress:
    @pytest.mark.parametrize(
        "address", ["93.184.215.14", "8.8.8.8", "2606:4700::6810:1", "64:ff9b::808:808"]
    )
    def test_of_the_internet_is_public(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize(
        "address",
        [
            *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.8", "172.16.3.4", "192.168.1.1"),
            *("169.254.169.254", "100.64.0.1", "192.0.0.192", "198.18.0.1", "224.0.0.1"),
            *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1"),
            *("fd12::3", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe"),
            *("2002:7f00:1::", "2002:a00:8::1", "2001:0:53aa:64c:0:fbff:f5ff:fff7"),
            *("2001:db8::1", "100::1", "", "localhost", "0x7f.1"),
        ],
    )
    def test_of_another_network_is_not(self, address: str) -> None:
        assert not is_public(address)


class TestUrl:
    def test_of_an_endpoint_is_taken(self) -> None:
        assert url_problem("https://hooks.example.com:8443/in?a=b", private=False) is None
        assert url_problem("http://localhost:3000/in", private=True) is None

    @pytest.mark.parametrize(
        "url",
        [
            *("http://hooks.example.com/", "ftp://hooks.example.com/", "https:///in", "https://"),
            *("https://me:secret@hooks.example.com/", "https://hooks.example.com/#in"),
            *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/"),
            *("https://hooks.example.com:99999/", "https://hooks.example.com/\n", "https://[::1/"),
            *("https://hooks.exämple.com/", f"https://hooks.example.com/{'a' * 2_048}"),
        ],
    )
    def test_that_leads_elsewhere_is_refused(self, url: str) -> None:
        assert url_problem(url, private=False)


class TestGuard:
    def test_gives_the_addresses_that_it_looked_at(self) -> None:
        guard = Guard(private=False, resolve=lambda _host, _port: ["93.184.215.14"])
        assert guard.addresses(URL) == ["93.184.215.14"]

    @pytest.mark.parametrize(
        "found", [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::1", "93.184.215.14"]]
    )
    def test_refuses_a_name_that_leads_inside_by_any_of_its_addresses(
        self, found: list[str]
    ) -> None:
        guard = Guard(private=False, resolve=lambda _host, _port: found)
        with pytest.raises(NotAllowed):
            guard.addresses(URL)

    @pytest.mark.parametrize("url", ["https://2130706433/", "https://0177.0.0.1/"])
    def test_is_not_deceived_by_other_spellings_of_numbers(self, url: str) -> None:
        with pytest.raises((NotAllowed, OSError)):
            Guard(private=False).addresses(url)
