import unicodedata

def clean(text):
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(plain.lower().split())

def rm_main(texts):
    return [clean(text) for text in texts]
