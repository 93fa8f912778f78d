import re

def rm_main(text):
    return [m.groupdict() for m in re.finditer(r"(?P<n>\d+)-(?P<k>[A-Z])", text)]
