-- wrk script: POST /schedule-message for random users out of USERS, each message with a different text.
local users = tonumber(os.getenv("USERS"))
local thread_count = 0

function setup(thread)
  thread_count = thread_count + 1
  thread:set("thread_number", thread_count)
end

function init()
  math.randomseed(os.time() + thread_number)
  sent = 0
end

function request()
  sent = sent + 1
  local body = string.format(
    '{"userId":"user_%d","agentId":"bench_agent","messageData":{"content":"Message %d of thread %d: your introduction has been accepted, reply to choose a time."}}',
    math.random(users), sent, thread_number)
  return wrk.format("POST", "/schedule-message", nil, body)
end

function done(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %.0f %.2f %.2f %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors))
end
