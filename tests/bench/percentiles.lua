-- wrk: POST a trivial script; print the percentiles that matter for restarts.
wrk.method = "POST"
wrk.headers["Content-Type"] = "text/x-python"
wrk.body = "def rm_main():\n    return 42\n"

function done(summary, latency)
  local errors = summary.errors
  print(string.format("result %d %d %d %d %d", summary.requests,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
