-- SPDX-License-Identifier: MIT

-- The shared vectors and the contract.

local helper = require "helper"
local lu = require "luaunit"
local netchan = require "netchan"
local raw = require "netchan.raw"
local support = require "support"
local tagged = require "tagged"

local PLENTY = support.PLENTY
local raises = support.raises
local VECTORS = support.shared("vectors.json")
local CONTRACT = support.shared("contract.json")
local has_integers = math.type ~= nil

TestVectors = {}

local function text_of(row)
  if row.hex then
    return (row.hex:gsub("..", function(byte) return string.char(tonumber(byte, 16)) end))
  elseif row["repeat"] then
    local part = row["repeat"]
    return part.open:rep(part.count) .. part.middle .. part.close:rep(part.count)
  end
  return row.text
end

-- What the vectors' native entries name; nil where Lua has no such thing.
local function native(word)
  local cycle = {}
  cycle[1] = cycle
  return ({
    nan = 0 / 0, infinity = math.huge, ["-infinity"] = -math.huge,
    ["2^70"] = netchan.integer("1180591620717411303424"),
    ["-2^63-1"] = netchan.integer("-9223372036854775809"),
    ["broken string"] = "a\255", ["broken name"] = {["\255"] = 1}, ["other name"] = {a = 1, [true] = 2},
    ["other object"] = print, cycle = cycle,
  })[word]
end

function TestVectors:test_texts_are_accepted_and_refused_as_the_vectors_say()
  for _, row in ipairs(VECTORS.values) do
    local ok, value = pcall(netchan.parse, text_of(row))
    if row.verdict == "ok" then
      lu.assertTrue(ok, row.name .. ": " .. tostring(value))
      if row.is ~= nil then
        lu.assertEquals(tagged.tagged(value), tagged.expected(row.is), row.name)
      end
    else
      lu.assertFalse(ok, row.name)
      lu.assertEquals(value.word, row.code, row.name)
    end
  end
end

function TestVectors:test_native_values_go_through_a_channel_unchanged()
  local channel = netchan.channel(1)
  for _, row in ipairs(VECTORS.values) do
    if row.verdict == "ok" then
      local got = channel:put(netchan.parse(text_of(row)), 0):take(0)
      lu.assertEquals(tagged.tagged(got), tagged.tagged(netchan.parse(text_of(row))), row.name)
      if row.is ~= nil then
        lu.assertEquals(tagged.tagged(got), tagged.expected(row.is), row.name)
      end
    end
  end
end

function TestVectors:test_what_is_no_value_is_refused_by_the_put()
  local channel = netchan.channel(1)
  for _, row in ipairs(VECTORS.native) do
    local ok, err = pcall(channel.put, channel, native(row.native), 0)
    lu.assertFalse(ok, row.name)
    lu.assertEquals(err.word, row.code, row.name)
    lu.assertEquals(channel:length(), 0)
  end
end

function TestVectors:test_tables_and_their_marks()
  local channel = netchan.channel(1)
  for _, row in ipairs {
    {{}, "{}"}, {netchan.array(), "[]"}, {netchan.object(), "{}"}, {{1, 2, 3}, "[1,2,3]"},
    {{a = {}}, '{"a":{}}'}, {{a = netchan.array {}}, '{"a":[]}'},
    {{netchan.null, false, netchan.null}, "[null,false,null]"},
    {setmetatable({}, {__jsontype = "array"}), "[]"}, {setmetatable({1}, {}), "[1]"},
    {{["1"] = 2}, '{"1":2}'},
  } do
    lu.assertEquals(netchan.dump(row[1]), row[2])
    lu.assertEquals(netchan.dump(channel:put(row[1], 0):take(0)), row[2])
  end
  lu.assertTrue(netchan.is_array(netchan.parse("[]")))
  lu.assertFalse(netchan.is_array(netchan.parse("{}")))
  lu.assertFalse(netchan.is_array("x"))
  for _, wrong in ipairs {{1, nil, 3}, {[2] = 1}, {1, a = 2}, {[0] = 1}, {[1.5] = 1}, {[-1] = 1},
    netchan.array {a = 1}, netchan.object {1}, {coroutine.create(function() end)}, {io.stdout}} do
    raises(netchan.WrongType, channel.put, channel, wrong, 0)
  end
  raises(netchan.WrongType, channel.put, channel, nil, 0)
  lu.assertEquals(channel:length(), 0)
end

