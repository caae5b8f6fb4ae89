-- wrk: one JSON body again and again; at the end one JSON line with what it saw.
wrk.method = "POST"
wrk.body = '{"x":1.0}'
wrk.headers["Content-Type"] = "application/json"
done = function(summary, latency, requests)
  local wrong = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    wrong.status + wrong.connect + wrong.read + wrong.write + wrong.timeout))
end
