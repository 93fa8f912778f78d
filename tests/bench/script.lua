-- wrk: POST a trivial script.
wrk.method = "POST"
wrk.headers["Content-Type"] = "text/x-python"
wrk.body = "def rm_main():\n    return 42\n"