function TestVectors:test_integers_stay_integers_and_floats_stay_floats()
  if not has_integers then
    lu.skip("this Lua has no integers")
  end
  local channel = netchan.channel(1)
  for _, number in ipairs {0, 3, 3.0, math.maxinteger, math.mininteger, 2^53, 0.1, 1e300} do
    local got = channel:put(number, 0):take(0)
    lu.assertEquals(math.type(got), math.type(number))
    lu.assertEquals(got, number)
  end
  lu.assertEquals(netchan.dump({3, 3.0, -0.0}), "[3,3.0,-0.0]")
  lu.assertEquals(math.type(channel:length()), "integer")
  lu.assertEquals(math.type(netchan.parse("7")), "integer")
end

function TestVectors:test_integers_by_their_digits()
  local channel = netchan.channel(1)
  lu.assertEquals(netchan.dump(netchan.integer("9223372036854775807")), "9223372036854775807")
  lu.assertEquals(netchan.dump({netchan.integer("5")}), "[5]")
  raises(netchan.InvalidValue, channel.put, channel, netchan.integer("1.5"), 0)
  raises(netchan.InvalidValue, channel.put, channel, netchan.integer("word"), 0)
  if not has_integers then
    local big = netchan.parse("9223372036854775807")
    lu.assertEquals({tostring(big), netchan.dump(big)}, {"9223372036854775807", "9223372036854775807"})
    lu.assertTrue(big == netchan.parse("9223372036854775807"))
    lu.assertEquals(netchan.dump({2^53, 0.5}), "[9007199254740992,0.5]")
  end
end

function TestVectors:test_many_values_at_once()
  local channel = netchan.channel(3)
  lu.assertEquals(channel:put_many({1, "two", netchan.null, 4}, 0), 3)
  raises(netchan.Timeout, channel.put_many, channel, {5}, 0)
  lu.assertEquals(channel:take_many(10, 0), {1, "two", netchan.null})
  raises(netchan.Timeout, channel.take_many, channel, 10, 0)
  lu.assertEquals(channel:put_many({}, 0), 0)
  raises(netchan.InvalidValue, channel.put_many, channel, {1, 0 / 0}, 0)
  raises(netchan.WrongType, channel.put_many, channel, 1, 0)
  raises(netchan.Misuse, channel.take_many, channel, 0, 0)
  lu.assertEquals(channel:put(1, 0):length(), 1)
  lu.assertEquals(channel:take_many(1, 0), {1})
end

