# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# What the tests of the Ruby library share: two ends that meet, threads with results, and results for
# automake's driver.

require "json"
require "minitest"
require "socket"
require "tmpdir"

PLENTY = 60
MOMENT = 0.05
BINDINGS = File.expand_path("../..", __dir__)

# A file that all languages' tests read. Its texts hold NUL characters and lone surrogates, which Ruby's
# JSON reads as they are.
def shared(name)
  JSON.parse(File.read(File.join(BINDINGS, name), encoding: "UTF-8"), max_nesting: false)
end

# An exporter and importers that meet it over a socketpair, a unix socket or TCP.
class Pair
  attr_reader :way, :exporter

  def self.open(way, **options)
    pair = new(way, **options)
    begin
      yield pair
    ensure
      pair.close
    end
  end

  def initialize(way, **options)
    @way = way
    @exporter = Netchan::Exporter.new(**options)
    @importers = []
    case way
    when :unix
      @folder = Dir.mktmpdir
      @exporter.listen("unix:#{@folder}/s")
    when :tcp
      @exporter.listen("tcp://127.0.0.1:0")
    end
  end

  def meet(**options)
    if @way == :pair
      ours, theirs = UNIXSocket.pair
      @exporter.serve(ours)
      importer = Netchan::Importer.new(theirs, timeout: PLENTY, **options)
    else
      importer = Netchan::Importer.new(@exporter.address, timeout: PLENTY, **options)
    end
    @importers << importer
    importer
  end

  def close
    @importers.each(&:close)
    @exporter.wait_closed(timeout: PLENTY)
    @importers.each { |importer| importer.wait_closed(timeout: PLENTY) }
    FileUtils.remove_entry(@folder) if @folder
  end
end

# Runs a block in a thread; value waits for its value, and raises what it raised.
def background(&block)
  thread = Thread.new(&block)
  thread.report_on_exception = false
  thread
end

def result(thread)
  raise "a thread has not ended" unless thread.join(PLENTY)

  thread.value
end

# Looks until the condition holds. Figures of stats have no event that could be waited for.
def eventually
  ending = Process.clock_gettime(Process::CLOCK_MONOTONIC) + PLENTY
  until yield
    raise "a condition has not come true" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > ending

    sleep 0.002
  end
end

# Waits until the thread waits.
def asleep(thread)
  eventually { thread.status == "sleep" || !thread.alive? }
end

# The figures of an open stream, or nil.
def stream(owner, name)
  owner.stats["streams"].find { |entry| entry["name"] == name }
end

# Writes a line for each case to the file that tests/catch-driver reads.
class Results < Minitest::AbstractReporter
  def initialize(path)
    super()
    @file = File.open(path, "a")
    @file.sync = true
  end

  def start
    @file.puts "RUN ruby"
  end

  def name(cls, name)
    way = Object.const_get(cls.to_s).respond_to?(:way) ? Object.const_get(cls.to_s).way : nil
    name.sub(/\Atest_/, "").tr("_", " ") + (way ? ", over #{way}" : "")
  end

  def prerecord(cls, test)
    @file.puts "START #{name(cls, test)}"
  end

  def record(result)
    word = result.passed? ? "PASS" : result.skipped? ? "SKIP" : "FAIL"
    @file.puts "#{word} #{name(result.klass, result.name)}"
  end

  def report
    @file.puts "END ruby"
  end
end

module Minitest
  def self.plugin_netchan_init(_options)
    reporter << Results.new(ENV["NETCHAN_TEST_RESULTS"]) if ENV["NETCHAN_TEST_RESULTS"]
  end
end
Minitest.extensions << "netchan"
