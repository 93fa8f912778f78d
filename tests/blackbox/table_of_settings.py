"""The tables of settings, as engine and router print them; docs/configuration.md has both.

    table_of_settings.py --check    says whether the document has them
    table_of_settings.py --write    puts them there
"""

import subprocess
import sys

from engine_process import ROOT, base_environment, command
from router_process import ROUTER

DOCUMENT = ROOT / "docs/configuration.md"
PROGRAMS = {
    "engine": command("--plugin", "standpy", "--standpy-settings"),
    "router": [str(ROUTER), "--settings"],
}
END = "<!-- end of the table -->\n"


def table(program):
    done = subprocess.run(
        PROGRAMS[program],
        env=base_environment(),
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return done.stdout


def settings(program):
    """{variable: its cells by the title of their column}, without the quotes of Markdown."""
    head, _, *rows = [
        [cell.strip().strip("`") for cell in line.split("|")[1:-1]]
        for line in table(program).splitlines()
    ]
    return {row[0]: dict(zip(head, row)) for row in rows}


def documented(text, program):
    """(text before, the table, text behind)."""
    begin = f"<!-- settings of the {program} -->\n"
    before, found, rest = text.partition(begin)
    now, _, behind = rest.partition(END)
    assert found, f"{DOCUMENT.name} has no place for the {program}'s table"
    return before + begin, now, END + behind


def main(arguments):
    text = DOCUMENT.read_text()
    wrong = [name for name in PROGRAMS if documented(text, name)[1] != table(name)]
    if arguments == ["--check"]:
        if wrong:
            names = " and ".join(wrong)
            return f"docs/configuration.md has other settings of {names}; tests/blackbox/table_of_settings.py --write"
    elif arguments == ["--write"]:
        for name in wrong:
            before, _, behind = documented(text, name)
            text = before + table(name) + behind
        DOCUMENT.write_text(text)
    else:
        print(*map(table, PROGRAMS), sep="\n", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
