-- wrk: POST a trivial script, with a file input of so many bytes where that is asked for; print the
-- figures that load.py reads.
--   wrk ... -s load.lua URL [-- BYTES | -- get | -- get-and-close]
local script = "def rm_main(*files):\n    return 42\n"

function init(arguments)
  if arguments[1] == "get" or arguments[1] == "get-and-close" then
    if arguments[1] == "get-and-close" then wrk.headers["Connection"] = "close" end
    request_bytes = wrk.format()
    return
  end
  wrk.method = "POST"
  local size = tonumber(arguments[1] or "0")
  if size == 0 then
    wrk.headers["Content-Type"] = "text/x-python"
    wrk.body = script
  else
    local boundary = "standpy-bench-boundary"
    wrk.headers["Content-Type"] = "multipart/form-data; boundary=" .. boundary
    local part = "--" .. boundary .. "\r\nContent-Disposition: form-data; name="
    wrk.body = part .. '"script"\r\n\r\n' .. script .. "\r\n" ..
      part .. '"file"; filename="f"\r\n\r\n' .. string.rep("x", size) .. "\r\n--" .. boundary .. "--\r\n"
  end
  request_bytes = wrk.format()
end

function request()
  return request_bytes
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("result %d %d %d %d %d %d", summary.requests,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), summary.duration))
end
