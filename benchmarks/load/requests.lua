-- Asks for a random mobile number of the book each time (all are of one length, so the head never changes).
-- Arguments: a file with the two halves of the body, a file with the numbers (empty: always the same body).

local before, after, mobiles = "", "", {}

function init(arguments)
  local halves = {}
  for line in io.lines(arguments[1]) do halves[#halves + 1] = line end
  for line in io.lines(arguments[2]) do mobiles[#mobiles + 1] = line end
  after = halves[2] or ""
  local whole = wrk.format("POST", nil, nil, halves[1] .. (mobiles[1] or "") .. after)
  before = whole:sub(1, #whole - #(mobiles[1] or "") - #after)
  math.randomseed(os.time())
end

function request()
  if #mobiles == 0 then return before .. after end
  return before .. mobiles[math.random(#mobiles)] .. after
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"seconds":%.6f,"answers":%d,"bytes":%d,"refused":%d,"broken":%d,"median_ms":%.3f,"p99_ms":%.3f}\n',
    summary.duration / 1e6, summary.requests, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
