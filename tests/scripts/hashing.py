import hashlib

def rm_main(text):
    return hashlib.sha256(text.encode()).hexdigest()
