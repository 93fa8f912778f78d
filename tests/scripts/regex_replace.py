import re

def rm_main(text):
    return re.sub(r"\D", "", text)
