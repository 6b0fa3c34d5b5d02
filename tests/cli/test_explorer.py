"""What a block explorer is asked while a case is verified: never more than a stranger's proofs may cost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from custody.cli.terminal import Terminal
from custody.cli.verifying import MAX_BLOCKS, MAX_SILENT, explored_blocks
from tests.formats.test_blockheader import GENESIS, HASH
from tests.servers.web import Fault, Reply, Server

Header = Callable[[int], bytes | None]


@pytest.fixture
def explorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("CUSTODY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server(lambda seen: Reply(b"", status=404)) as server:
        yield server


def asks(server: Server) -> Header:
    return explored_blocks(Terminal(as_json=False), server.url)


def test_explorer_that_does_not_answer_is_not_asked_on_and_on(explorer: Server) -> None:
    explorer.answer, explorer.fault = lambda seen: Reply(b"1234"), Fault.CUT
    header = asks(explorer)
    assert [header(height) for height in range(MAX_SILENT + 2)] == [None] * (MAX_SILENT + 2)
    assert len(explorer.requests) == MAX_SILENT


def test_block_that_the_explorer_does_not_have_keeps_no_other_from_being_asked_for(explorer: Server) -> None:
    header = asks(explorer)
    for height in (*range(MAX_SILENT + 1), 0):
        header(height)
    assert len(explorer.requests) == MAX_SILENT + 1


def test_proofs_that_name_blocks_without_end_do_not_keep_verification_going(
    explorer: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custody.cli.verifying.MAX_BLOCKS", 5)
    header = asks(explorer)
    for height in range(10):
        header(height)
    assert (len(explorer.requests), MAX_BLOCKS) == (5, 256)


def test_header_that_cannot_be_kept_serves_all_the_same(explorer: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.adapters.blocks.MAX_HEADERS", 0)
    monkeypatch.setattr("custody.services.auditing.blocks.check_work", lambda header: None)
    explorer.answer = lambda seen: Reply((HASH if "height" in seen.path else GENESIS.hex()).encode())
    header = asks(explorer)
    assert [header(0), header(0)] == [GENESIS] * 2
    assert len(explorer.requests) == 2