function TestVectors:test_the_length_operator()
  if _VERSION == "Lua 5.1" then
    lu.skip("this Lua does not ask tables for their length")
  end
  lu.assertEquals(#netchan.channel(2):put(1), 1)
end

function TestVectors:test_iteration_ends_with_the_channel_only()
  local channel = netchan.channel(5)
  channel:put_many({false, netchan.null, 3})
  channel:close()
  local got = {}
  for value in channel:values() do
    got[#got + 1] = value
  end
  lu.assertEquals(got, {false, netchan.null, 3})
  raises(netchan.Timeout, netchan.channel():values(0))
end

TestContract = {}

function TestContract:test_each_code_has_its_class_and_name()
  local least = 0
  for _, row in ipairs(CONTRACT.errors) do
    local class = netchan[row.class]
    lu.assertEquals({class.code, class.word}, {row.code, row.name})
    lu.assertEquals(raw.netchan_error_name(row.code), row.name)
    least = math.min(least, row.code)
  end
  for name, code in pairs(raw) do
    if type(name) == "string" and name:match("^NETCHAN_") and type(code) == "number" then
      lu.assertTrue(code >= least, name)
    end
  end
  local err = raises(netchan.Timeout, netchan.channel().take, netchan.channel(), 0)
  lu.assertTrue(netchan.is(err, netchan.Error))
  lu.assertTrue(netchan.is(err))
  lu.assertFalse(netchan.is(err, netchan.Closed))
  lu.assertFalse(netchan.is("text"))
  lu.assertFalse(netchan.is({code = err.code}))
end

local function keys(members)
  local found = {}
  for key in pairs(members) do
    found[#found + 1] = key
  end
  table.sort(found)
  return found
end

local function contains(list, word)
  for _, one in ipairs(list) do
    if one == word then
      return true
    end
  end
  return false
end

function TestContract:test_each_option_is_taken_where_it_belongs_and_refused_elsewhere()
  local options = CONTRACT.options
  local pair, count = support.pair("tcp"), 0
  local importer = pair:meet()
  local calls = {
    exporter = function(words) netchan.exporter(nil, words):wait_closed(PLENTY) end,
    importer = function(words) netchan.importer(pair.exporter:address(), words):wait_closed(PLENTY) end,
    export = function(words)
      pair.exporter:export("a", "send", words)
      pair.exporter:hangup("a")
    end,
    import = function(words)
      count = count + 1
      pair.exporter:export("b" .. count, "send")
      importer:import("b" .. count, "recv", words)
    end,
  }
  for key, value in pairs(options.samples) do
    for scope, call in pairs(calls) do
      for _, spelled in ipairs {key, (key:gsub("[.-]", "_"))} do
        if contains(options[scope], key) then
          call({[spelled] = value})
        else
          raises(netchan.InvalidOption, call, {[spelled] = value})
        end
      end
    end
  end
  for _, key in ipairs(netchan.feature("tls") and {} or options.notsup) do
    raises(netchan.NotSupported, calls[key == "tls.name" and "importer" or "exporter"], {[key] = "x"})
  end
  raises(netchan.InvalidOption, netchan.exporter, nil, {no_such_key = 1})
  raises(netchan.WrongType, netchan.exporter, nil, "options")
  calls.export({keep_open = true, ["return"] = false})
  pair:close()
end

function TestContract:test_stats_and_errors_have_the_members_of_the_contract()
  local stats = CONTRACT.stats
  local pair = support.pair("tcp")
  local importer = pair:meet()
  local sent = pair.exporter:export("a", "send", {capacity = 1})
  importer:import("a", "recv", {size = 1, timeout = PLENTY})
  sent:put(1, PLENTY)
  for role, owner in pairs {exporter = pair.exporter, importer = importer} do
    local figures = owner:stats()
    lu.assertEquals(figures.role, role)
    for _, key in ipairs(stats[role]) do
      lu.assertNotNil(figures[key], key)
    end
    lu.assertItemsEquals(keys(figures.channels[1]), stats.channel)
    lu.assertItemsEquals(keys(figures.streams[1]), stats.stream)
  end
  lu.assertItemsEquals(keys(importer:list()[1]), stats.listing)
  lu.assertEquals(#importer:list("none", PLENTY), 0)
  importer:import("none", "recv", {async = true})
  local entry = importer:errors():take(PLENTY)
  for key in pairs(entry) do
    lu.assertTrue(contains(stats.error, key), key)
  end
  lu.assertEquals(entry.code, "nochannel")
  pair:close()
end

function TestContract:test_a_policy_explains_itself()
  local policy = '{"rules":[{"who":"cn:a","channel":"x","allow":"send","close":true}]}'
  local answer = netchan.explain_policy({"cn:a"}, "x", "send", {policy_text = policy})
  lu.assertTrue(answer.allowed and answer.close)
  lu.assertEquals(answer.rule, 1)
  answer = netchan.explain_policy({}, "x", "send", {policy_text = policy})
  lu.assertFalse(answer.allowed)
  raises(netchan.InvalidOption, netchan.explain_policy, {}, "x", "send", {policy_text = "{}"})
  raises(netchan.InvalidValue, netchan.explain_policy, {}, "x", "read", {policy_text = policy})
end

function TestContract:test_limits_are_those_of_the_contract()
  local limits = CONTRACT.limits
  netchan.channel(limits.capacity)
  raises(netchan.OverLimit, netchan.channel, limits.capacity + 1)
  raises(netchan.OverLimit, netchan.channel, -1)
  raises(netchan.WrongType, netchan.channel, 1.5)
  raises(netchan.WrongType, netchan.channel, "1")
  local channel = netchan.channel(1)
  for _, number in ipairs(limits.integer) do
    lu.assertEquals(netchan.dump(channel:put(number):take()), netchan.dump(number))
  end
  local pair = support.pair("pair")
  pair.exporter:export(("n"):rep(limits.name_bytes), "send")
  for _, name in ipairs {"", ("n"):rep(limits.name_bytes + 1), "a\0b", "\255"} do
    raises(netchan.InvalidValue, pair.exporter.export, pair.exporter, name, "send")
  end
  pair.exporter:export("name", "send")
  local importer = pair:meet()
  importer:import("name", "recv", {timeout = PLENTY})
  lu.assertEquals(support.stream(importer, "name").size, limits.size_default)
  pair:close()
  lu.assertTrue(helper.now() > 0)
end
