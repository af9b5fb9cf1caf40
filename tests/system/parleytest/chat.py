"""`parley chat` as a program with pipes: lines in, lines out."""

import re
import subprocess
import threading

from .client import PATIENCE, patiently


class Chat:
    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        self.lines = []  # Everything it has printed.
        self._seen = 0  # Lines that a test has asked for already.
        self._reader = threading.Thread(target=lambda: self.lines.extend(line.rstrip("\n") for line in iter(self.process.stdout.readline, "")), daemon=True)
        self._reader.start()

    def say(self, *lines):
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def expect(self, text):
        """The next line that has `text` in it, after those that were expected before."""

        def found():
            for at in range(self._seen, len(self.lines)):
                if text in self.lines[at]:
                    self._seen = at + 1
                    return self.lines[at]
            return None

        return patiently(found, what=f"{text!r} in {self.lines[self._seen:]}")

    def step(self, line, *expected):
        """Says `line`; what is printed then are the `expected` lines, in any order, and no others before the last of them."""
        self.say(*([line] if line else []))
        start = self._seen
        patiently(lambda: set(expected) <= set(plain(self.lines[start:])), what=f"{expected} after {line!r}; there is {plain(self.lines[start:])}")
        new = plain(self.lines[start:])
        self._seen = len(self.lines)
        assert sorted(new) == sorted(expected)

    def settle(self, text):
        """Waits until a line with `text` was printed, now or before; all lines up to now count as seen."""
        patiently(lambda: any(text in line for line in self.lines), what=f"{text!r} in {self.lines}")
        self._seen = len(self.lines)

    def end(self):
        """Ends the input; returns what was printed in all. It leaves in order."""
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0, self.lines
        self._reader.join(PATIENCE)
        self.process.stdout.close()
        return self.lines

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self._reader.join(PATIENCE)
        if not self.process.stdout.closed:
            self.process.stdout.close()


def plain(lines):
    """Without what differs from run to run: where and when a record was, and the day."""
    return [re.sub(r"^(\[\d+\]|\(\S+\)) \d\d:\d\d ", "", line) for line in lines if not line.startswith("-- ")]
