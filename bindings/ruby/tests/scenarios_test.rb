# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# The scenarios of bindings/scenarios.md, by their numbers there.
module Scenarios
  BASE = 23

  def setup
    @pair = Pair.new(self.class.way)
    @exporter = @pair.exporter
  end

  def teardown
    @pair.close
  end

  def numbers(count)
    (BASE...BASE + count).to_a
  end

  def send_all(channel, values, close: true)
    values.each { |value| channel.put(value, timeout: PLENTY) }
    channel.close if close
  end

  def received(owner, name, count)
    eventually { stream(owner, name)&.fetch("received") == count }
  end

  def take(channel, count)
    Array.new(count) { channel.take(timeout: PLENTY) }
  end

  def test_01_export_send_import_receive
    importer = @pair.meet
    sent = @exporter.export("exportedSend", :send)
    sending = background { send_all(sent, numbers(10)) }
    got = importer.import("exportedSend", :recv, size: 3, count: 10, timeout: PLENTY)
    assert_equal numbers(10), got.to_a
    assert_equal :closed, got.state
    result(sending)
  end

  def test_02_export_receive_import_send
    importer = @pair.meet
    got = @exporter.export("exportedRecv", :recv)
    receiving = background { take(got, 10) }
    sent = importer.import("exportedRecv", :send, size: 3, timeout: PLENTY)
    send_all(sent, numbers(10))
    assert_equal numbers(10), result(receiving)
    assert_raises(Netchan::Closed) { got.take(timeout: PLENTY) }
  end

  def test_03_closing_export_send_import_receive
    importer = @pair.meet
    %w[before after].each do |time|
      sent = @exporter.export(time, :send, capacity: time == "before" ? 5 : 0)
      sending = background { send_all(sent, numbers(5)) }
      result(sending) if time == "before"
      got = importer.import(time, :recv, size: 3, count: 10, timeout: PLENTY)
      assert_equal numbers(5), got.to_a, time
      result(sending)
    end
  end

  def test_04_closing_import_send_export_receive
    importer = @pair.meet
    got = @exporter.export("exportedRecv", :recv)
    receiving = background { got.to_a }
    sent = importer.import("exportedRecv", :send, size: 3, timeout: PLENTY)
    send_all(sent, numbers(5))
    assert_equal numbers(5), result(receiving)
  end

  def test_05_error_for_illegal_channel
    importer = @pair.meet
    error = assert_raises(Netchan::NoChannel) do
      importer.import("notAChannel", :recv, size: 1, timeout: PLENTY)
    end
    assert_includes error.message, "notAChannel"
    assert_equal "nochannel", error.word
    assert_raises(Netchan::Timeout) { importer.errors.take(timeout: 0) }

    got = importer.import("notAChannel", :recv, size: 1, async: true)
    entry = Netchan.select(importer.errors, timeout: PLENTY).value
    assert_equal %w[nochannel notAChannel], entry.values_at("code", "channel")
    assert_includes entry["text"], "notAChannel"
    assert_raises(Netchan::NoChannel) { got.take(timeout: PLENTY) }
  end

  def test_06_export_hangup
    importer = @pair.meet
    sent = @exporter.export("exportedSend", :send)
    got = importer.import("exportedSend", :recv, size: 1, count: 2, timeout: PLENTY)
    sent.put(1, timeout: PLENTY)
    assert_equal 1, got.take(timeout: PLENTY)
    waiting = background { got.to_a }
    asleep(waiting)
    @exporter.hangup("exportedSend")
    assert_equal [], result(waiting)
    assert_equal :closed, sent.state
    assert_raises(Netchan::Closed) { sent.put(2, timeout: PLENTY) }
  end

  def test_07_import_hangup
    importer = @pair.meet
    got = @exporter.export("exportedRecv", :recv)
    sent = importer.import("exportedRecv", :send, size: 1, count: 2, timeout: PLENTY)
    sent.put(1, timeout: PLENTY)
    assert_equal 1, got.take(timeout: PLENTY)
    waiting = background { got.to_a }
    asleep(waiting)
    importer.hangup("exportedRecv")
    assert_equal [], result(waiting)
    assert_equal :closed, sent.state
    assert_raises(Netchan::Closed) { sent.put(2, timeout: PLENTY) }
  end

  def test_08_independent_sends
    importer = @pair.meet
    incoming = @exporter.export("exportedRecv", :recv)
    outgoing = @exporter.export("exportedSend", :send)
    control = @exporter.export("exportedCtl", :recv)
    looping = background do
      go = control.take(timeout: PLENTY)
      10.times { outgoing.put(incoming.take(timeout: PLENTY), timeout: PLENTY) }
      go
    end
    sent = importer.import("exportedRecv", :send, size: 3, timeout: PLENTY)
    sending = background { send_all(sent, numbers(10)) }
    got = importer.import("exportedSend", :recv, size: 3, count: 10, timeout: PLENTY)
    receiving = background { got.to_a }
    received(@exporter, "exportedRecv", 3)
    importer.import("exportedCtl", :send, size: 1, count: 1, timeout: PLENTY).put(0, timeout: PLENTY)
    assert_equal 0, result(looping)
    assert_equal numbers(10), result(receiving)
    result(sending)
  end

  # Sends ten values and receives the other side's ten, in whatever order is possible.
  def cross(name, sent, got)
    select = Netchan::Select.new
    sends = select.send(sent)
    receives = select.recv(got)
    sent_count = got_count = 0
    while got_count < 10
      select.set(sends, {I: sent_count, Source: name})
      choice = select.wait(timeout: PLENTY)
      assert_nil choice.ended
      if choice.number == sends
        sent_count += 1
      else
        assert_equal receives, choice.number
        assert_equal got_count, choice.value["I"]
        refute_equal name, choice.value["Source"]
        got_count += 1
      end
    end
    (sent_count...10).each { |number| sent.put({I: number, Source: name}, timeout: PLENTY) }
  end

  def test_09_cross_connect
    Pair.open(self.class.way) do |other|
      export_sent = @exporter.export("exportedSend", :send)
      export_got = other.exporter.export("exportedReceive", :recv)
      import_sent = other.meet.import("exportedReceive", :send, size: 2, timeout: PLENTY)
      import_got = @pair.meet.import("exportedSend", :recv, size: 2, timeout: PLENTY)
      exports = background { cross("export", export_sent, export_got) }
      cross("import", import_sent, import_got)
      result(exports)
    end
  end

  def test_10_export_drain
    sent = @exporter.export("exportedSend", :send, capacity: 5)
    send_all(sent, numbers(5), close: false)
    assert_raises(Netchan::Timeout) { @exporter.drain(:received, timeout: MOMENT) }
    draining = background { @exporter.drain(:received, timeout: PLENTY) }
    asleep(draining)
    got = @pair.meet.import("exportedSend", :recv, size: 5, timeout: PLENTY)
    result(draining)
    assert_equal 5, got.length
    assert_raises(Netchan::Timeout) { @exporter.drain(:taken, timeout: MOMENT) }
    assert_equal numbers(5), Array.new(5) { got.take(timeout: 0) }
    @exporter.drain(:taken, timeout: PLENTY)
  end

  def test_11_import_drain
    importer = @pair.meet
    got = @exporter.export("exportedRecv", :recv)
    sent = importer.import("exportedRecv", :send, size: 1, capacity: 5, timeout: PLENTY)
    send_all(sent, numbers(5), close: false)
    assert_raises(Netchan::Timeout) { importer.drain(:received, timeout: MOMENT) }
    assert_equal numbers(4), take(got, 4)
    importer.drain(:received, timeout: PLENTY)
    assert_raises(Netchan::Timeout) { importer.drain(:taken, timeout: MOMENT) }
    assert_equal BASE + 4, got.take(timeout: PLENTY)
    importer.drain(:taken, timeout: PLENTY)
  end

  def test_12_export_sync
    sent = @exporter.export("exportedSend", :send, capacity: 5)
    send_all(sent, numbers(5), close: false)
    @exporter.sync(:taken, timeout: 0)
    got = @pair.meet.import("exportedSend", :recv, size: 3, timeout: PLENTY)
    eventually { stream(@exporter, "exportedSend")&.fetch("sent") == 3 }
    @exporter.sync(:received, timeout: PLENTY)
    assert_raises(Netchan::Timeout) { @exporter.sync(:taken, timeout: MOMENT) }
    syncing = background { @exporter.sync(:taken, timeout: PLENTY) }
    asleep(syncing)
    assert_equal numbers(5), take(got, 5)
    result(syncing)
  end

  def flow(sent, got, size, owner, name)
    send_all(sent, numbers(size), close: false)
    assert_raises(Netchan::Timeout) { sent.put(BASE + size, timeout: MOMENT) }
    received(owner, name, size)
    assert_equal 0, stream(owner, name)["taken"]
    assert_raises(Netchan::Timeout) { sent.put(BASE + size, timeout: MOMENT) }
    sending = background { send_all(sent, numbers(100).drop(size)) }
    assert_equal numbers(100), got.to_a
    result(sending)
  end

  def test_13_export_flow_control
    importer = @pair.meet
    sent = @exporter.export("exportedSend", :send)
    got = importer.import("exportedSend", :recv, size: 20, timeout: PLENTY)
    flow(sent, got, 20, @exporter, "exportedSend")
  end

  def test_14_import_flow_control
    importer = @pair.meet
    got = @exporter.export("exportedRecv", :recv)
    sent = importer.import("exportedRecv", :send, size: 3, timeout: PLENTY)
    flow(sent, got, 3, importer, "exportedRecv")
  end
end

%i[pair unix tcp].each do |way|
  cls = Class.new(Minitest::Test) do
    include Scenarios
    define_singleton_method(:way) { way }
  end
  Object.const_set("Over#{way.capitalize}", cls)
end
