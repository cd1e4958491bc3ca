# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# Interrupts, memory, handles, misuse, fork and exit.

require "objspace"
require "open3"
require "rbconfig"
require "timeout"

def now
  Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

# Starts a Ruby program that can load the library; yields its output, errors and process.
def program(text)
  paths = PLACES.flat_map { |place| ["-I", place] }
  Open3.popen3(RbConfig.ruby, *paths, "-rnetchan", "-e", text) do |input, output, errors, process|
    input.close
    begin
      yield output, errors, process
    ensure
      Process.kill(:KILL, process.pid) if process.alive?
    end
  end
end

class Interrupts < Minitest::Test
  class Poke < StandardError; end

  def test_1500_values_under_thread_raise_and_none_is_lost
    channel = Netchan::Channel.new(2)
    got = []
    pokes = 0
    ready = Thread::Queue.new # no poke may come before it can be handled
    receiver = background do
      # Pokes come only where the thread waits: a value that is there is never on its way meanwhile.
      Thread.handle_interrupt(Poke => :on_blocking) do
        ready << true
        loop do
          got << channel.take
        rescue Poke
          pokes += 1
        rescue Netchan::Closed
          break
        end
      end
    rescue Poke # one that came behind the last value
      nil
    end
    ready.pop
    pace = Random.new(1)
    done = false
    poker = background do
      until done
        receiver.raise(Poke) if receiver.alive?
        sleep pace.rand / 500
      end
    end
    1500.times do |number|
      channel.put(number, timeout: PLENTY)
      sleep pace.rand / 1000 if pace.rand < 0.5
    end
    channel.close
    result(receiver)
    done = true
    result(poker)
    assert_empty (0...1500).to_a - got, "lost"
    assert_equal got.sort.uniq, got, "doubled, or out of order"
    assert_operator pokes, :>, 10
  end

  def test_1500_values_put_under_thread_raise_and_none_is_lost_or_doubled
    channel = Netchan::Channel.new(0)
    pokes = 0
    ready = Thread::Queue.new
    sender = background do
      Thread.handle_interrupt(Poke => :on_blocking) do
        ready << true
        1500.times do |number|
          channel << number
        rescue Poke
          pokes += 1
          retry
        end
      end
    rescue Poke # one that came behind the last value
      nil
    end
    ready.pop
    pace = Random.new(2)
    got = []
    until got.length == 1500
      sender.raise(Poke) if sender.alive? && pace.rand < 0.3
      sleep pace.rand / 2000 if pace.rand < 0.3
      begin
        got << channel.take(timeout: 0.001)
      rescue Netchan::Timeout
        next
      end
    end
    sender.join(PLENTY)
    assert_empty (0...1500).to_a - got, "lost"
    assert_equal got.sort.uniq, got, "doubled, or out of order"
    assert_operator pokes, :>, 10
  end

  def test_1500_values_in_each_under_ctrl_c_and_none_is_lost
    channel = Netchan::Channel.new(2)
    armed = done = false
    pokes = 0
    # Once for each time that it is armed: none comes while the one before is being rescued.
    before = trap(:INT) do
      if armed
        armed = false
        raise Poke
      end
    end
    pace = Random.new(3)
    sender = background do
      1500.times do |number|
        channel.put(number, timeout: PLENTY)
        sleep pace.rand / 1000 if pace.rand < 0.5
      end
      channel.close
    end
    poker = background do
      until done
        Process.kill(:INT, Process.pid)
        sleep pace.rand / 500
      end
    end
    got = []
    begin
      armed = true
      channel.each { |value| got << value }
      armed = false
    rescue Poke
      pokes += 1
      retry
    end
    done = true
    result(sender)
    result(poker)
    assert_empty (0...1500).to_a - got, "lost"
    assert_equal got.sort.uniq, got, "doubled, or out of order"
    assert_operator pokes, :>, 10
  ensure
    trap(:INT, before)
  end

  def waits
    exporter = Netchan::Exporter.new("tcp://127.0.0.1:0")
    importer = Netchan::Importer.new(exporter.address, timeout: PLENTY)
    sent = exporter.export("a", :send, capacity: 1)
    sent << 1
    select = Netchan::Select.new
    empty = Netchan::Channel.new(0)
    turn = 0
    select.recv(empty)
    yield({
      take: -> { empty.take },
      put: -> { empty << 1 },
      each: -> { empty.to_a },
      select: -> { select.wait },
      "select without cases": -> { Netchan.select },
      drain: -> { exporter.drain },
      "drain with a time": -> { exporter.drain(:taken, timeout: 50) },
      import: -> { importer.import("none #{turn += 1}", :recv, wait: -1) },
      "take with a time": -> { empty.take(timeout: 50) }
    })
  ensure
    exporter.close
    importer.wait_closed(timeout: PLENTY)
    exporter.wait_closed(timeout: PLENTY)
  end

  def test_every_wait_ends_for_raise_kill_and_timeout
    waits do |calls|
      calls.each do |key, call|
        name = key.to_s
        begun = now
        raised = background(&call)
        asleep(raised)
        raised.raise(Poke)
        assert_raises(Poke, name) { result(raised) }
        killed = background(&call)
        asleep(killed)
        killed.kill
        assert killed.join(PLENTY), name
        assert_raises(::Timeout::Error, name) { ::Timeout.timeout(0.01) { call.call } }
        assert_operator now - begun, :<, 40, name
      end
    end
  end

  def test_a_trap_that_returns_does_not_end_a_wait
    calls = 0
    before = trap(:USR1) { calls += 1 }
    channel = Netchan::Channel.new(0)
    poker = background do
      1.upto(5) do |count|
        Process.kill(:USR1, Process.pid)
        eventually { calls >= count }
      end
      channel.put("here", timeout: PLENTY)
    end
    assert_equal "here", channel.take(timeout: PLENTY)
    result(poker)
  ensure
    trap(:USR1, before)
  end

  def test_an_import_that_waits_is_made_again_after_a_trap
    calls = 0
    before = trap(:USR1) { calls += 1 }
    Pair.open(:tcp) do |pair|
      importer = pair.meet
      poker = background do
        1.upto(3) do |count|
          eventually { !importer.stats["channels"].empty? }
          Process.kill(:USR1, Process.pid)
          eventually { calls >= count }
        end
        pair.exporter.export("late", :send, capacity: 1) << 7
      end
      assert_equal 7, importer.import("late", :recv, wait: -1, timeout: PLENTY).take(timeout: PLENTY)
      result(poker)
    end
  ensure
    trap(:USR1, before)
  end

  def test_ctrl_c_ends_every_kind_of_wait_at_once
    ["channel.take", "channel << 1", "channel.to_a", "select.wait", "Netchan.select(timeout: 50)",
     "sent << 1; exporter.drain", "importer.import('none', :recv, wait: -1)"].each do |wait|
      text = <<~RUBY
        $stdout.sync = true
        channel = Netchan::Channel.new
        exporter = Netchan::Exporter.new("tcp://127.0.0.1:0")
        importer = Netchan::Importer.new(exporter.address)
        sent = exporter.export("a", :send, capacity: 1)
        select = Netchan::Select.new
        select.recv(channel)
        begin
          puts "ready"
          #{wait}
        rescue Interrupt
          puts "interrupted"
        end
        exporter.close
        importer.wait_closed(timeout: 5)
        exporter.wait_closed(timeout: 5)
      RUBY
      program(text) do |output, errors, process|
        assert_equal "ready\n", output.gets
        begun = now
        Process.kill(:INT, process.pid)
        assert_equal "interrupted\n", output.gets, wait
        assert_operator now - begun, :<, 20, wait
        assert_equal "", errors.read
        assert_predicate process.value, :success?
      end
    end
  end

  def test_other_threads_run_while_one_waits
    channel = Netchan::Channel.new(0)
    waiting = Array.new(4) { background { channel.take(timeout: PLENTY) } }
    4.times { |number| channel.put(number, timeout: PLENTY) }
    assert_equal [0, 1, 2, 3], waiting.map { |thread| result(thread) }.sort
  end
