-- SPDX-License-Identifier: MIT

-- The examples, the peer program, and the pollable descriptor.

local helper = require "helper"
local lu = require "luaunit"
local netchan = require "netchan"
local support = require "support"

local PLENTY = support.PLENTY

TestPrograms = {}

function TestPrograms:test_the_examples_pass_values_to_each_other()
  if _VERSION < "Lua 5.4" then
    lu.skip("the examples need <close>")
  end
  local folder = HERE .. "/../examples/"
  local printed = assert(io.open(folder .. "import.txt"))
  local expected = printed:read("*a")
  printed:close()
  local exporter = support.program {folder .. "export.lua"}
  local importer = support.program {folder .. "import.lua", exporter.pipe:read("*l")}
  local output, ok = support.finish(importer)
  lu.assertEquals(output, expected)
  lu.assertTrue(ok)
  output, ok = support.finish(exporter)
  lu.assertEquals(output, "")
  lu.assertTrue(ok)
end

function TestPrograms:test_a_peer_program_meets_itself()
  local exporter = support.program {HERE .. "/peer.lua", "export", "tcp://127.0.0.1:0"}
  local importer = support.program {HERE .. "/peer.lua", "import", exporter.pipe:read("*l")}
  local output = support.finish(importer) .. support.finish(exporter)
  lu.assertEquals(output, "")
end

function TestPrograms:test_the_descriptor_is_ready_when_a_value_is_there()
  local channel = netchan.channel(1)
  local function ready()
    return {helper.readable(channel:descriptor(), 0), helper.readable(channel:descriptor("send"), 0)}
  end
  lu.assertEquals(ready(), {false, true})
  channel:put(1)
  lu.assertEquals(ready(), {true, false})
  channel:take()
  lu.assertEquals(ready(), {false, true})
  channel:close()
  lu.assertTrue(helper.readable(channel:descriptor(), 0))
end

-- As a scheduler does: a coroutine that would wait gives its descriptor away.
function TestPrograms:test_a_scheduler_of_coroutines_waits_for_descriptors()
  local pair = support.pair("tcp")
  local sent = pair.exporter:export("a", "send")
  local got = pair:meet():import("a", "recv", {timeout = PLENTY})
  local function patient(channel, direction, call, ...)
    while true do
      local ok, result = pcall(call, ...)
      if ok or not netchan.is(result, netchan.Timeout) then
        return ok, result
      end
      coroutine.yield(channel:descriptor(direction))
    end
  end
  local values = {}
  local sender = coroutine.create(function()
    for number = 1, 200 do
      patient(sent, "send", sent.put, sent, number, 0)
    end
    sent:close()
  end)
  local receiver = coroutine.create(function()
    while true do
      local ok, value = patient(got, "recv", got.take, got, 0)
      if not ok then return end
      values[#values + 1] = value
    end
  end)
  local waits = {}
  while coroutine.status(receiver) ~= "dead" do
    for _, routine in ipairs {sender, receiver} do
      if coroutine.status(routine) ~= "dead" and
        (not waits[routine] or helper.readable(waits[routine], 0)) then
        local ok, descriptor = coroutine.resume(routine)
        lu.assertTrue(ok, tostring(descriptor))
        waits[routine] = descriptor
      end
    end
    helper.readable(waits[receiver] or waits[sender] or got:descriptor(), 1)
  end
  lu.assertEquals(#values, 200)
  lu.assertEquals(values[200], 200)
  pair:close()
end
