# frozen_string_literal: true
# SPDX-License-Identifier: MIT

# Channels that work across processes, hosts and languages.
#
# A program exports named channels on an address; other programs import them and send or receive values
# made of nil, true, false, Integer, Float, String, Array and Hash. One side:
#
#   require "netchan"
#
#   Netchan::Exporter.open("tcp://127.0.0.1:7000") do |exporter|
#     numbers = exporter.export("numbers", :send)
#     10.times { |number| numbers << {number: number} }
#     numbers.close
#     exporter.drain(:taken)
#   end
#
# The other side:
#
#   Netchan::Importer.open("tcp://127.0.0.1:7000") do |importer|
#     importer.import("numbers", :recv).each { |value| p value }
#   end
#
# Every call that can wait takes a timeout: in seconds (nil: for ever, 0: do not wait). A wait lets
# other threads run and ends for Thread#raise, Thread#kill, Timeout and Ctrl-C; what ends so has taken
# nothing out. Ruby may raise when a method returns, in the place of what it returned; a program that
# must not lose a value to that takes it with each, which yields it, or, against other threads' raise and
# kill, in
#
#   Thread.handle_interrupt(Object => :on_blocking) { value = channel.take }
#
# Errors are exceptions, all of them derived from Netchan::Error. The rules stand in the manual,
# netchan(7). Ractors other than the main one cannot use the library.
module Netchan
end

require "netchan/raw"
require "netchan/errors"
require "netchan/channel"
require "netchan/owner"
require "netchan/exporter"
require "netchan/importer"
require "netchan/select"

module Netchan
  # The version of the library that this was loaded with.
  VERSION = Raw.netchan_version.freeze

  # The text of a value as it travels.
  #
  # @param value [Object]
  # @return [String] JSON
  def self.dump(value)
    Raw.value_dump(value)
  end

  # The value that a JSON text stands for, by the strict rules of netchan(7).
  #
  # @param text [String]
  # @raise [InvalidValue] with line, column and reason
  def self.parse(text)
    Raw.value_parse(text)
  end

  # What a policy says to a peer that wants to send to or receive from a channel.
  #
  # @param identity [Array<String>] names such as "dns:host.example"
  # @param direction [:send, :recv] as the peer sees it
  # @param options policy, a file, or policy_text, as an exporter takes them
  # @return [Hash] with "allowed", "close", "rule" and "text"
  def self.explain_policy(identity, channel, direction, **options)
    raise InvalidOption, "a policy is needed: policy or policy_text" if options.empty?

    made = Raw.options_new
    options.each { |word, value| made.set(word.to_s.sub("_", "."), value.to_s) }
    made.explain({identity: identity, channel: channel, direction: direction.to_s})
  end

  # Whether this build can do something: "tcp", "unix", "tls", "epoll".
  def self.feature?(name)
    Raw.netchan_feature(name.to_s) == 1
  end
end
