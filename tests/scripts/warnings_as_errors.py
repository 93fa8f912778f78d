import warnings

def rm_main():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            warnings.warn("careful")
        except UserWarning as warning:
            return str(warning)
