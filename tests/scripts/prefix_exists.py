import os
import sys

def rm_main():
    return os.path.isdir(sys.prefix), sys.version_info[0]
