-- SPDX-License-Identifier: MIT

--- Channels that work across processes, hosts and languages.
--
-- A program exports named channels on an address; other programs import them and send or receive
-- values. One side:
--
--     local netchan = require "netchan"
--
--     local exporter <close> = netchan.exporter("tcp://127.0.0.1:7000")
--     local numbers = exporter:export("numbers", "send")
--     for number = 1, 10 do
--       numbers:put({number = number})
--     end
--     numbers:close()
--     exporter:drain("taken")
--
-- The other side:
--
--     local importer <close> = netchan.importer("tcp://127.0.0.1:7000")
--     local numbers = importer:import("numbers", "recv")
--     for value in numbers:values() do
--       print(value.number)
--     end
--
-- **Values** are booleans, numbers, strings of UTF-8, tables, and @{null} for null. Integers stay
-- integers and floats stay floats. A table is an array when its keys are 1 to n, and an object when
-- they are strings; an empty table is an object. @{array} and @{object} mark a table, so that an empty
-- one says which it is; arrays that come out of a channel are marked. A hole in an array, a mixed
-- table, nil, functions and userdata are refused. Metamethods are not looked at, but `__jsontype` in a
-- metatable, "array" or "object", marks a table too. Before Lua 5.3 a number that is whole goes out as
-- an integer, and an integer beyond 2^53 is a table that @{integer} makes.
--
-- **Waiting.** Every call that can wait takes a timeout in seconds (nil: for ever, 0: do not wait). A
-- signal lets the hook run that its handler has set: Ctrl-C ends a wait with the error "interrupted!",
-- as it ends any Lua program, and nothing was taken out then. Lua may raise such an error between a call's
-- return and the assignment of what it returned, too (and a Ctrl-C in the instant before a connect, import or
-- list begins to wait is seen when that has ended); a program that must not lose a value to that
-- receives in a @{shield}. A wait keeps all coroutines waiting; schedulers poll @{Channel:descriptor} and
-- call with timeout 0.
--
-- **Errors** are raised: tables with `code`, `word` (such as "nochannel") and `text`, whose metatable is
-- their class, such as @{netchan.NoChannel}.
--
-- The rules stand in the manual, netchan(7).
-- @module netchan

local raw = require "netchan.raw"
local errors = require "netchan.errors"
local Channel = require "netchan.channel"
local owners = require "netchan.owners"
local Select = require "netchan.select"

local netchan = {}

--- The classes of errors: Timeout, Closed, Lost, Interrupted, Denied, NoChannel, WrongDirection, Exists,
-- Busy, OverLimit, InvalidValue, WrongType, InvalidOption, InvalidURL, Refused, ProtocolBroken,
-- NotSupported, NoMemory, NoDescriptor, Forked, Misuse, SystemFailure, TLSFailure; and Error, which
-- stands for all.
-- @usage local ok, err = pcall(numbers.put, numbers, 1, 0)
-- if not ok and netchan.is(err, netchan.Timeout) then ... end
-- @section errors
for name, class in pairs(errors.classes) do
  netchan[name] = class
end

--- Whether an error that was caught is one of a class.
-- @function is
-- @param err what pcall returned
-- @param[opt=Error] class
-- @treturn boolean
netchan.is = errors.is

--- Values
-- @section values

--- The version of the library in use.
netchan.VERSION = raw.netchan_version()

local array = {__jsontype = "array", __name = "netchan.array"}
local object = {__jsontype = "object", __name = "netchan.object"}
local integer = {__jsontype = "integer", __name = "netchan.integer"}
integer.__tostring = function(self) return self[1] end
integer.__eq = function(one, other) return one[1] == other[1] end
array.integer = integer
raw.set_array(array)

--- Null, as a value and within values. It is the light userdata NULL, as in other libraries.
netchan.null = raw.value_parse("null")

--- Marks a table as an array, whatever is in it.
-- @tparam[opt={}] table elements
-- @treturn table the same
function netchan.array(elements)
  return setmetatable(elements or {}, array)
