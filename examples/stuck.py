import re

def rm_main():
    return search("a" * 40 + "b")

def search(text):
    return re.match(r"(a+)+$", text)
