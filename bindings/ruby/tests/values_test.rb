# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# The shared vectors and the contract.

require "tagged"

CONTRACT = shared("contract.json")
VECTORS = shared("vectors.json")

class Vectors < Minitest::Test
  def text_of(row)
    return [row["hex"]].pack("H*").force_encoding("UTF-8") if row["hex"]
    return row["text"] unless row["repeat"]

    part = row["repeat"]
    part["open"] * part["count"] + part["middle"] + part["close"] * part["count"]
  end

  # What the vectors' native entries name.
  def native(word)
    cycle = []
    cycle << cycle
    {
      "nan" => Float::NAN, "infinity" => Float::INFINITY, "-infinity" => -Float::INFINITY,
      "2^70" => 2**70, "-2^63-1" => -(2**63) - 1, "broken string" => "a\xff", "broken name" => {"\xff" => 1},
      "other name" => {1 => 2}, "other object" => Object.new, "cycle" => cycle
    }.fetch(word)
  end

  def test_texts_are_accepted_and_refused_as_the_vectors_say
    VECTORS["values"].each do |row|
      if row["verdict"] == "ok"
        value = Netchan.parse(text_of(row))
        assert_equal_or_nil row["is"], tagged(value), row["name"] if row.key?("is")
      else
        error = assert_raises(Netchan::Error, row["name"]) { Netchan.parse(text_of(row)) }
        assert_equal row["code"], error.word, row["name"]
      end
    end
  end

  def assert_equal_or_nil(expected, actual, what)
    expected.nil? ? assert_nil(actual, what) : assert_equal(expected, actual, what)
  end

  def test_native_values_go_through_a_channel_unchanged
    channel = Netchan::Channel.new(1)
    VECTORS["values"].each do |row|
      next unless row["verdict"] == "ok"

      value = Netchan.parse(text_of(row))
      got = channel.put(value, timeout: 0).take(timeout: 0)
      assert_equal Netchan.dump(value), Netchan.dump(got), row["name"]
      assert_equal_or_nil row["is"], tagged(got), row["name"] if row.key?("is")
    end
  end

  def test_what_is_no_value_is_refused_by_the_put
    channel = Netchan::Channel.new(1)
    VECTORS["native"].each do |row|
      error = assert_raises(Netchan::Error, row["name"]) { channel.put(native(row["native"]), timeout: 0) }
      assert_equal row["code"], error.word, row["name"]
      assert_equal 0, channel.length
    end
    error = assert_raises(Netchan::InvalidValue) { channel << {"a" => 1, a: 2} }
    assert_includes error.message, "a"
  end

  def test_kinds_of_ruby_that_are_values_too
    channel = Netchan::Channel.new(1)
    {
      :word => "word",
      {key: :word, "b" => [:c]} => {"key" => "word", "b" => ["c"]},
      "\xe9".dup.force_encoding("ISO-8859-1") => "é",
      "é".encode("UTF-16LE") => "é",
      "plain".b => "plain",
      Class.new(String).new("sub") => "sub"
    }.each do |given, expected|
      channel << given
      got = channel.take
      assert_equal expected, got
      assert_equal Encoding::UTF_8, got.encoding if got.is_a?(String)
    end
    assert_raises(Netchan::InvalidValue) { channel << "\xe9".b }
    assert_raises(Netchan::InvalidValue) { channel << "\xd8\x00".dup.force_encoding("UTF-16BE") }
  end

  def test_many_values_at_once
    channel = Netchan::Channel.new(3)
    assert_equal 3, channel.put_many([1, "two", nil, 4], timeout: 0)
    assert_raises(Netchan::Timeout) { channel.put_many([5], timeout: 0) }
    assert_equal [1, "two", nil], channel.take_many(10, timeout: 0)
    assert_raises(Netchan::Timeout) { channel.take_many(10, timeout: 0) }
    assert_equal 0, channel.put_many([], timeout: 0)
    assert_equal 2, channel.put_many(1..2, timeout: 0)
    assert_raises(Netchan::InvalidValue) { channel.put_many([1, Float::NAN], timeout: 0) }
    assert_raises(Netchan::Misuse) { channel.take_many(0, timeout: 0) }
    assert_equal [1], channel.take_many(1, timeout: 0)
  end

  def test_a_channel_is_enumerable
    channel = Netchan::Channel.new(10)
    channel << 1 << 2 << 3 << 4 << 5 << 6
    channel.close
    assert_equal [1, 2], channel.take(2)
    assert_equal [3], channel.first(1)
    assert_equal 4, channel.each.next
    assert_equal [10, 12], channel.map { |value| value * 2 }
    assert_equal [], channel.to_a
  end
end

