"""Programs in pipelines, as text and as bytes."""

import os
import shutil
import subprocess
import sys

WORDS = "pear\napple\nfig\napple\npear\napple\n"


def rm_main():
    with open("words.txt", "w") as file:
        file.write(WORDS * 2000)
    counted = subprocess.run(
        "sort words.txt | uniq -c | sort -rn | awk '{ print $2 \":\" $1 }'",
        shell=True, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    first = subprocess.Popen(["cat", "words.txt"], stdout=subprocess.PIPE)
    second = subprocess.Popen(["sort", "-u"], stdin=first.stdout, stdout=subprocess.PIPE)
    first.stdout.close()
    unique = second.communicate()[0].decode()

    zipped = subprocess.run(["gzip", "-c"], input=b"\x00\xff" * 5000, stdout=subprocess.PIPE).stdout
    unzipped = subprocess.run(["gzip", "-dc"], input=zipped, stdout=subprocess.PIPE).stdout
    spilled = subprocess.run(
        ["sort", "-S", "64k", "--parallel=2", "words.txt"], capture_output=True, text=True
    )
    subprocess.run("mkdir -p a/b && cp words.txt a/b && tar czf a.tar.gz a && rm -r a", shell=True)
    listed = subprocess.getoutput("tar tzf a.tar.gz | sort")
    code = "import sys; print(sys.stdin.read().upper(), end=''); sys.exit(3)"
    command = [sys.executable, "-c", code]
    python = subprocess.run(command, input="abc", capture_output=True, text=True)
    failed = subprocess.run(["ls", "nowhere"], capture_output=True).returncode
    try:
        missing = subprocess.run(["no-such-program"]).returncode
    except FileNotFoundError as error:
        missing = error.filename
    late = subprocess.Popen(["sleep", "60"], start_new_session=True)
    late.terminate()
    pipe = os.popen("echo $((6 * 7))").read()
    temporary = subprocess.getoutput("file=$(mktemp) && echo x > $file && cat $file && rm $file")
    subprocess.run(["echo", "printed"])
    return [
        counted, unique, unzipped.hex()[:8], len(unzipped), spilled.returncode,
        spilled.stdout.count("fig"), listed, python.stdout, python.returncode, failed, missing,
        late.wait(), pipe, temporary, shutil.which("sort") is not None,
    ]  # fmt: skip