end

class Memory < Minitest::Test
  def setup
    skip "no /proc" unless File.exist?("/proc/self/statm")
  end

  def used
    GC.start
    Integer(File.read("/proc/self/statm").split[1]) * 4096
  end

  def test_2000_failing_sends_leave_memory_flat
    closed = Netchan::Channel.new(1)
    closed.close
    full = Netchan::Channel.new(1)
    full << 1
    other = Netchan::Channel.new(1)
    big = ["x" * 1000] * 100
    cases = [[closed, big, Netchan::Closed], [full, big, Netchan::Timeout],
             [other, big + [Object.new], Netchan::WrongType], [other, big + ["\xff"], Netchan::InvalidValue]]
    failing = lambda do
      cases.each do |channel, value, error|
        assert_raises(error) { channel.put(value, timeout: 0) }
        assert_raises(error) { channel.put_many([value], timeout: 0) }
      end
      assert_raises(TypeError) { other.raw.put(big, "soon", nil) }
    end
    30.times { failing.call }
    before = used
    250.times { failing.call }
    assert_operator used - before, :<, 48 << 20 # of 200 MB that were refused
  end

  def test_values_that_pass_leave_memory_flat
    channel = Netchan::Channel.new(4)
    value = {text: "x" * 10_000, list: (0...100).to_a, nested: [{a: nil}]}
    turn = lambda do
      500.times do
        channel << value
        channel.put_many([value, value])
        channel.take
        channel.take_many(2)
      end
    end
    3.times { turn.call }
    before = used
    10.times { turn.call }
    assert_operator used - before, :<, 48 << 20 # of 180 MB that passed
  end
