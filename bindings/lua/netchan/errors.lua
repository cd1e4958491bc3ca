-- SPDX-License-Identifier: MIT

-- The classes of errors. An error is a table with code and text; its class is its metatable.

local raw = require "netchan.raw"

local Error = {__name = "netchan.Error"}
Error.__index = Error
Error.__tostring = function(self) return self.text end

local codes = {
  Timeout = raw.NETCHAN_TIMEOUT,
  Closed = raw.NETCHAN_CLOSED,
  Lost = raw.NETCHAN_LOST,
  Interrupted = raw.NETCHAN_INTERRUPTED,
  Denied = raw.NETCHAN_DENIED,
  NoChannel = raw.NETCHAN_NOCHANNEL,
  WrongDirection = raw.NETCHAN_DIRECTION,
  Exists = raw.NETCHAN_EXISTS,
  Busy = raw.NETCHAN_BUSY,
  OverLimit = raw.NETCHAN_LIMIT,
  InvalidValue = raw.NETCHAN_VALUE,
  WrongType = raw.NETCHAN_TYPE,
  InvalidOption = raw.NETCHAN_OPTION,
  InvalidURL = raw.NETCHAN_URL,
  Refused = raw.NETCHAN_REFUSED,
  ProtocolBroken = raw.NETCHAN_PROTOCOL,
  NotSupported = raw.NETCHAN_NOTSUP,
  NoMemory = raw.NETCHAN_NOMEM,
  NoDescriptor = raw.NETCHAN_NODESCRIPTOR,
  Forked = raw.NETCHAN_FORK,
  Misuse = raw.NETCHAN_USAGE,
  SystemFailure = raw.NETCHAN_IO,
  TLSFailure = raw.NETCHAN_TLS,
}

local classes, by_code = {Error = Error}, {}
for name, code in pairs(codes) do
  local class = setmetatable({code = code, word = raw.netchan_error_name(code)}, {__index = Error})
  class.__name = "netchan." .. name
  class.__index = class
  class.__tostring = Error.__tostring
  classes[name] = class
  by_code[code] = class
end
raw.set_errors(by_code)

local errors = {classes = classes}

function errors.is(err, class)
  local found = type(err) == "table" and getmetatable(err)
  if not found or by_code[found.code] ~= found then
    return false
  end
  return class == nil or class == Error or class == found
end

-- Raises one from Lua.
function errors.raise(name, text)
  error(setmetatable({code = codes[name], text = text}, classes[name]), 0)
end

return errors
