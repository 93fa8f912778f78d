def rm_main():
    with open("report.txt", "w") as file:
        file.write("line 1\nline 2 é\n")
    return open("report.txt")