end

class Handles < Minitest::Test
  def test_10000_handles_are_collected_while_threads_wait
    shuffle = Random.new(2)
    gate = Netchan::Channel.new(0)
    waiting = Array.new(3) { background { gate.take(timeout: PLENTY) } }
    alone = background { Netchan::Channel.new(0).take }
    (waiting + [alone]).each { |thread| asleep(thread) }
    kept = []
    10_000.times do |number|
      kept << case number % 4
              when 0 then Netchan::Channel.new(1) << [number]
              when 1 then Netchan::Select.new.tap { |select| select.recv(kept.grep(Netchan::Channel).sample(random: shuffle)) }
              when 2 then (number % 100 == 2 ? Netchan::Exporter : Netchan::Channel).new
              else Netchan::Raw.cancel_new
              end
      next if kept.length <= 200

      kept[shuffle.rand(1...kept.length)] = kept.pop
      kept.shift(50) if number % 1000 == 999
      GC.start if number % 1000 == 0
    end
    kept.shuffle!(random: shuffle)
    kept.clear
    GC.start
    3.times { |number| gate.put(number, timeout: PLENTY) }
    assert_equal [0, 1, 2], waiting.map { |thread| result(thread) }.sort
    assert_equal "sleep", alone.status
    alone.kill
    assert alone.join(PLENTY)
  end

  def test_threads_that_wait_and_end_leave_no_descriptors
    skip "no /proc" unless File.directory?("/proc/self/fd")
    turn = lambda do
      100.times do
        channel = Netchan::Channel.new(0)
        waiting = background { channel.take }
        asleep(waiting)
        waiting.kill
        waiting.join
      end
      GC.start
    end
    turn.call
    before = Dir.children("/proc/self/fd").length
    turn.call
    assert_operator Dir.children("/proc/self/fd").length, :<, before + 20
  end
end

