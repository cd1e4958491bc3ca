# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# What a value costs in Ruby: see bindings/bench.sh. Prints lines of workload, way, and CPU time of the
# process in nanoseconds a value, the median of interleaved rounds.
#
# usage: bench.rb [ROUNDS]

require "json"
require "netchan"

BATCH = 1000
SMALL = {"i" => 123_456, "source" => "bench-producer"}.freeze
RECORD = {
  "id" => 9_007_199_254_740_993,
  "name" => "Ann Example",
  "tags" => %w[alpha beta gamma delta],
  "scores" => (0...40).map { |number| number / 8.0 },
  "address" => {"street" => "Long Street 12", "city" => "Löbau", "zip" => "02708", "geo" => [51.09, 14.66]},
  "active" => true,
  "note" => "x" * 400,
  "next" => nil
}.freeze

exporter = Netchan::Exporter.new("tcp://127.0.0.1:0")
importer = Netchan::Importer.new(exporter.address)
channel = Netchan::Channel.new(BATCH)
sent = exporter.export("bench", :send, capacity: BATCH)
got = importer.import("bench", :recv, capacity: BATCH)
ways = {
  json: ->(value) { BATCH.times { JSON.parse(JSON.generate(value)) } },
  channel: lambda do |value|
    BATCH.times { channel << value }
    BATCH.times { channel.take }
  end,
  tcp: lambda do |value|
    BATCH.times { sent << value }
    BATCH.times { got.take }
  end
}
rounds = Integer(ARGV[0] || 9)
{small: SMALL, record: RECORD}.each do |name, value|
  found = ways.transform_values { [] }
  (rounds + 1).times do
    ways.each do |way, run|
      begun = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond)
      5.times { run.call(value) }
      ended = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond)
      found[way] << (ended - begun) / (5 * BATCH)
    end
  end
  found.each { |way, times| puts "#{name}\t#{way}\t#{times.drop(1).sort[rounds / 2]}" }
end
exporter.close
importer.wait_closed(timeout: 5)
exporter.wait_closed(timeout: 5)
