-- SPDX-License-Identifier: MIT

-- The scenarios of bindings/scenarios.md, by their numbers there. Senders and receivers that run at the
-- same time are coroutines.

local lu = require "luaunit"
local netchan = require "netchan"
local support = require "support"

local PLENTY, MOMENT, BASE = support.PLENTY, support.MOMENT, 23
local background, result, put, take = support.background, support.result, support.put, support.take
local take_all, raises, eventually = support.take_all, support.raises, support.eventually
local has_close = _VERSION >= "Lua 5.4"

local scenarios = {}

local function numbers(count, from)
  local list = {}
  for number = BASE + (from or 0), BASE + count - 1 do
    list[#list + 1] = number
  end
  return list
end

local function send_all(channel, values, open)
  for _, value in ipairs(values) do
    put(channel, value)
  end
  if not open then
    channel:close()
  end
end

local function take_some(channel, count)
  local got = {}
  for place = 1, count do
    got[place] = take(channel)
  end
  return got
end

local function figure(owner, name, key, count)
  eventually(function()
    local entry = support.stream(owner, name)
    return entry and entry[key] == count
  end)
end

local function collect(channel)
  local got = {}
  for value in channel:values(PLENTY) do
    got[#got + 1] = value
  end
  return got
end

scenarios["01_export_send_import_receive"] = function(pair)
  local importer = pair:meet()
  local sent = pair.exporter:export("exportedSend", "send")
  local sending = background(function() send_all(sent, numbers(10)) end)
  local got = importer:import("exportedSend", "recv", {size = 3, count = 10, timeout = PLENTY})
  lu.assertEquals(take_all(got), numbers(10))
  lu.assertEquals((got:state()), "closed")
  result(sending)
end

scenarios["02_export_receive_import_send"] = function(pair)
  local importer = pair:meet()
  local got = pair.exporter:export("exportedRecv", "recv")
  local receiving = background(function() return take_some(got, 10) end)
  local sent = importer:import("exportedRecv", "send", {size = 3, timeout = PLENTY})
  send_all(sent, numbers(10))
  lu.assertEquals(result(receiving), numbers(10))
  raises(netchan.Closed, got.take, got, PLENTY)
end

scenarios["03_closing_export_send_import_receive"] = function(pair)
  local importer = pair:meet()
  for _, time in ipairs {"before", "after"} do
    local sent = pair.exporter:export(time, "send", {capacity = time == "before" and 5 or 0})
    local sending = background(function() send_all(sent, numbers(5)) end)
    if time == "before" then
      result(sending)
    end
    local got = importer:import(time, "recv", {size = 3, count = 10, timeout = PLENTY})
    lu.assertEquals(time == "before" and collect(got) or take_all(got), numbers(5))
    result(sending)
  end
end

scenarios["04_closing_import_send_export_receive"] = function(pair)
  local importer = pair:meet()
  local got = pair.exporter:export("exportedRecv", "recv")
  local receiving = background(function() return take_all(got) end)
  local sent = importer:import("exportedRecv", "send", {size = 3, timeout = PLENTY})
  send_all(sent, numbers(5))
  lu.assertEquals(result(receiving), numbers(5))
end

scenarios["05_error_for_illegal_channel"] = function(pair)
  local importer = pair:meet()
  local err = raises(netchan.NoChannel, importer.import, importer, "notAChannel", "recv",
    {size = 1, timeout = PLENTY})
  lu.assertStrContains(tostring(err), "notAChannel")
  lu.assertEquals(err.word, "nochannel")
  raises(netchan.Timeout, importer:errors().take, importer:errors(), 0)

  local got = importer:import("notAChannel", "recv", {size = 1, async = true})
  local entry = netchan.select({importer:errors()}, PLENTY).value
  lu.assertEquals({entry.code, entry.channel}, {"nochannel", "notAChannel"})
  lu.assertStrContains(entry.text, "notAChannel")
  raises(netchan.NoChannel, got.take, got, PLENTY)
end

-- A value passes; a receiver waits; one side hangs the name up.
local function hangup(sent, got, owner, name)
  put(sent, 1)
  lu.assertEquals(take(got), 1)
  local waiting = background(function() return take_all(got) end)
  eventually(function() return coroutine.status(waiting.routine) == "suspended" end)
  owner:hangup(name)
  lu.assertEquals(result(waiting), {})
  lu.assertEquals((sent:state()), "closed")
  raises(netchan.Closed, sent.put, sent, 2, PLENTY)
end

scenarios["06_export_hangup"] = function(pair)
  local importer = pair:meet()
  local sent = pair.exporter:export("exportedSend", "send")
  local got = importer:import("exportedSend", "recv", {size = 1, count = 2, timeout = PLENTY})
  hangup(sent, got, pair.exporter, "exportedSend")
end

scenarios["07_import_hangup"] = function(pair)
  local importer = pair:meet()
  local got = pair.exporter:export("exportedRecv", "recv")
  local sent = importer:import("exportedRecv", "send", {size = 1, count = 2, timeout = PLENTY})
  hangup(sent, got, importer, "exportedRecv")
end

scenarios["08_independent_sends"] = function(pair)
  local importer, exporter = pair:meet(), pair.exporter
  local incoming = exporter:export("exportedRecv", "recv")
  local outgoing = exporter:export("exportedSend", "send")
  local control = exporter:export("exportedCtl", "recv")
  local looping = background(function()
    local go = take(control)
    for _ = 1, 10 do
      put(outgoing, take(incoming))
    end
    return go
  end)
  local sent = importer:import("exportedRecv", "send", {size = 3, timeout = PLENTY})
  local sending = background(function() send_all(sent, numbers(10)) end)
  local got = importer:import("exportedSend", "recv", {size = 3, count = 10, timeout = PLENTY})
  local receiving = background(function() return take_all(got) end)
  figure(exporter, "exportedRecv", "received", 3)
  put(importer:import("exportedCtl", "send", {size = 1, count = 1, timeout = PLENTY}), 0)
  lu.assertEquals(result(looping), 0)
  lu.assertEquals(result(receiving), numbers(10))
  result(sending)
end

-- Sends ten values and receives the other side's ten, in whatever order is possible.
local function cross(name, sent, got)
  local select = netchan.selector()
  local sends, receives = select:send(sent), select:recv(got)
  local sent_count, got_count = 0, 0
  while got_count < 10 do
    select:set(sends, {I = sent_count, Source = name})
    local choice = support.await(select.wait, select)
    lu.assertNil(choice.ended)
    if choice.number == sends then
      lu.assertIs(choice.channel, sent)
      sent_count = sent_count + 1
    else
      lu.assertEquals(choice.number, receives)
      lu.assertEquals(choice.value.I, got_count)
      lu.assertNotEquals(choice.value.Source, name)
      got_count = got_count + 1
    end
  end
  for number = sent_count, 9 do
    put(sent, {I = number, Source = name})
  end
end

scenarios["09_cross_connect"] = function(pair)
  local other = support.pair(pair.way)
  local export_sent = pair.exporter:export("exportedSend", "send")
  local export_got = other.exporter:export("exportedReceive", "recv")
  local import_sent = other:meet():import("exportedReceive", "send", {size = 2, timeout = PLENTY})
  local import_got = pair:meet():import("exportedSend", "recv", {size = 2, timeout = PLENTY})
  local exports = background(function() cross("export", export_sent, export_got) end)
  cross("import", import_sent, import_got)
  result(exports)
  other:close()
end

scenarios["10_export_drain"] = function(pair)
  local exporter = pair.exporter
  local sent = exporter:export("exportedSend", "send", {capacity = 5})
  send_all(sent, numbers(5), true)
  raises(netchan.Timeout, exporter.drain, exporter, "received", MOMENT)
  local got = pair:meet():import("exportedSend", "recv", {size = 5, timeout = PLENTY})
  exporter:drain("received", PLENTY)
  lu.assertEquals(got:length(), 5)
  raises(netchan.Timeout, exporter.drain, exporter, "taken", MOMENT)
  local draining = background(function() return support.await(exporter.drain, exporter, "taken") end)
  lu.assertEquals(take_some(got, 5), numbers(5))
  result(draining)
end

scenarios["11_import_drain"] = function(pair)
  local importer = pair:meet()
  local got = pair.exporter:export("exportedRecv", "recv")
  local sent = importer:import("exportedRecv", "send", {size = 1, capacity = 5, timeout = PLENTY})
  send_all(sent, numbers(5), true)
  raises(netchan.Timeout, importer.drain, importer, "received", MOMENT)
  lu.assertEquals(take_some(got, 4), numbers(4))
  importer:drain("received", PLENTY)
  raises(netchan.Timeout, importer.drain, importer, "taken", MOMENT)
  lu.assertEquals(take(got), BASE + 4)
  importer:drain("taken", PLENTY)
end

scenarios["12_export_sync"] = function(pair)
  local exporter = pair.exporter
  local sent = exporter:export("exportedSend", "send", {capacity = 5})
  send_all(sent, numbers(5), true)
  exporter:sync("taken", 0)
  local got = pair:meet():import("exportedSend", "recv", {size = 3, timeout = PLENTY})
  figure(exporter, "exportedSend", "sent", 3)
  exporter:sync("received", PLENTY)
  raises(netchan.Timeout, exporter.sync, exporter, "taken", MOMENT)
  lu.assertEquals(take_some(got, 5), numbers(5))
  exporter:sync("taken", PLENTY)
end

local function flow(sent, got, size, owner, name)
  send_all(sent, numbers(size), true)
  raises(netchan.Timeout, sent.put, sent, BASE + size, MOMENT)
  figure(owner, name, "received", size)
  lu.assertEquals(support.stream(owner, name).taken, 0)
  raises(netchan.Timeout, sent.put, sent, BASE + size, MOMENT)
  local sending = background(function() send_all(sent, numbers(100, size)) end)
  lu.assertEquals(take_all(got), numbers(100))
  result(sending)
end

scenarios["13_export_flow_control"] = function(pair)
  local importer = pair:meet()
  local sent = pair.exporter:export("exportedSend", "send")
  local got = importer:import("exportedSend", "recv", {size = 20, timeout = PLENTY})
  flow(sent, got, 20, pair.exporter, "exportedSend")
end

scenarios["14_import_flow_control"] = function(pair)
  local importer = pair:meet()
  local got = pair.exporter:export("exportedRecv", "recv")
  local sent = importer:import("exportedRecv", "send", {size = 3, timeout = PLENTY})
  flow(sent, got, 3, importer, "exportedRecv")
end

for _, way in ipairs {"pair", "unix", "tcp"} do
  local name = "TestScenariosOver_" .. way
  _G[name] = {}
  for scenario, run in pairs(scenarios) do
    _G[name]["test_" .. scenario] = function()
      local pair = support.pair(way)
      local ok, err = pcall(run, pair)
      pair:close()
      if not ok then
        error(err, 0)
      end
    end
  end
end

TestClosing = {}

function TestClosing:test_a_variable_that_is_to_be_closed()
  if not has_close then
    lu.skip("this Lua has no <close>")
  end
  local chunk = [[
    local netchan, seen = ...
    local exporter <close> = netchan.exporter("tcp://127.0.0.1:0")
    local sent <close> = exporter:export("a", "send", {capacity = 1})
    local importer <close> = netchan.importer(exporter:address(), {timeout = 60})
    seen[1], seen[2], seen[3] = exporter, sent, importer
    seen.got = importer:import("a", "recv", {timeout = 60})
    if seen.fail then error("it") end
  ]]
  for _, fail in ipairs {false, true} do
    local seen = {fail = fail}
    local ok, err = pcall(assert(load(chunk)), netchan, seen)
    lu.assertEquals(ok, not fail, tostring(err))
    lu.assertEquals((seen[2]:state()), "closed")
    raises(netchan.Closed, seen[1].export, seen[1], "b", "send")
    raises(netchan.Closed, seen[3].import, seen[3], "a", "recv")
  end
end
