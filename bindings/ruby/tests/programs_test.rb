# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# The examples, and the pollable descriptor.

require "open3"
require "rbconfig"

class Programs < Minitest::Test
  def start(*command)
    paths = PLACES.flat_map { |place| ["-I", place] }
    environment = {"NETCHAN_VECTORS" => File.join(BINDINGS, "vectors.json")}
    IO.popen(environment, [RbConfig.ruby, *paths, *command], in: File::NULL)
  end

  def finish(pipe)
    output = pipe.read
    pipe.close
    assert_predicate $?, :success?
    output
  end

  def test_the_examples_pass_values_to_each_other
    folder = File.expand_path("../examples", __dir__)
    exporter = start("#{folder}/export.rb", "tcp://127.0.0.1:0")
    importer = start("#{folder}/import.rb", exporter.gets.chomp)
    assert_equal File.read("#{folder}/import.txt"), finish(importer)
    finish(exporter)
  end

  def test_a_peer_program_meets_itself
    exporter = start("#{__dir__}/peer.rb", "export", "tcp://127.0.0.1:0")
    finish(start("#{__dir__}/peer.rb", "import", exporter.gets.chomp))
    finish(exporter)
  end

  def test_the_descriptor_is_ready_when_a_value_is_there
    channel = Netchan::Channel.new(1)
    ready = ->(what) { !IO.select([what], nil, nil, 0).nil? }
    assert_equal [false, true], [ready.call(channel), ready.call(channel.to_send_io)]
    channel << 1
    assert_equal [true, false], [ready.call(channel), ready.call(channel.to_send_io)]
    channel.take
    refute ready.call(channel)
    channel.close
    assert ready.call(channel)
  end

  def test_an_event_loop_waits_for_a_channel
    Pair.open(:tcp) do |pair|
      sent = pair.exporter.export("a", :send)
      got = pair.meet.import("a", :recv, timeout: PLENTY)
      sending = background do
        200.times { |number| sent.put(number, timeout: PLENTY) }
        sent.close
      end
      values = []
      begin
        loop do
          assert IO.select([got], nil, nil, PLENTY)
          loop { values << got.take(timeout: 0) }
        rescue Netchan::Timeout
          next
        end
      rescue Netchan::Closed
        assert_equal (0...200).to_a, values
      end
      result(sending)
    end
  end
end