class Contract < Minitest::Test
  def test_each_code_has_its_class_and_name
    CONTRACT["errors"].each do |row|
      error = Netchan.const_get(row["class"])
      assert_operator error, :<, Netchan::Error
      assert_equal [row["code"], row["name"]], [error.code, error.word]
      assert_equal row["name"], Netchan::Raw.netchan_error_name(row["code"])
    end
    constants = Netchan::Raw.constants.grep(/\ANETCHAN_/).map { |name| Netchan::Raw.const_get(name) }
    least = constants.grep(Integer).min
    assert_equal CONTRACT["errors"].map { |row| row["code"] }.min, least
  end

  def word(key)
    key.tr(".-", "__").to_sym
  end

  def test_each_option_is_taken_where_it_belongs_and_refused_elsewhere
    options = CONTRACT["options"]
    count = 0
    Pair.open(:tcp) do |pair|
      importer = pair.meet
      calls = {
        "exporter" => ->(words) { Netchan::Exporter.open(**words) { nil } },
        "importer" => ->(words) { Netchan::Importer.open(pair.exporter.address, **words) { nil } },
        "export" => lambda do |words|
          pair.exporter.export("a", :send, **words)
          pair.exporter.hangup("a")
        end,
        "import" => lambda do |words|
          name = "b#{count += 1}"
          pair.exporter.export(name, :send)
          importer.import(name, :recv, timeout: PLENTY, **words)
        end
      }
      options["samples"].each do |key, value|
        calls.each do |scope, call|
          if options[scope].include?(key)
            call.call({word(key) => value})
          else
            assert_raises(Netchan::InvalidOption, "#{key} #{scope}") { call.call({word(key) => value}) }
          end
        end
      end
      (Netchan.feature?(:tls) ? [] : options["notsup"]).each do |key|
        call = calls[key == "tls.name" ? "importer" : "exporter"]
        assert_raises(Netchan::NotSupported, key) { call.call({word(key) => "x"}) }
      end
    end
    assert_raises(Netchan::InvalidOption) { Netchan::Exporter.new(no_such_key: 1) }
  end

  def test_a_policy_explains_itself
    policy = '{"rules":[{"who":"cn:a","channel":"x","allow":"send","close":true}]}'
    answer = Netchan.explain_policy(["cn:a"], "x", :send, policy_text: policy)
    assert_equal [true, true, 1], answer.values_at("allowed", "close", "rule")
    answer = Netchan.explain_policy([], "x", :send, policy_text: policy)
    assert_equal [false, 0], answer.values_at("allowed", "rule")
    [{}, {policy_text: "{}"}, {policy_txt: policy}].each do |words|
      assert_raises(Netchan::InvalidOption) { Netchan.explain_policy([], "x", :send, **words) }
    end
    assert_raises(Netchan::InvalidValue) do
      Netchan.explain_policy([], "x", :read, policy_text: policy)
    end
  end

  def test_stats_and_errors_have_the_members_of_the_contract
    stats = CONTRACT["stats"]
    Pair.open(:tcp) do |pair|
      importer = pair.meet
      sent = pair.exporter.export("a", :send, capacity: 1)
      importer.import("a", :recv, size: 1, timeout: PLENTY)
      sent.put(1, timeout: PLENTY)
      {"exporter" => pair.exporter, "importer" => importer}.each do |role, owner|
        figures = owner.stats
        assert_equal role, figures["role"]
        assert_empty stats[role] - figures.keys
        assert_equal stats["channel"].sort, figures["channels"][0].keys.sort
        assert_equal stats["stream"].sort, figures["streams"][0].keys.sort
      end
      assert_equal stats["listing"].sort, importer.list[0].keys.sort
      importer.import("none", :recv, async: true)
      entry = importer.errors.take(timeout: PLENTY)
      assert_empty entry.keys - stats["error"]
      assert_equal "nochannel", entry["code"]
    end
  end

  def test_limits_are_those_of_the_contract
    limits = CONTRACT["limits"]
    Netchan::Channel.new(limits["capacity"])
    assert_raises(Netchan::OverLimit) { Netchan::Channel.new(limits["capacity"] + 1) }
    assert_raises(Netchan::OverLimit) { Netchan::Channel.new(-1) }
    least, greatest = limits["integer"]
    channel = Netchan::Channel.new(1)
    [least, greatest].each { |number| assert_equal number, (channel << number).take }
    [least - 1, greatest + 1].each do |number|
      assert_raises(Netchan::InvalidValue) { channel << number }
    end
    Pair.open(:pair) do |pair|
      pair.exporter.export("n" * limits["name_bytes"], :send)
      ["", "n" * (limits["name_bytes"] + 1), "a\0b", "\xff"].each do |name|
        assert_raises(Netchan::InvalidValue) { pair.exporter.export(name, :send) }
      end
      pair.exporter.export("name", :send)
      importer = pair.meet
      importer.import("name", :recv, timeout: PLENTY)
      assert_equal limits["size_default"], stream(importer, "name")["size"]
    end
  end
end
