"""Which program a process id belongs to: ids are reused, so an old note proves nothing."""

import subprocess
from pathlib import Path


def command_line(pid: int) -> str:
    """The program and its arguments, empty when there is no such process."""
    noted = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return noted.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    answer = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout
