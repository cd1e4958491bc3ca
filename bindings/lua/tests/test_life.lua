-- SPDX-License-Identifier: MIT

-- Interrupts, memory, handles, misuse, fork and exit.

local helper = require "helper"
local lu = require "luaunit"
local netchan = require "netchan"
local raw = require "netchan.raw"
local support = require "support"

local PLENTY = support.PLENTY
local raises = support.raises

-- Starts a program out of a text that has netchan and helper.
local function program(text)
  return support.program {"-e", "netchan, helper = require 'netchan', require 'helper' " .. text}
end

TestInterrupts = {}

-- A program of its own, so that the values and the interrupts come as they like.
local SENDER = [[
  local exporter = netchan.exporter("tcp://127.0.0.1:0")
  local out = exporter:export("out", "send")
  print(exporter:address())
  io.stdout:flush()
  math.randomseed(1)
  for number = 1, 1500 do
    out:put(number, 60)
    if math.random() < 0.5 then helper.pause(math.random(1000)) end
  end
  out:close()
  exporter:drain("taken", 60)
  exporter:wait_closed(60)
]]

local RECEIVER = [[
  local exporter = netchan.exporter("tcp://127.0.0.1:0")
  local back = exporter:export("in", "recv")
  print(exporter:address())
  io.stdout:flush()
  local next = 1
  math.randomseed(2)
  for value in back:values(60) do
    if value ~= next then error("came as " .. netchan.dump(value)) end
    next = next + 1
    if math.random() < 0.5 then helper.pause(math.random(1000)) end
  end
  if next ~= 1501 then error(next .. " values") end
  exporter:wait_closed(60)
]]

local function poked(call, ...)
  local ok, result = pcall(call, ...)
  if not ok and not tostring(result):find("poked", 1, true) then
    error(result, 0)
  end
  return ok, result
end

-- Runs the body in a shield while signals come. One that comes last of all is due behind the shield.
local function under_signals(body)
  local finished, err = false, nil
  pcall(function()
    local _
    _, err = pcall(netchan.shield, function()
      helper.arm(helper.SIGALRM, "anywhere")
      helper.every(300)
      body()
      helper.every(0)
      finished = true
    end)
    for _ = 1, 10 do end
  end)
  helper.every(0)
  helper.disarm(helper.SIGALRM)
  if not finished then
    error(err, 0)
  end
end

