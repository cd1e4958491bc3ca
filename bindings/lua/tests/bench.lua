-- SPDX-License-Identifier: MIT

-- What a value costs in Lua: see bindings/bench.sh. Prints lines of workload, way, and CPU time of the
-- process in nanoseconds a value, the median of interleaved rounds. Lua has no JSON library of its own:
-- json is that of lua-cjson where it is installed, else a plain copy of the table, as standard error says.
--
-- usage: bench.lua [ROUNDS]

local netchan = require "netchan"

local BATCH = 1000
local small = {i = 123456, source = "bench-producer"}
local record = {
  id = 9007199254740993,
  name = "Ann Example",
  tags = {"alpha", "beta", "gamma", "delta"},
  scores = {},
  address = {street = "Long Street 12", city = "Löbau", zip = "02708", geo = {51.09, 14.66}},
  active = true,
  note = ("x"):rep(400),
  next = netchan.null,
}
for number = 1, 40 do
  record.scores[number] = (number - 1) / 8
end

local function copy(value)
  local result = {}
  for key, member in pairs(value) do
    result[key] = type(member) == "table" and copy(member) or member
  end
  return result
end

local found, cjson = pcall(require, "cjson")
local function by_json(value)
  for _ = 1, BATCH do
    cjson.decode(cjson.encode(value))
  end
end
local function by_copy(value)
  for _ = 1, BATCH do
    copy(value)
  end
end
if not found then
  io.stderr:write("lua: no lua-cjson; json is a plain copy of the table\n")
end

local function through(sent, got)
  return function(value)
    for _ = 1, BATCH do
      sent:put(value)
    end
    for _ = 1, BATCH do
      got:take()
    end
  end
end

local exporter = netchan.exporter("tcp://127.0.0.1:0")
local importer = netchan.importer(exporter:address())
local channel = netchan.channel(BATCH)
local ways = {"json", "channel", "tcp"}
local runs = {
  json = found and by_json or by_copy,
  channel = through(channel, channel),
  tcp = through(exporter:export("bench", "send", {capacity = BATCH}),
    importer:import("bench", "recv", {capacity = BATCH})),
}
local rounds = tonumber(arg[1]) or 9
for _, load in ipairs {{"small", small}, {"record", record}} do
  local times = {json = {}, channel = {}, tcp = {}}
  for round = 0, rounds do
    for _, way in ipairs(ways) do
      local begun = os.clock()
      for _ = 1, 5 do
        runs[way](load[2])
      end
      if round > 0 then
        table.insert(times[way], (os.clock() - begun) / (5 * BATCH) * 1e9)
      end
    end
  end
  for _, way in ipairs(ways) do
    table.sort(times[way])
    print(("%s\t%s\t%.0f"):format(load[1], way, times[way][math.ceil(rounds / 2)]))
  end
end
exporter:close()
importer:wait_closed(5)
exporter:wait_closed(5)