class Misused < Minitest::Test
  def test_nil_and_others_for_a_handle_are_refused
    raw = Netchan::Raw
    assert_raises(Netchan::Misuse) { raw.select_new.add_recv(nil) }
    assert_raises(TypeError) { raw.select_new.add_recv(3) }
    assert_raises(TypeError) { raw.select_new.add_recv(raw.cancel_new) }
    assert_raises(TypeError) { raw::Channel.instance_method(:take).bind_call(raw.cancel_new, 0, nil) }
    assert_raises(TypeError, NoMethodError) { raw::Channel.allocate }
    assert_raises(TypeError) { Netchan.select(nil) }
    assert_raises(Netchan::WrongType) { Netchan::Exporter.new.listen(nil) }
    assert_raises(ArgumentError) { Netchan::Exporter.new.export("a", :both) }
    assert_raises(ArgumentError) { Netchan::Exporter.new.drain(:sent) }
    assert_raises(TypeError) { Netchan::Exporter.new.export("a", :send, 3) }
  end

  def test_use_after_close
    channel = Netchan::Channel.open(2) { |open| open << 1 }
    channel.close
    assert_raises(Netchan::Closed) { channel << 2 }
    assert_equal [1], channel.to_a
    assert_equal [:closed, true, true], [channel.state, channel.closed?, channel.empty?]
    refute_empty channel.cause
    Pair.open(:tcp) do |pair|
      importer = pair.meet
      pair.exporter.close
      assert_raises(Netchan::Closed) { pair.exporter.export("a", :send) }
      assert_raises(Netchan::Closed) { pair.exporter.drain }
      importer.wait_closed(timeout: PLENTY)
      importer.close
      assert_raises(Netchan::Closed) { importer.import("a", :recv, timeout: PLENTY) }
      assert_raises(Netchan::Closed) { importer.errors.take(timeout: PLENTY) }
      2.times { pair.exporter.wait_closed(timeout: PLENTY) }
    end
  end

  def test_errors_that_the_call_itself_answers
    assert_raises(Netchan::InvalidURL) { Netchan::Exporter.new("smtp://here") }
    assert_raises(Netchan::Refused) { Netchan::Importer.new("unix:/nonexistent/netchan", timeout: 5) }
    assert_raises(Netchan::Misuse) { File.open("/dev/null") { |file| Netchan::Importer.new(file, timeout: 5) } }
    Pair.open(:tcp) do |pair|
      pair.exporter.export("a", :send)
      assert_raises(Netchan::Exists) { pair.exporter.export("a", :send) }
      importer = pair.meet
      assert_raises(Netchan::WrongDirection) { importer.import("a", :send, timeout: PLENTY) }
      assert_raises(Netchan::NoChannel) { importer.hangup("b") }
      assert_raises(Netchan::Misuse) { importer.import("a", :recv, size: -1) }
    end
  end

  def test_a_hold_keeps_a_channel_from_ending
    merged = Netchan::Channel.new(10)
    Pair.open(:tcp) do |one|
      Pair.open(:tcp) do |two|
        merged.hold do
          [one, two].each do |pair|
            pair.exporter.export("a", :send, capacity: 1).put("x").close
            pair.meet.import("a", :recv, merged, timeout: PLENTY)
          end
          assert_equal %w[x x], Array.new(2) { merged.take(timeout: PLENTY) }
          assert_equal :open, merged.state
        end
        assert_equal [], merged.to_a
      end
    end
    assert_raises(Netchan::Misuse) { merged.raw.release }
  end
end

class Processes < Minitest::Test
  def test_a_forked_child_gets_an_error_and_the_parent_goes_on
    Pair.open(:tcp) do |pair|
      sent = pair.exporter.export("a", :send, capacity: 1)
      importer = pair.meet
      got = importer.import("a", :recv, timeout: PLENTY)
      assert_raises(Netchan::Timeout) { got.take(timeout: 0.01) } # leaves a token to the child
      child = fork do
        wrong = 0
        [-> { sent.put(1, timeout: 0) }, -> { got.take(timeout: 0) }, -> { pair.exporter.stats },
         -> { importer.close }, -> { importer.list(timeout: 1) }].each do |call|
          call.call
          wrong += 1
        rescue Netchan::Forked
          next
        end
        fresh = Netchan::Channel.new(1) << "child"
        wrong += 1 unless fresh.take(timeout: 0) == "child"
        begin
          fresh.take(timeout: 0.01)
          wrong += 1
        rescue Netchan::Timeout
          GC.start
        end
        exit!(wrong)
      end
      assert_predicate Process.wait2(child)[1], :success?
      sent.put(2, timeout: PLENTY)
      assert_equal 2, got.take(timeout: PLENTY)
    end
  end

  def test_a_program_with_live_links_exits_within_two_seconds
    {"nil" => 0, "exit 3" => 3, "exit! 4" => 4, "raise 'it'" => 1}.each do |ending, status|
      text = <<~RUBY
        exporter = Netchan::Exporter.new("tcp://127.0.0.1:0")
        sent = exporter.export("a", :send, capacity: 10)
        importer = Netchan::Importer.new(exporter.address)
        got = importer.import("a", :recv)
        sent << 1
        got.take == 1 or raise "lost"
        3.times { Thread.new { got.take } }
        Thread.pass
        sent << {never: :taken}
        puts "ready"
        $stdout.flush
        #{ending}
      RUBY
      times = []
      while times.empty? || (times.min >= 2 && times.length < 4) # the machine may be busy
        program(text) do |output, _errors, process|
          assert_equal "ready\n", output.gets
          begun = now
          assert_equal status, process.value.exitstatus, ending
          times << now - begun
        end
      end
      assert_operator times.min, :<, 2, ending
    end
  end
end