end

--- Marks a table as an object.
-- @tparam[opt={}] table members
-- @treturn table the same
function netchan.object(members)
  return setmetatable(members or {}, object)
end

--- An integer by its digits, for Lua before 5.3, whose numbers are exact up to 2^53 only.
-- @tparam string digits
function netchan.integer(digits)
  return setmetatable({tostring(digits)}, integer)
end

--- Whether a table is a marked array.
-- @treturn boolean
function netchan.is_array(value)
  local metatable = type(value) == "table" and getmetatable(value)
  return metatable and rawget(metatable, "__jsontype") == "array" or false
end

--- The text of a value as it travels.
-- @return a string of JSON
function netchan.dump(value)
  return raw.value_dump(value)
end

--- The value that a JSON text stands for, by the strict rules of netchan(7).
-- @tparam string text
-- @raise InvalidValue, with line, column and reason
function netchan.parse(text)
  return raw.value_parse(text)
end

--- What a policy says to a peer that wants to send to or receive from a channel.
-- @tparam {string,...} identity names such as "dns:host.example"
-- @tparam string channel
-- @tparam string direction "send" or "recv", as the peer sees it
-- @tparam table options policy, a file, or policy_text, as an exporter takes them
-- @treturn table with allowed, close, rule and text
-- @raise InvalidOption, InvalidValue
function netchan.explain_policy(identity, channel, direction, options)
  local made = raw.options_new()
  for key, value in pairs(options) do
    made:set((key:gsub("_", ".", 1)), tostring(value))
  end
  return made:explain {identity = netchan.array(identity), channel = channel, direction = direction}
end

--- Whether this build can do something: "tcp", "unix", "tls", "epoll".
-- @tparam string name
-- @treturn boolean
function netchan.feature(name)
  return raw.netchan_feature(name) == 1
end

--- Calls a function so that signals, such as Ctrl-C, reach the program only where it calls this library:
-- what they raise comes out of such a call, which has taken nothing out then.
--
-- Signals are held back from this thread meanwhile, and from programs that it starts. The function cannot
-- yield to a coroutine outside.
-- @function shield
-- @tparam function body
-- @param ... its arguments
-- @return what it returned
-- @usage netchan.shield(function()
--   for value in numbers:values() do total = total + value end
-- end)
netchan.shield = raw.shield

--- Channels and their owners
-- @section owners

--- A channel of its own, which works without any network.
-- @tparam[opt=0] int capacity how many values wait in it
-- @treturn Channel
function netchan.channel(capacity)
  return Channel.of(raw.channel_new(capacity or 0))
end

--- Publishes channels.
-- @function exporter
-- @tparam ?string url an address to listen on at once
-- @tparam ?table options those of scope exporter in netchan-options(7): `{["limit.value"] = 1000}`
-- @treturn Exporter
netchan.exporter = owners.exporter

--- Connects to an exporter.
-- @function importer
-- @param source an address (tcp://HOST:PORT, unix:/PATH, fd:N) or the number of a connected stream
-- socket, which belongs to the library on success
-- @tparam ?table options those of scope importer in netchan-options(7), and timeout
-- @treturn Importer
netchan.importer = owners.importer

--- A select that is used many times.
-- @function selector
-- @treturn Select
netchan.selector = Select.new

--- One wait for the first of several cases.
-- @tparam table cases a list of channels to receive from and of pairs `{channel, value}` to send
-- @tparam ?number timeout seconds
-- @treturn table number (the case's place in the list), channel, value (of a receive), and ended when
-- the channel has ended instead: "closed", "lost" or the word of another error
-- @raise Timeout
function netchan.select(cases, timeout)
  local select = Select.new()
  for _, case in ipairs(cases) do
    if getmetatable(case) == Channel then
      select:recv(case)
    else
      select:send(case[1], case[2])
    end
  end
  return select:wait(timeout)
end

return netchan
