import os
import tempfile

def rm_main():
    with tempfile.NamedTemporaryFile("w+", dir=".", suffix=".txt") as file:
        file.write("x")
        file.flush()
        return os.path.getsize(file.name)
