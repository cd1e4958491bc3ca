# frozen_string_literal: true
# SPDX-License-Identifier: MIT

module Netchan
  # What a select has done: the case's number, its channel, the value that was received, and, when the
  # channel has ended instead, how: :closed, :lost or the word of another error.
  Choice = Struct.new(:number, :channel, :value, :ended)

  # Waits for the first of several sends and receives. Made once and used many times, by one thread at a
  # time. Fair: cases that are ready take turns.
  #
  #   select = Netchan::Select.new
  #   numbers, words = select.recv(one), select.recv(two)
  #   choice = select.wait(timeout: 5)
  class Select
    # One without cases.
    def initialize
      @raw = Raw.select_new
      @channels = {}
    end

    # Adds a receive.
    #
    # @return [Integer] its number
    def recv(channel)
      keep(@raw.add_recv(raw_of(channel)), channel)
    end

    # Adds a send. Without a value it is off until set gives it one.
    #
    # @return [Integer] its number
    def send(channel, *value)
      raise ArgumentError, "a send has one value" if value.length > 1

      raw = raw_of(channel)
      keep(value.empty? ? @raw.add_send_off(raw) : @raw.add_send(raw, value.first), channel)
    end

    # Gives a send its next value. A send that was chosen is off until then.
    def set(number, value)
      @raw.set(number, value)
      nil
    end

    # Turns a send off until set gives it a value.
    def off(number)
      @raw.set_off(number)
      nil
    end

    # Turns a receive on or off.
    def enable(number, on = true)
      @raw.enable(number, on ? 1 : 0)
      nil
    end

    # Drops a case.
    def remove(number)
      @raw.remove(number)
      @channels.delete(number)
      nil
    end

    # Waits until a case can go ahead, does it, and says which.
    #
    # @return [Choice]
    # @raise [Timeout]
    def wait(timeout: nil)
      number, status, value = @raw.wait(Netchan.ms(timeout), nil)
      ended = status.negative? ? Raw.netchan_error_name(status).to_sym : nil
      Choice.new(number, @channels[number], value, ended)
    end

    private

    def keep(number, channel)
      @channels[number] = channel
      number
    end

    def raw_of(channel)
      raise TypeError, "not a Netchan::Channel: #{channel.inspect}" unless channel.is_a?(Channel)

      channel.raw
    end
  end

  # One wait for the first of several cases: a Channel to receive from, a pair [channel, value] to send
  # to. The choice's number counts the cases from 0.
  #
  # @return [Choice]
  def self.select(*cases, timeout: nil)
    waiting = Select.new
    cases.each { |one| one.is_a?(Array) ? waiting.send(*one) : waiting.recv(one) }
    waiting.wait(timeout: timeout)
  end
end
