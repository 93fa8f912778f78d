import subprocess

def rm_main():
    return subprocess.run(["echo", "from a subprocess"], capture_output=True, text=True).stdout
