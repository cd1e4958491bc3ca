-- SPDX-License-Identifier: MIT

-- A value in the spelled-out form of the vectors, as a text in which the members of objects are in the
-- order of their names: Lua's tables have none of their own.

local netchan = require "netchan"

local function quoted(text)
  return string.format("%q", text)
end

-- As Python writes it: all 13 digits, the exponent as it is.
local function hexadecimal(real)
  local sign = (real < 0 or 1 / real < 0) and "-" or ""
  real = math.abs(real)
  if real == 0 then
    return sign .. "0x0.0p+0"
  end
  local power = 0
  while real >= 2 do real, power = real / 2, power + 1 end
  while real < 1 and power > -1022 do real, power = real * 2, power - 1 end
  local lead = math.floor(real)
  local rest, digits = real - lead, {}
  for place = 1, 13 do
    rest = rest * 16
    local digit = math.floor(rest)
    digits[place] = string.format("%x", digit)
    rest = rest - digit
  end
  return string.format("%s0x%dp%+d", sign, lead, power):gsub("p", "." .. table.concat(digits) .. "p")
end

-- Whole numbers are integers where Lua has none (before 5.3), whatever they were.
local has_integers = math.type ~= nil
local function number(value)
  if has_integers then
    if math.type(value) == "integer" then
      return "integer " .. string.format("%d", value)
    end
  elseif value == math.floor(value) and math.abs(value) <= 2^53 and 1 / value ~= -math.huge then
    return "integer " .. string.format("%.0f", value)
  end
  return "real " .. hexadecimal(value)
end

local tagged

local function members(pairs_of_text)
  table.sort(pairs_of_text)
  return "{" .. table.concat(pairs_of_text, ",") .. "}"
end

function tagged(value)
  if value == netchan.null then
    return "null"
  elseif type(value) == "boolean" then
    return tostring(value)
  elseif type(value) == "number" then
    return number(value)
  elseif type(value) == "string" then
    return quoted(value)
  elseif type(value) == "table" and getmetatable(value) and getmetatable(value).__jsontype == "integer" then
    return "integer " .. tostring(value)
  elseif type(value) == "table" then
    local found = {}
    if netchan.is_array(value) then
      for place = 1, #value do
        found[place] = tagged(value[place])
      end
      return "[" .. table.concat(found, ",") .. "]"
    end
    for name, member in pairs(value) do
      found[#found + 1] = quoted(name) .. ":" .. tagged(member)
    end
    return members(found)
  end
  error("no value: " .. type(value))
end

-- What the vectors say in "is", in the same form.
local function expected(is)
  if type(is) ~= "table" then
    return tagged(is)
  elseif is.integer then
    return "integer " .. is.integer
  elseif is.real then
    local real = tonumber(is.real)
    if not has_integers and real == math.floor(real) and math.abs(real) <= 2^53 and 1 / real ~= -math.huge then
      return number(real)
    end
    return "real " .. is.real
  elseif is.string then
    return quoted(is.string)
  end
  local found = {}
  for place, child in ipairs(is.array or is.object) do
    found[place] = is.array and expected(child) or quoted(child[1]) .. ":" .. expected(child[2])
  end
  return is.array and "[" .. table.concat(found, ",") .. "]" or members(found)
end

return {tagged = tagged, expected = expected}
