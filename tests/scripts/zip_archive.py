import zipfile

def rm_main():
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("x.txt", "content")
    with zipfile.ZipFile("a.zip") as archive:
        return archive.namelist(), archive.read("x.txt").decode()
