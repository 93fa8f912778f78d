"""Scripts that several tests send."""

ALIVE = "def rm_main(): return 'alive'"
# Calls its process "busy" (prctl(2), PR_SET_NAME), and is that for ever.
BUSY = "import ctypes\ndef rm_main():\n  ctypes.CDLL(None).prctl(15, b'busy')\n  while True: pass"
WHO = "import os\ndef rm_main(): return os.getpid()"
