"""Become another program, after giving up what it should not have. Runs as `python -I -S`, library only.

Sets, in the process that will be the program: the user and group, at most one ambient capability, and the
signal that the kernel sends when the parent dies. In a small program of its own rather than between fork and
exec of a parent that may have threads.
"""

import argparse
import ctypes
import os
import signal
import struct
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522


def command(
    program: list[str],
    *,
    parent_death_signal: signal.Signals | None = None,
    user: tuple[int, int] | None = None,
    capability: int | None = None,
) -> list[str]:
    """The argument list that runs `program` with these limits, in the very process that is started with it.

    user: (uid, gid) to become; capability: the one Linux capability (its number) that survives the change.
    """
    arguments = [sys.executable, "-I", "-S", __file__, "--parent", str(os.getpid())]
    if parent_death_signal is not None:
        arguments += ["--signal", str(int(parent_death_signal))]
    if user is not None:
        arguments += ["--user", f"{user[0]}:{user[1]}"]
    if capability is not None:
        arguments += ["--capability", str(capability)]
    return [*arguments, "--", *program]


def _become(libc: ctypes.CDLL, user: str, capability: int | None) -> None:
    uid, gid = (int(part) for part in user.split(":"))
    if capability is not None:
        _succeed(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities")
        # Else access(2), which initdb asks about its programs, answers as if there were no capability.
        _succeed(libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0), "keep them for access(2)")
    os.setgroups([gid])
    os.setgid(gid)
    os.setuid(uid)
    if capability is not None:
        header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
        words = [(1 << capability) & 0xFFFFFFFF, (1 << capability) >> 32]
        data = b"".join(struct.pack("=III", word, word, word) for word in words)
        _succeed(libc.capset(header, data), "set capabilities")
        _succeed(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0), "raise the capability")


def _succeed(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"cannot {what}")


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int)
    parser.add_argument("--user")
    parser.add_argument("--capability", type=int)
    parser.add_argument("program", nargs="+")
    arguments = parser.parse_args()
    libc = ctypes.CDLL(None, use_errno=True)
    if arguments.user:
        _become(libc, arguments.user, arguments.capability)
    if arguments.signal and sys.platform == "linux":
        # After the change of user, which clears it.
        _succeed(libc.prctl(_PR_SET_PDEATHSIG, arguments.signal, 0, 0, 0), "follow the parent")
    if os.getppid() != arguments.parent:
        sys.exit("the process that asked for this one has already ended")
    os.execv(arguments.program[0], arguments.program)


if __name__ == "__main__":
    _main()
