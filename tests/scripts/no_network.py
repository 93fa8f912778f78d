import requests

def rm_main():
    try:
        requests.get("http://127.0.0.1:9/", timeout=2)
    except requests.exceptions.RequestException as error:
        return type(error).__name__
