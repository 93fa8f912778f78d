"""What a script prints: captured wherever it comes from, bounded, and never lost."""

from client import execute


def test_everything_that_is_printed_is_captured_in_order(endpoint):
    script = (
        "import os, subprocess, sys\n"
        "def rm_main():\n"
        "  print('print')\n"
        "  os.write(1, b'write\\n')\n"
        "  subprocess.run(['echo', 'subprocess'])\n"
        "  print('last')\n"
        "  print('err', file=sys.stderr)\n"
        "  os.write(2, b'native err\\n')\n"
    )
    report = execute(endpoint, script).json()
    assert report["stdout"] == "print\nwrite\nsubprocess\nlast\n"
    assert report["stderr"] == "err\nnative err\n"


def test_printf_of_native_code_is_captured(endpoint):
    script = "import ctypes\ndef rm_main(): ctypes.CDLL(None).printf(b'from C')"
    assert execute(endpoint, script).json()["stdout"] == "from C"


def test_output_that_is_not_utf8_is_shown_with_replacements(endpoint):
    script = "import os\ndef rm_main(): os.write(1, b'a\\xffb')"
    assert execute(endpoint, script).json()["stdout"] == "a\ufffdb"


def test_much_output_keeps_head_and_tail(endpoint):
    script = "def rm_main(): print('head' + 'x' * 3_000_000 + 'tail', end='')"
    out = execute(endpoint, script).json()["stdout"]
    assert out.startswith("headxxx") and out.endswith("xxxtail")
    assert f"[... {3_000_008 - 2**20} bytes cut ...]" in out
    assert len(out) < 2**20 + 100


def test_endless_output_takes_bounded_memory(endpoint):
    script = (
        "import os\n"
        "def rm_main():\n"
        "  most, block = 0, b'x' * 1_000_000\n"
        "  for _ in range(1500):\n"
        "    os.write(1, block)\n"
        "    most = max(most, os.fstat(1).st_blocks * 512)\n"
        "  return most\n"
    )
    report = execute(endpoint, script).json()
    assert len(report["stdout"]) < 2**20 + 100
    assert "bytes cut" in report["stdout"]
    assert report["outputs"][0]["value"] < 700_000_000  # of 1.5 GB



def test_logging_is_captured_with_and_without_configuration(endpoint):
    script = (
        "import logging, sys\n"
        "def rm_main():\n"
        "  logging.warning('unconfigured')\n"
        "  logging.basicConfig(stream=sys.stdout, format='%(levelname)s %(message)s', force=True)\n"
        "  logging.error('configured')\n"
    )
    for _ in range(2):  # the first script's handlers hold streams of a request that is over
        report = execute(endpoint, script).json()
        assert "configured\n" in report["stdout"]
        assert report["stdout"].endswith("ERROR configured\n")


def test_warnings_are_captured_each_time(endpoint):
    script = "import warnings\ndef rm_main(): warnings.warn('careful')"
    for _ in range(2):
        report = execute(endpoint, script).json()
        assert "UserWarning: careful" in report["stderr"]


def test_a_progress_bar_is_captured_as_it_was_written(endpoint):
    script = (
        "import sys\n"
        "def rm_main():\n"
        "  for percent in (0, 50, 100):\n"
        "    sys.stderr.write(f'\\r{percent:3}%|' + '#' * (percent // 10))\n"
        "    sys.stderr.flush()\n"
        "  sys.stderr.write('\\n')"
    )
    expected = "\r  0%|\r 50%|#####\r100%|##########\n"
    assert execute(endpoint, script).json()["stderr"] == expected


def test_what_was_printed_is_returned_on_failure(endpoint):
    script = (
        "import os, sys\n"
        "def rm_main():\n"
        "  print('out', end='')\n"
        "  os.write(2, b'err')\n"
        "  raise ValueError('no')"
    )
    problem = execute(endpoint, script).json()
    assert (problem["stdout"], problem["stderr"]) == ("out", "err")
