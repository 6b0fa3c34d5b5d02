"""Times what stamping adds, beside openssl and curl, with one authority: `python -m tests.bench.stamping FOLDER`.

FOLDER must be new. The authority is `openssl ts` behind a small server on this machine. The order alternates from round
to round. Asserts nothing.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from custody import bootstrap
from custody.adapters.casefolder import write_addresses
from custody.adapters.trust import TrustFiles
from custody.adapters.web import HttpWeb
from custody.domain.addresses import Address
from custody.domain.trust import Trust, TrustedAuthority
from custody.services.anchoring import stamp
from tests.builders import new_case
from tests.servers.authority import Authority

PASSPHRASE = "correct horse battery staple"
HOW = ("--method", "download", "--tool", "wget")
CUSTODY = str(Path(sys.executable).with_name("custody"))
STAMPS = (0, 100, 1_000)
CHECKED = 100  # replies that openssl checks, one process each


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    told = parser.parse_args()
    told.folder.mkdir(parents=True)
    folder = told.folder.resolve()
    long = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1_000)
    with Authority(end=long, root_end=long) as authority:
        (folder / "root.pem").write_bytes(authority.root_pem)
        known = TrustedAuthority("tsa", (authority.root,), False)
        _print("stamping", _timed(_stamping(folder, authority, known), told.rounds))
        _print("verifying", _timed(_verifying(folder, authority, known), max(3, told.rounds // 2)))


def _stamping(folder: Path, authority: Authority, known: TrustedAuthority) -> dict[str, Sequence[str]]:
    environment = {"CUSTODY_HOME": str(folder / "home"), "CUSTODY_PASSPHRASE": PASSPHRASE}
    os.environ |= {**environment, "no_proxy": "127.0.0.1"}
    for name in ("a", "b"):  # one where what is stamped alone, one where it is stamped along
        made = ("--reference", "B", "--title", "B", "--name", "B", "--organisation", "B")
        _run([CUSTODY, "init", str(folder / name), *(made if name == "a" else made[:4])])
        write_addresses(folder / name, [Address("tsa", "rfc3161", authority.url)])
    TrustFiles(folder / "home" / "trust").add_authority(known)
    file = folder / "file.txt"
    file.write_bytes(b"some text\n" * 20)
    by_hand = (
        f"openssl ts -query -data {file} -sha256 -cert -out {folder}/q 2>/dev/null && "
        f"curl -sS -H 'Content-Type: application/timestamp-query' --data-binary @{folder}/q -o {folder}/r "
        f"{authority.url} && "
        f"openssl ts -verify -data {file} -in {folder}/r -CAfile {folder}/root.pem 2>/dev/null"
    )
    return {
        "openssl ts -query, curl, openssl ts -verify": ["sh", "-c", by_hand],
        "custody timestamp": [CUSTODY, "timestamp", "--case", str(folder / "a")],
        "custody collect": [CUSTODY, "collect", "--case", str(folder / "b"), *HOW, str(file)],
        "custody collect --timestamp": [
            CUSTODY,
            "collect",
            "--case",
            str(folder / "b"),
            *HOW,
            "--timestamp",
            str(file),
        ],
        "custody --help": [CUSTODY, "--help"],
    }


def _verifying(folder: Path, authority: Authority, known: TrustedAuthority) -> dict[str, Sequence[str]]:
    """One case in which ever more is stamped; a copy at each count, and its replies for openssl."""
    recorder = new_case(folder / "case", bootstrap.world(folder / "elsewhere"))
    queue, trust = bootstrap.stamp_queue(folder / "elsewhere"), Trust(authorities=(known,))
    address, web = Address("tsa", "rfc3161", authority.url), HttpWeb("custody/bench")
    runs: dict[str, Sequence[str]] = {}
    done = 0
    for count in STAMPS:
        for _ in range(count - done):
            (outcome,) = stamp(recorder, web, queue, replace(trust), [address])
            if outcome.trouble is not None:
                raise SystemExit(outcome.trouble.message)
        done = count
        shutil.copytree(folder / "case", folder / f"case-{count}")
        home = folder / f"home-{count}"  # one that saw the longer copy would say that the shorter one was cut
        TrustFiles(home / "trust").add_authority(known)
        verify = [CUSTODY, "verify", "--case", str(folder / f"case-{count}")]
        runs[f"custody verify, {count} stamps"] = ["env", f"CUSTODY_HOME={home}", *verify]
    (folder / "one.txt").write_bytes(b"some text\n")
    _run(["openssl", "ts", "-query", "-data", f"{folder}/one.txt", "-sha256", "-cert", "-out", f"{folder}/one.q"])
    (folder / "one.r").write_bytes(authority.reply((folder / "one.q").read_bytes()))
    one = f"openssl ts -verify -data {folder}/one.txt -in {folder}/one.r -CAfile {folder}/root.pem >/dev/null 2>&1"
    runs[f"openssl ts -verify, {CHECKED} times"] = ["sh", "-c", f"for i in $(seq {CHECKED}); do {one} || exit 1; done"]
    return runs


def _timed(runs: dict[str, Sequence[str]], rounds: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name in list(runs) if number % 2 == 0 else reversed(list(runs)):
            started = time.perf_counter()
            _run(runs[name])
            if number:  # the first round only warms
                seconds[name].append(time.perf_counter() - started)
    return seconds


def _print(what: str, seconds: dict[str, list[float]]) -> None:
    first = statistics.median(next(iter(seconds.values())))
    print(f"\n| {what} | median ms | least ms | against the first |\n|---|---|---|---|")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"| {name} | {median * 1000:.0f} | {min(taken) * 1000:.0f} | {median / first:.2f} |")


def _run(command: Sequence[str]) -> None:
    """`verify` ends with 8: something is OPEN."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode not in (0, 8):
        raise SystemExit(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")


if __name__ == "__main__":
    main()
