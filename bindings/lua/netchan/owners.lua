-- SPDX-License-Identifier: MIT

--- Exporters publish channels by name on one or more addresses, importers bind channels of one exporter.
--
-- @{netchan.exporter} and @{netchan.importer} make them. One that is declared `<close>` is closed at the
-- end of its block, which then waits until its links have ended in order.
--
-- Options are keyed by the names of netchan-options(7), or the same with underscores:
-- `{link_heartbeat = 500}` is `{["link.heartbeat"] = 500}`; true and false are "yes" and "no".
-- @classmod Owner

local raw = require "netchan.raw"
local errors = require "netchan.errors"
local Channel = require "netchan.channel"

local ms = Channel.ms
local directions = {send = raw.NETCHAN_SEND, recv = raw.NETCHAN_RECV}
local levels = {received = raw.NETCHAN_RECEIVED, taken = raw.NETCHAN_TAKEN}
local groups = {io = true, limit = true, link = true, policy = true, tls = true, unix = true}

local function choose(choices, word, what)
  local found = choices[word]
  if not found then
    errors.raise("Misuse", what .. ", not " .. tostring(word))
  end
  return found
end

local function direction_of(word)
  return choose(directions, word, "a direction is \"send\" or \"recv\"")
end

local function level_of(word)
  return choose(levels, word or "received", "a level is \"received\" or \"taken\"")
end

-- link_ack_delay is link.ack-delay
local function key_of(key)
  local group, rest = tostring(key):match("^(%l+)_(.+)$")
  if group and groups[group] then
    return group .. "." .. rest:gsub("_", "-")
  end
  return (tostring(key):gsub("_", "-"))
end

-- Splits a table of options into those of the binding itself, which own names, and the library's.
local function split(options, own)
  local mine, set = {}, nil
  if options ~= nil and type(options) ~= "table" then
    errors.raise("WrongType", "options are a table, not a " .. type(options))
  end
  for key, value in pairs(options or {}) do
    if own[key] then
      mine[key] = value
    else
      set = set or raw.options_new()
      if type(value) == "boolean" then
        value = value and "yes" or "no"
      end
      set:set(key_of(key), tostring(value))
    end
  end
  return mine, set
end

local Owner = {}

--- Forgets a name, ends its streams, closes its channel. Never waits.
-- @tparam string name
function Owner:hangup(name)
  self.raw:hangup(name)
end

--- Waits until everything that was sent is acknowledged.
-- @tparam[opt="received"] string level "received" or "taken"
-- @tparam ?number timeout seconds
-- @raise Lost (something cannot be acknowledged any more), Timeout, Closed
function Owner:drain(level, timeout)
  self.raw:drain(level_of(level), ms(timeout), nil)
end

--- Waits until what had been sent when the call began is acknowledged.
-- @tparam[opt="received"] string level "received" or "taken"
-- @tparam ?number timeout seconds
function Owner:sync(level, timeout)
  self.raw:sync(level_of(level), ms(timeout), nil)
end

--- The channel of what went wrong in the background: tables with code, text and more.
-- @treturn Channel
function Owner:errors()
  self.told = self.told or Channel.of(self.raw:errors())
  return self.told
end

--- Figures of the moment; netchan_exporter_stats(3) says which.
-- @treturn table
function Owner:stats()
  return self.raw:stats()
end

--- Ends everything. Never waits; wait_closed does.
function Owner:close()
  self.raw:close()
end

--- Closes, and waits until every link has ended in order: a program's last call.
-- @tparam ?number timeout seconds
function Owner:wait_closed(timeout)
  self.raw:wait_closed(ms(timeout), nil)
end

local function class(name)
  local new = {}
  for method, body in pairs(Owner) do
    new[method] = body
  end
  new.__name = "netchan." .. name
  new.__index = new
  new.__close = function(self) self:wait_closed() end
  return new
end

local Exporter, Importer = class("Exporter"), class("Importer")

--- Of exporters
-- @section exporter

--- Accepts importers on an address: tcp://HOST:PORT, unix:/PATH or fd:N. May be repeated.
-- @tparam string url
-- @tparam ?number timeout seconds
-- @treturn string the address with the port that was picked
function Exporter:listen(url, timeout)
  self.raw:listen(url, ms(timeout), nil)
  local addresses = self:addresses()
  return addresses[#addresses]
end

--- The addresses that importers can connect to.
-- @treturn table a list
function Exporter:addresses()
  local found = {}
  repeat
    local address = self.raw:address(#found)
    found[#found + 1] = address
  until not address
  return found
end

--- The first of them.
-- @treturn ?string
function Exporter:address()
  return self.raw:address(0)
end

--- Serves one importer over a connected stream socket, which belongs to the library on success.
-- @tparam int descriptor
function Exporter:serve(descriptor)
  self.raw:serve_fd(descriptor)
end

--- Publishes a channel under a name.
-- @tparam string name
-- @tparam string direction the program's own: "send" or "recv"
-- @tparam ?table options channel (else one is made), capacity (of one that is made), and those of scope
-- export: `{keep_open = true, ["return"] = false}`
-- @treturn Channel
function Exporter:export(name, direction, options)
  local own, set = split(options, {channel = true, capacity = true})
  local channel = own.channel or Channel.of(raw.channel_new(own.capacity or 0))
  self.raw:publish(name, Channel.raw_of(channel), direction_of(direction), set)
  return channel
end

--- Of importers
-- @section importer

--- Binds a channel to an exported one.
-- @tparam string name
-- @tparam string direction the program's own: "send" or "recv"
-- @tparam ?table options channel (else one is made), capacity (of one that is made), size (how many
-- values the receiving side will hold), count (how many values the import is for), timeout, and those of
-- scope import: `{wait = 1000, async = true, window = 65536}`
-- @treturn Channel
function Importer:import(name, direction, options)
  local own, set = split(options,
    {channel = true, capacity = true, size = true, count = true, timeout = true})
  local channel = own.channel or Channel.of(raw.channel_new(own.capacity or 0))
  self.raw:bind(name, Channel.raw_of(channel), direction_of(direction), own.size or 0,
    own.count or -1, set, ms(own.timeout), nil)
  return channel
end

--- The names that the exporter shows, with direction and figures; those that contain filter.
-- @tparam[opt=""] string filter
-- @tparam ?number timeout seconds
-- @treturn table a list
function Importer:list(filter, timeout)
  return self.raw:list(filter or "", ms(timeout), nil)
end

local owners = {}

function owners.exporter(url, options)
  local _, set = split(options, {})
  local exporter = setmetatable({raw = raw.exporter_new(set)}, Exporter)
  if url ~= nil then
    exporter:listen(url)
  end
  return exporter
end

function owners.importer(source, options)
  local own, set = split(options, {timeout = true})
  local connect = type(source) == "number" and raw.importer_from_fd or raw.importer_connect
  return setmetatable({raw = connect(source, set, ms(own.timeout), nil)}, Importer)
end

return owners
