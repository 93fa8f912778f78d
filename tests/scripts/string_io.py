import io

def rm_main():
    buffer = io.StringIO()
    print("in memory", file=buffer)
    return buffer
