-- SPDX-License-Identifier: MIT

-- Lua's end of the matrix of languages: see bindings/scenarios.md.
--
-- usage: peer.lua export|import URL

local netchan = require "netchan"
local tagged = require "tagged"

local PATIENCE = 60

local function vectors()
  local file = assert(io.open(os.getenv("NETCHAN_VECTORS"), "rb"))
  local rows = {}
  for _, row in ipairs(netchan.parse(file:read("*a")).values) do
    if row.verdict == "ok" and row.text then
      rows[#rows + 1] = row
    end
  end
  file:close()
  return rows
end

local function compare(rows, got)
  if #got ~= #rows then
    error("peer: " .. #got .. " values came, not " .. #rows)
  end
  for place, row in ipairs(rows) do
    if tagged.tagged(got[place]) ~= tagged.expected(row.is) then
      error("peer: " .. row.name .. ": came as " .. netchan.dump(got[place]))
    end
  end
end

local function collect(channel, each)
  local got = {}
  for value in channel:values(PATIENCE) do
    got[#got + 1] = value
    each(value)
  end
  return got
end

local function export(url, options)
  local rows = vectors()
  local exporter = netchan.exporter(url, options)
  local out = exporter:export("out", "send", {capacity = #rows})
  local back = exporter:export("in", "recv")
  print(exporter:address())
  io.stdout:flush()
  for _, row in ipairs(rows) do
    out:put(netchan.parse(row.text), PATIENCE)
  end
  out:close()
  compare(rows, collect(back, function() end))
  exporter:drain("taken", PATIENCE)
  exporter:wait_closed(PATIENCE)
end

local function import(url, options)
  local rows = vectors()
  options.timeout = PATIENCE
  local importer = netchan.importer(url, options)
  local out = importer:import("out", "recv", {timeout = PATIENCE})
  local back = importer:import("in", "send", {timeout = PATIENCE})
  compare(rows, collect(out, function(value) back:put(value, PATIENCE) end))
  back:close()
  importer:drain("taken", PATIENCE)
  importer:wait_closed(PATIENCE)
end

local run = arg[1] == "export" and export or import
local settings = {}
for place = 3, #arg do
  local key, value = arg[place]:match("^([^=]*)=(.*)$")
  settings[key:gsub("%.", "_", 1)] = value
end
run(arg[2], settings)
