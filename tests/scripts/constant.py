def rm_main():
    return 42