function TestInterrupts:test_1500_values_under_signals_and_none_is_lost()
  local sender = program(SENDER)
  local importer = netchan.importer(sender.pipe:read("*l"), {timeout = PLENTY})
  local out = importer:import("out", "recv", {size = 10, timeout = PLENTY})
  local got, pokes = {}, 0
  under_signals(function()
    while #got < 1500 do
      local ok, value = poked(out.take, out, PLENTY)
      if ok then
        got[#got + 1] = value
      else
        pokes = pokes + 1
      end
    end
  end)
  raises(netchan.Closed, out.take, out, PLENTY)
  importer:wait_closed(PLENTY)
  for number = 1, 1500 do
    lu.assertEquals(got[number], number)
  end
  lu.assertTrue(pokes > 10, pokes .. " interrupts")
  local output, ok = support.finish(sender)
  lu.assertEquals(output, "")
  lu.assertTrue(ok)
end

function TestInterrupts:test_1500_values_put_under_signals_and_none_is_lost_or_doubled()
  local receiver = program(RECEIVER)
  local importer = netchan.importer(receiver.pipe:read("*l"), {timeout = PLENTY})
  local back = importer:import("in", "send", {size = 1, timeout = PLENTY})
  local pokes = 0
  under_signals(function()
    for number = 1, 1500 do
      while not poked(back.put, back, number, PLENTY) do
        pokes = pokes + 1
      end
    end
  end)
  back:close()
  importer:drain("taken", PLENTY)
  importer:wait_closed(PLENTY)
  lu.assertTrue(pokes > 10, pokes .. " interrupts")
  local output, ok = support.finish(receiver)
  lu.assertEquals(output, "")
  lu.assertTrue(ok)
end

function TestInterrupts:test_1500_values_in_a_loop_under_signals_and_none_is_lost()
  local sender = program(SENDER)
  local importer = netchan.importer(sender.pipe:read("*l"), {timeout = PLENTY})
  local out = importer:import("out", "recv", {size = 10, timeout = PLENTY})
  local got, pokes, ended = {}, 0, false
  under_signals(function()
    while not ended do
      ended = poked(function()
        for value in out:values(PLENTY) do
          got[#got + 1] = value
        end
      end)
      pokes = pokes + (ended and 0 or 1)
    end
  end)
  importer:wait_closed(PLENTY)
  lu.assertEquals(#got, 1500)
  for number = 1, 1500 do
    lu.assertEquals(got[number], number)
  end
  lu.assertTrue(pokes > 10, pokes .. " interrupts")
  local output = support.finish(sender)
  lu.assertEquals(output, "")
end

function TestInterrupts:test_a_shield_ends_for_a_signal_that_came_while_it_did_not_wait()
  local channel = netchan.channel(1):put(1)
  local reached = false
  helper.arm(helper.SIGALRM, "anywhere")
  local ok, err = pcall(netchan.shield, function()
    helper.kill(helper.pid(), helper.SIGALRM)
    for _ = 1, 1000 do end
    reached = true
    channel:take(0)
  end)
  helper.disarm(helper.SIGALRM)
  lu.assertFalse(ok)
  lu.assertStrContains(tostring(err), "poked")
  lu.assertTrue(reached)
  lu.assertEquals(channel:length(), 1)
  lu.assertEquals({netchan.shield(function(...) return select("#", ...), ... end, 1, nil)}, {2, 1, nil})
  lu.assertErrorMsgContains("own", netchan.shield, function() error("own") end)
  lu.assertFalse(pcall(netchan.shield, nil))
end

function TestInterrupts:test_a_handler_that_returns_does_not_end_a_wait()
  local pair = support.pair("tcp")
  local importer = pair:meet()
  helper.arm(helper.SIGALRM, "nowhere")
  helper.every(20000) -- each ends the wait, which withdraws the import and makes it once more
  raises(netchan.Timeout, importer.import, importer, "none", "recv", {wait = -1, timeout = 0.3})
  helper.every(1000)
  local channel = netchan.channel(1)
  local begun = helper.now()
  raises(netchan.Timeout, channel.take, channel, 0.2)
  helper.every(0)
  lu.assertTrue(helper.now() - begun >= 0.19)
  lu.assertTrue(helper.disarm(helper.SIGALRM) > 5)
  pair:close()
end

function TestInterrupts:test_a_wait_in_a_coroutine_ends_for_a_hook_of_the_first_one()
  if jit then
    lu.skip("LuaJIT has one hook for all coroutines")
  end
  local channel = netchan.channel(1)
  local waiting = coroutine.create(function() return pcall(channel.take, channel, PLENTY) end)
  helper.arm(helper.SIGALRM, "waits")
  helper.every(20000)
  local resumed, ok, err = coroutine.resume(waiting)
  helper.every(0)
  helper.disarm(helper.SIGALRM)
  lu.assertTrue(resumed)
  lu.assertFalse(ok)
  lu.assertTrue(netchan.is(err, netchan.Interrupted), tostring(err))
end

-- Each of these waits for ever; Ctrl-C ends it at once with the interpreter's own error.
-- A connect, import or list waits in one piece: a signal just before it would be seen by its end only.
local function until_it_sleeps(pid)
  for _ = 1, 1000 do
    local file = io.open("/proc/" .. pid .. "/stat")
    local state = file and file:read("*a"):match("%) (%a)")
    if file then
      file:close()
    end
    if state == "S" then
      return
    end
    helper.pause(5000)
  end
end

function TestInterrupts:test_ctrl_c_ends_every_kind_of_wait_at_once()
  for _, wait in ipairs {"channel:take()", "channel:take(50)", "channel:put(1)",
    "for _ in channel:values() do end", "select:wait()", "netchan.select({}, 50)",
    "sent:put(1) exporter:drain()", "importer:import('none', 'recv', {wait = -1})",
    "coroutine.wrap(function() channel:take() end)()",
    "netchan.shield(function() for _ in channel:values() do end end)"} do
    local waiting = program([[
      local channel = netchan.channel()
      local exporter = netchan.exporter("tcp://127.0.0.1:0")
      local importer = netchan.importer(exporter:address())
      local sent = exporter:export("a", "send", {capacity = 1})
      local select = netchan.selector()
      select:recv(channel)
      local function body()
        print("ready")
        io.stdout:flush()
        ]] .. wait .. [[

      end
      print(pcall(function()
        local ok, err = pcall(body)
        for _ = 1, 10 do end -- here the hook is due if the wait was in a coroutine
        error(err, 0)
      end))
      exporter:close()
      importer:wait_closed(5)
      exporter:wait_closed(5)
    ]])
    lu.assertEquals(waiting.pipe:read("*l"), "ready", wait)
    local begun = helper.now()
    until_it_sleeps(waiting.pid)
    lu.assertTrue(helper.kill(waiting.pid, helper.SIGINT))
    local output, ok = support.finish(waiting)
    lu.assertStrMatches(output, "false\t[^\n]*interrupted[^\n]*\n", nil, nil, wait .. ": " .. output)
    lu.assertTrue(ok, wait)
    lu.assertTrue(helper.now() - begun < 5, wait)
  end
end

TestMemory = {}

local function used()
  collectgarbage()
  collectgarbage()
  local file = io.open("/proc/self/statm")
  if not file then
    lu.skip("no /proc")
  end
  local pages = tonumber(file:read("*a"):match("^%d+ (%d+)"))
  file:close()
  return pages * 4096
end

function TestMemory:test_2000_failing_sends_leave_memory_flat()
  local closed, full, other = netchan.channel(1), netchan.channel(1), netchan.channel(1)
  closed:close()
  full:put(1)
  local function big(last)
    local list = {}
    for place = 1, 100 do
      list[place] = ("x"):rep(1000)
    end
    list[101] = last
    return list
  end
  local cases = {
    {closed, big(1), netchan.Closed}, {full, big(1), netchan.Timeout},
    {other, big(print), netchan.WrongType}, {other, big("\255"), netchan.InvalidValue},
  }
  local function failing()
    for _, case in ipairs(cases) do
      raises(case[3], case[1].put, case[1], case[2], 0)
      raises(case[3], case[1].put_many, case[1], {case[2]}, 0)
    end
    raises(netchan.WrongType, other.put, other, cases[1][2], "soon")
    lu.assertFalse(pcall(other.raw.put, other.raw, cases[1][2], 0, "no token"))
  end
  for _ = 1, 30 do failing() end
  local before = used()
  for _ = 1, 250 do failing() end
  lu.assertTrue(used() - before < 8 * 2^20, used() - before)
end

function TestMemory:test_values_that_pass_leave_memory_flat()
  local channel = netchan.channel(4)
  local value = {text = ("x"):rep(10000), list = {}, nested = {{a = netchan.null}}}
  for place = 1, 100 do
    value.list[place] = place
  end
  local function pass()
    for _ = 1, 500 do
      channel:put(value)
      channel:put_many({value, value})
      channel:take()
      channel:take_many(2)
    end
  end
  pass()
  local before = used()
  for _ = 1, 5 do pass() end
  lu.assertTrue(used() - before < 8 * 2^20, used() - before)
end

TestHandles = {}

function TestHandles:test_10000_handles_are_collected_while_coroutines_go_on()
  math.randomseed(2)
  local ping, pong = netchan.channel(1), netchan.channel(1)
  local rounds, going = 0, true
  local one = support.background(function()
    while going do
      support.put(ping, rounds)
      rounds = support.take(pong)
    end
    ping:close()
  end)
  local other = support.background(function()
    while true do
      local ok, number = support.try(ping.take, ping)
      if not ok then return end
      support.put(pong, number + 1)
    end
  end)
  local kept = {}
  for number = 1, 10000 do
    local kind, handle = number % 4, nil
    if kind == 0 then
      handle = netchan.channel(1):put({number})
    elseif kind == 1 then
      handle = netchan.selector()
      handle:recv(netchan.channel(1))
    elseif kind == 2 then
      handle = number % 100 == 2 and netchan.exporter() or netchan.channel()
    else
      handle = raw.cancel_new()
    end
    kept[#kept + 1] = handle
    if #kept > 200 then
      kept[math.random(#kept)] = table.remove(kept)
    end
    if number % 500 == 0 then
      collectgarbage()
      support.eventually(function() return rounds > number / 500 end)
    end
  end
  while #kept > 0 do
    kept[math.random(#kept)] = kept[#kept]
    kept[#kept] = nil
    if #kept % 50 == 0 then collectgarbage() end
  end
  going = false
  support.result(one)
  support.result(other)
  lu.assertTrue(rounds > 20)
end

TestMisused = {}

function TestMisused:test_nil_and_others_for_a_handle_are_refused()
  local channel = netchan.channel(1)
  local class = getmetatable(channel.raw)[".fn"]
  for name, call in pairs(class) do
    if not name:match("^__") then -- SWIG's own
      lu.assertFalse(pcall(call, nil), name)
      lu.assertFalse(pcall(call), name)
      lu.assertFalse(pcall(call, raw.cancel_new(), 0, nil), name)
      lu.assertFalse(pcall(call, io.stdout), name)
    end
  end
  raises(netchan.Misuse, class.take, nil, 0, nil)
  raises(netchan.Misuse, class.close, nil)
  raises(netchan.Misuse, channel.take, {}, 0)
  lu.assertErrorMsgContains("nil", channel.take, nil)
  raises(netchan.WrongType, netchan.selector().recv, netchan.selector(), nil)
  lu.assertFalse(pcall(netchan.select, {3}))
  local exporter = netchan.exporter()
  raises(netchan.WrongType, exporter.listen, exporter, nil)
  raises(netchan.WrongType, exporter.listen, exporter, 3)
  raises(netchan.Misuse, exporter.export, exporter, "a", "both")
  raises(netchan.Misuse, exporter.drain, exporter, "sent")
  raises(netchan.Misuse, channel.descriptor, channel, "both")
  raises(netchan.WrongType, exporter.export, exporter, "a", "send", {channel = 3})
  lu.assertFalse(pcall(getmetatable(exporter.raw)[".fn"].publish, exporter.raw, "a", nil, 1, nil))
  lu.assertFalse(pcall(class.put, channel.raw))
  exporter:wait_closed(PLENTY)
end

function TestMisused:test_use_after_close()
  local channel = netchan.channel(2):put(1)
  channel:close()
  channel:close()
  raises(netchan.Closed, channel.put, channel, 2)
  lu.assertEquals(channel:take(), 1)
  raises(netchan.Closed, channel.take, channel)
  local state, cause = channel:state()
  lu.assertEquals(state, "closed")
  lu.assertNotEquals(cause, "")
  lu.assertStrContains(tostring(channel), "closed")
  local pair = support.pair("tcp")
  local importer = pair:meet()
  pair.exporter:close()
  raises(netchan.Closed, pair.exporter.export, pair.exporter, "a", "send")
  raises(netchan.Closed, pair.exporter.drain, pair.exporter)
  importer:wait_closed(PLENTY)
  importer:close()
  raises(netchan.Closed, importer.import, importer, "a", "recv", {timeout = PLENTY})
  raises(netchan.Closed, importer:errors().take, importer:errors(), PLENTY)
  pair.exporter:wait_closed(PLENTY)
  pair.exporter:wait_closed(PLENTY)
end

function TestMisused:test_errors_that_the_call_itself_answers()
  raises(netchan.InvalidURL, netchan.exporter, "smtp://here")
  raises(netchan.Refused, netchan.importer, "unix:/nonexistent/netchan", {timeout = 5})
  raises(netchan.Misuse, netchan.importer, 9999, {timeout = 5})
  local pair = support.pair("tcp")
  pair.exporter:export("a", "send")
  raises(netchan.Exists, pair.exporter.export, pair.exporter, "a", "send")
  local importer = pair:meet()
  raises(netchan.WrongDirection, importer.import, importer, "a", "send", {timeout = PLENTY})
  raises(netchan.NoChannel, importer.hangup, importer, "b")
  raises(netchan.Misuse, importer.import, importer, "a", "recv", {size = -1})
  pair:close()
end

function TestMisused:test_a_hold_keeps_a_channel_from_ending()
  local merged = netchan.channel(10)
  local pairs_of_ends = {support.pair("tcp"), support.pair("tcp")}
  merged:hold()
  for _, pair in ipairs(pairs_of_ends) do
    pair.exporter:export("a", "send", {capacity = 1}):put("x"):close()
    pair:meet():import("a", "recv", {channel = merged, timeout = PLENTY})
  end
  lu.assertEquals({merged:take(PLENTY), merged:take(PLENTY)}, {"x", "x"})
  lu.assertEquals((merged:state()), "open")
  merged:release()
  raises(netchan.Closed, merged.take, merged, PLENTY)
  raises(netchan.Misuse, merged.release, merged)
  for _, pair in ipairs(pairs_of_ends) do
    pair:close()
  end
end

TestProcesses = {}

function TestProcesses:test_a_forked_child_gets_an_error_and_the_parent_goes_on()
  local pair = support.pair("tcp")
  local sent = pair.exporter:export("a", "send", {capacity = 1})
  local importer = pair:meet()
  local got = importer:import("a", "recv", {timeout = PLENTY})
  raises(netchan.Timeout, got.take, got, 0.01)
  local child = helper.fork()
  if child == 0 then
    local wrong = 0
    for _, call in ipairs {
      function() sent:put(1, 0) end, function() got:take(0) end, function() got:take(1) end,
      function() pair.exporter:stats() end, function() importer:close() end,
      function() importer:list("", 1) end,
    } do
      local ok, err = pcall(call)
      if ok or not netchan.is(err, netchan.Forked) then
        wrong = wrong + 1
      end
    end
    local fresh = netchan.channel(1):put("child")
    wrong = wrong + (fresh:take(0) == "child" and 0 or 1)
    wrong = wrong + (pcall(fresh.take, fresh, 0.01) and 1 or 0)
    pair, sent, importer, got = nil, nil, nil, nil
    collectgarbage()
    helper.exit(wrong)
  end
  lu.assertEquals(helper.wait(child), 0)
  sent:put(2, PLENTY)
  lu.assertEquals(got:take(PLENTY), 2)
  pair:close()
end

function TestProcesses:test_a_program_with_live_links_exits_within_two_seconds()
  for _, ending in ipairs {{"", true}, {"os.exit(0)", true}, {"os.exit(0, true)", true},
    {"os.exit(3)", false}, {"error('it')", false}} do
    local leaving = program([[
      local exporter = netchan.exporter("tcp://127.0.0.1:0")
      local sent = exporter:export("a", "send", {capacity = 10})
      local importer = netchan.importer(exporter:address())
      local got = importer:import("a", "recv")
      sent:put(1)
      assert(got:take() == 1)
      sent:put({never = "taken"})
      print("ready")
      io.stdout:flush()
    ]] .. ending[1])
    lu.assertEquals(leaving.pipe:read("*l"), "ready")
    local begun = helper.now()
    local _, ok = support.finish(leaving)
    lu.assertTrue(helper.now() - begun < 2, ending[1])
    if _VERSION ~= "Lua 5.1" then
      lu.assertEquals(ok or false, ending[2], ending[1])
    end
  end
end
