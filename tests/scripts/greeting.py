def rm_main(name):
    print("got", name)
    return f"Hello, {name}!"
