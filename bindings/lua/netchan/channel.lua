-- SPDX-License-Identifier: MIT

--- A bounded queue of values, with any number of senders and receivers.
--
-- @{netchan.channel}, Exporter:export and Importer:import make them. With capacity 0 a put returns when
-- a receiver has the value. `#channel` is its length; a channel that is declared `<close>` is closed at
-- the end of its block.
-- @classmod Channel

local raw = require "netchan.raw"
local errors = require "netchan.errors"

-- The functions of SWIG's class, which a call through its metatable would look up each time.
local call = getmetatable(raw.channel_new(0))[".fn"]
local ceil, huge = math.ceil, math.huge

local Channel = {__name = "netchan.Channel"}
Channel.__index = Channel

-- Seconds, or nil for ever, in the library's milliseconds.
local function ms(timeout)
  if timeout == nil or timeout == huge then
    return -1
  elseif type(timeout) ~= "number" or timeout ~= timeout then
    errors.raise("WrongType", "a timeout is a number of seconds, or nil")
  elseif timeout <= 0 then
    return 0
  end
  return timeout < 1e12 and ceil(timeout * 1000) or -1
end
Channel.ms = ms

-- The object around a handle, and the handle of an object.
function Channel.of(handle)
  return setmetatable({raw = handle}, Channel)
end

function Channel.raw_of(channel)
  if getmetatable(channel) ~= Channel then
    errors.raise("WrongType", "not a channel: " .. type(channel))
  end
  return channel.raw
end

--- Puts a value in, waiting for room.
-- @param value
-- @tparam ?number timeout seconds
-- @return the channel
-- @raise Closed, Lost, Timeout, InvalidValue, WrongType, OverLimit
function Channel:put(value, timeout)
  call.put(self.raw, value, timeout and ms(timeout) or -1, nil)
  return self
end

--- Takes a value out, waiting for one.
-- @tparam ?number timeout seconds
-- @return the value; null is netchan.null
-- @raise Closed or Lost (the channel has ended and is empty), Timeout
function Channel:take(timeout)
  return call.take(self.raw, timeout and ms(timeout) or -1, nil)
end

--- Puts in the first value of a list, waiting for room, and as many more as there is room for.
-- @tparam table values
-- @tparam ?number timeout seconds
-- @treturn int how many were put in
function Channel:put_many(values, timeout)
  return call.put_many(self.raw, values, ms(timeout), nil)
end

--- Takes a value out, waiting for it, and as many more as are there.
-- @tparam int count at most so many
-- @tparam ?number timeout seconds
-- @treturn table a list
function Channel:take_many(count, timeout)
  return call.take_many(self.raw, count, ms(timeout), nil)
end

--- Iterates over the values until the channel is closed: `for value in channel:values() do`.
-- @tparam ?number timeout seconds, for each value
-- @raise Lost, Timeout
function Channel:values(timeout)
  local handle, wait = self.raw, ms(timeout)
  return function()
    local ok, value = pcall(call.take, handle, wait, nil)
    if ok then
      return value
    elseif errors.is(value, errors.classes.Closed) then
      return nil
    end
    error(value, 0)
  end
end

--- No more values will be sent. Those in the channel stay readable. Never waits.
function Channel:close()
  call.close(self.raw)
end

--- Keeps the channel from ending when its streams end, until release: for a program that merges several
-- imports and binds them all between the two.
function Channel:hold()
  call.hold(self.raw)
end

--- Takes one hold back.
-- @raise Misuse (there is none)
function Channel:release()
  call.release(self.raw)
end

--- How many values can be taken out now.
-- @treturn int
function Channel:length()
  return call.length(self.raw)
end

--- The capacity given when it was made.
-- @treturn int
function Channel:capacity()
  return call.capacity(self.raw)
end

--- How it stands. Values may still be readable when it has ended.
-- @treturn string "open", "closed", "lost", or the word of the error that ended it
-- @treturn string why it has ended; "" while it has not
function Channel:state()
  local code = call.state(self.raw)
  if code == 0 then
    return "open", ""
  end
  return raw.netchan_error_name(code), call.cause(self.raw)
end

--- A descriptor that is readable while a take (or, for "send", a put) would not wait. It belongs to the
-- channel: poll it, and never read, write or close it. Another part of the program may be faster, so
-- call with timeout 0 then.
-- @tparam[opt="recv"] string direction
-- @treturn int
function Channel:descriptor(direction)
  if direction ~= nil and direction ~= "recv" and direction ~= "send" then
    errors.raise("Misuse", "a direction is \"send\" or \"recv\"")
  end
  return call.fd(self.raw, direction == "send" and raw.NETCHAN_SEND or raw.NETCHAN_RECV)
end

Channel.__len = Channel.length
Channel.__close = function(self) call.close(self.raw) end
Channel.__tostring = function(self)
  return string.format("netchan.Channel (capacity %d, %d in it, %s)", self:capacity(), self:length(),
    (self:state()))
end

return Channel
