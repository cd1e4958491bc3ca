-- SPDX-License-Identifier: MIT

--- Waits for the first of several sends and receives. Made once by @{netchan.selector} and used many
-- times. Fair: cases that are ready take turns. Cases are numbered from 1 in the order they were added.
-- @classmod Select

local raw = require "netchan.raw"
local Channel = require "netchan.channel"

local Select = {__name = "netchan.Select"}
Select.__index = Select

function Select.new()
  return setmetatable({raw = raw.select_new(), channels = {}}, Select)
end

local function keep(self, number, channel)
  self.channels[number + 1] = channel
  return number + 1
end

--- Adds a receive.
-- @tparam Channel channel
-- @treturn int its number
function Select:recv(channel)
  return keep(self, self.raw:add_recv(Channel.raw_of(channel)), channel)
end

--- Adds a send. Without a value it is off until set gives it one.
-- @tparam Channel channel
-- @param[opt] value
-- @treturn int its number
function Select:send(channel, value)
  local handle = Channel.raw_of(channel)
  local number
  if value == nil then
    number = self.raw:add_send_off(handle)
  else
    number = self.raw:add_send(handle, value)
  end
  return keep(self, number, channel)
end

--- Gives a send its next value. A send that was chosen is off until then.
-- @tparam int number
-- @param value
function Select:set(number, value)
  self.raw:set(number - 1, value)
end

--- Turns a send off until set gives it a value.
-- @tparam int number
function Select:off(number)
  self.raw:set_off(number - 1)
end

--- Turns a receive on or off.
-- @tparam int number
-- @tparam[opt=true] boolean on
function Select:enable(number, on)
  self.raw:enable(number - 1, on == false and 0 or 1)
end

--- Drops a case.
-- @tparam int number
function Select:remove(number)
  self.raw:remove(number - 1)
  self.channels[number] = nil
end

--- Waits until a case can go ahead, does it, and says which.
-- @tparam ?number timeout seconds
-- @treturn table number, channel, value (of a receive), and ended when the channel has ended instead:
-- "closed", "lost" or the word of another error
-- @raise Timeout
function Select:wait(timeout)
  local number, status, value = self.raw:wait(Channel.ms(timeout), nil)
  return {
    number = number + 1,
    channel = self.channels[number + 1],
    value = value,
    ended = status < 0 and raw.netchan_error_name(status) or nil,
  }
end

return Select
