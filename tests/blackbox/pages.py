"""The commands of a document and what they print: in indented blocks a line with `$` is a command, and
the lines behind it are its output. `$ cat NAME` shows a file that later commands use."""

import dataclasses
import re
import shlex

# What differs from run to run, and what stands for it.
VARYING = (
    (r'"request_id": ?"[0-9a-f]{32}"', '"request_id":"…"'),
    (r'"(queue|decode|init|run|encode)": ?[0-9.]+', r'"\1":…'),
    (r'"(environment|version)": "[^"]*"', r'"\1": "…"'),
    (r'"worker_uptime": [0-9]+', '"worker_uptime": …'),
)


@dataclasses.dataclass
class Step:
    command: str
    output: str

    @property
    def shown_file(self):
        """The name of the file that the step shows, or None."""
        words = shlex.split(self.command)
        return words[1] if words[0] == "cat" and len(words) == 2 else None

    @property
    def is_setting(self):
        return self.command.startswith("export ")


def steps_of(document):
    """The steps of a document, in order."""
    steps = []
    for block in re.findall(r"(?:^(?:    .*)?\n)+", document, re.MULTILINE):
        for piece in re.split(r"^    \$ ", block, flags=re.MULTILINE)[1:]:
            text = re.sub(r"^    ", "", piece, flags=re.MULTILINE)
            command, output = re.fullmatch(r"((?:.*\\\n)*.*)\n((?s:.*))", text).groups()
            steps.append(Step(command, output.strip("\n")))
    return steps


def comparable(output):
    """An output without what differs from run to run."""
    for pattern, stand_in in VARYING:
        output = re.sub(pattern, stand_in, output)
    return output.strip("\n")
