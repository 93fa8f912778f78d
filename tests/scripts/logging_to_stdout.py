import logging
import sys

def rm_main():
    handler = logging.StreamHandler(sys.stdout)
    logger = logging.getLogger("corpus")
    logger.addHandler(handler)
    logger.warning("a warning")
    logger.removeHandler(handler)
