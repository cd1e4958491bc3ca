-- SPDX-License-Identifier: MIT

-- What the tests of the Lua module share: two ends that meet, coroutines that take turns, and results
-- for automake's driver.

local helper = require "helper"
local lu = require "luaunit"
local netchan = require "netchan"

local support = {PLENTY = 60, MOMENT = 0.05}
local PLENTY = support.PLENTY

-- A file that all languages' tests read.
function support.shared(name)
  local file = assert(io.open(BINDINGS .. "/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return netchan.parse(text)
end

-- An exporter and importers that meet it over a socketpair, a unix socket or TCP.
local Pair = {}
Pair.__index = Pair

function support.pair(way, options)
  local pair = setmetatable({way = way, exporter = netchan.exporter(nil, options), importers = {}}, Pair)
  if way == "unix" then
    pair.folder = helper.folder()
    pair.exporter:listen("unix:" .. pair.folder .. "/s")
  elseif way == "tcp" then
    pair.exporter:listen("tcp://127.0.0.1:0")
  end
  return pair
end

function Pair:meet()
  local source = self.way == "pair" and self:socket() or self.exporter:address()
  local importer = netchan.importer(source, {timeout = PLENTY})
  self.importers[#self.importers + 1] = importer
  return importer
end

function Pair:socket()
  local ours, theirs = helper.socketpair()
  self.exporter:serve(ours)
  return theirs
end

function Pair:close()
  for _, importer in ipairs(self.importers) do
    importer:close()
  end
  self.exporter:wait_closed(PLENTY)
  for _, importer in ipairs(self.importers) do
    importer:wait_closed(PLENTY)
  end
  if self.folder then
    os.remove(self.folder .. "/s")
    os.remove(self.folder)
  end
end

-- Coroutines that take turns. In one, a call that would wait yields instead.
local running = {}

local function turn()
  local moved = false
  for place = #running, 1, -1 do
    local task = running[place]
    local ok, result = coroutine.resume(task.routine)
    moved = moved or result ~= "waits"
    if not ok or coroutine.status(task.routine) == "dead" then
      task.done, task.ok, task.result = true, ok, result
      table.remove(running, place)
    end
  end
  if not moved then
    pcall(netchan.select, {}, 0.001)
  end
end

function support.background(body)
  local task = {routine = coroutine.create(body)}
  running[#running + 1] = task
  return task
end

local function in_task()
  local routine, main = coroutine.running()
  return routine and not main
end

-- Calls, with timeout 0 at the end, until it does not time out; the others have their turns meanwhile.
-- Returns what pcall does. (It yields outside of pcall, which Lua 5.1 needs.)
function support.try(call, ...)
  local ending = helper.now() + PLENTY
  local arguments, count = {...}, select("#", ...)
  arguments[count + 1] = 0
  while true do
    local ok, result = pcall(call, (table.unpack or unpack)(arguments, 1, count + 1))
    if ok or not netchan.is(result, netchan.Timeout) then
      return ok, result
    elseif helper.now() > ending then
      error("a call has not come to its end")
    elseif in_task() then
      coroutine.yield("waits")
    else
      turn()
    end
  end
end

function support.await(...)
  local ok, result = support.try(...)
  if not ok then
    error(result, 0)
  end
  return result
end

function support.put(channel, value)
  return support.await(channel.put, channel, value)
end

function support.take(channel)
  return support.await(channel.take, channel)
end

-- All values until the channel is closed.
function support.take_all(channel)
  local got = {}
  while true do
    local ok, value = support.try(channel.take, channel)
    if not ok then
      if netchan.is(value, netchan.Closed) then
        return got
      end
      error(value, 0)
    end
    got[#got + 1] = value
  end
end

-- Looks until the condition holds. Figures of stats have no event that could be waited for.
function support.eventually(condition)
  local ending = helper.now() + PLENTY
  while not condition() do
    if helper.now() > ending then
      error("a condition has not come true")
    elseif in_task() then
      coroutine.yield("waits")
    else
      turn()
    end
  end
end

function support.result(task)
  support.eventually(function() return task.done end)
  if not task.ok then
    error(task.result, 0)
  end
  return task.result
end

-- The figures of an open stream, or nil.
function support.stream(owner, name)
  for _, entry in ipairs(owner:stats().streams) do
    if entry.name == name then
      return entry
    end
  end
end

-- The call must raise an error of the class; returns it.
function support.raises(class, call, ...)
  local ok, err = pcall(call, ...)
  lu.assertFalse(ok, "nothing was raised")
  if not netchan.is(err, class) then
    lu.fail("raised " .. tostring(err) .. ", not " .. class.__name)
  end
  return err
end

-- Starts a Lua program that can load what is tested; its process can be sent signals.
function support.program(command)
  local quoted = {}
  for place, word in ipairs(command) do
    quoted[place] = "'" .. word:gsub("'", "'\\''") .. "'"
  end
  local pipe = assert(io.popen(string.format(
    "echo $$; LUA_INIT= NETCHAN_VECTORS='%s/vectors.json' LUA_PATH='%s' LUA_CPATH='%s' exec '%s' %s 2>&1",
    BINDINGS, package.path, package.cpath, os.getenv("LUA") or arg[-1], table.concat(quoted, " "))))
  return {pipe = pipe, pid = tonumber(pipe:read("*l"))}
end

-- What is left of its output, and whether it ended well.
function support.finish(program)
  local output = program.pipe:read("*a")
  local ok = program.pipe:close()
  return output, ok
end

-- Writes a line for each case to the file that tests/catch-driver reads, beside luaunit's own output.
function support.results(output_class, path)
  local file = path and assert(io.open(path, "a"))
  local function tell(...)
    if file then
      file:write(table.concat({...}, " "), "\n")
      file:flush()
    end
  end
  local Results = {}
  function Results.new(runner)
    local text = output_class.new(runner)
    return setmetatable({
      startSuite = function(_, ...) tell("RUN lua") return text:startSuite(...) end,
      startTest = function(_, name) tell("START", (name:gsub("_", " "))) return text:startTest(name) end,
      endTest = function(_, node)
        local word = node:isSuccess() and "PASS" or node:isSkipped() and "SKIP" or "FAIL"
        tell(word, (node.testName:gsub("_", " ")))
        return text:endTest(node)
      end,
      endSuite = function(_, ...) tell("END lua") return text:endSuite(...) end,
    }, {__index = function(_, key)
      local found = text[key]
      if type(found) ~= "function" then
        return found
      end
      return function(_, ...) return found(text, ...) end
    end})
  end
  return Results
end

return support
