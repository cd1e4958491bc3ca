# frozen_string_literal: true
# SPDX-License-Identifier: MIT

module Netchan
  # Seconds, or nil for ever, in the library's milliseconds.
  # @api private
  def self.ms(timeout)
    return -1 if timeout.nil?
    return 0 if timeout <= 0

    timeout < 1e15 ? (timeout * 1000).ceil : -1
  end

  # A bounded queue of values, with any number of senders and receivers. It works without any network;
  # Exporter#export and Importer#import connect it to other programs. With capacity 0 a put returns when
  # a receiver has the value.
  class Channel
    include Enumerable

    # A channel that is closed at the end of the block, whose value is returned.
    def self.open(capacity = 0)
      channel = new(capacity)
      return channel unless block_given?

      begin
        yield channel
      ensure
        channel.close
      end
    end

    # @api private
    def self.of(raw)
      channel = allocate
      channel.instance_variable_set(:@raw, raw)
      channel
    end

    # @api private
    attr_reader :raw

    # @param capacity [Integer] how many values wait in it
    def initialize(capacity = 0)
      @raw = Raw.channel_new(capacity)
    end

    # Puts a value in, waiting for room.
    #
    # @raise [Closed, Lost] the channel has ended
    # @raise [Timeout, InvalidValue, WrongType, OverLimit]
    # @return [self]
    def put(value, timeout: nil)
      @raw.put(value, timeout ? Netchan.ms(timeout) : -1, nil)
      self
    end

    # Puts a value in, waiting for room: channel << 1 << 2
    def <<(value)
      @raw.put(value, -1, nil)
      self
    end

    # Takes a value out, waiting for one. With a count: an Array of that many, or fewer when the channel
    # is closed, as every Enumerable does.
    #
    # @raise [Closed, Lost] the channel has ended and is empty
    # @raise [Timeout]
    def take(count = nil, timeout: nil)
      return super(count) if count

      @raw.take(timeout ? Netchan.ms(timeout) : -1, nil)
    end

    # Puts in the first value, waiting for room, and as many more as there is room for.
    #
    # @param values [Array]
    # @return [Integer] how many were put in
    def put_many(values, timeout: nil)
      @raw.put_many(values.to_a, Netchan.ms(timeout), nil)
    end

    # Takes a value out, waiting for it, and as many more as are there, up to count.
    #
    # @return [Array]
    def take_many(count, timeout: nil)
      @raw.take_many(count, Netchan.ms(timeout), nil)
    end

    # Yields values until the channel is closed. An interrupt, such as Ctrl-C, finds a value either in
    # the channel or in the block's variable.
    #
    # @raise [Lost]
    def each(&block)
      return enum_for(:each) unless block

      Raw.channel_each(@raw, &block)
      self
    end

    # No more values will be sent. Those in the channel stay readable. Never waits.
    def close
      @raw.close
      nil
    end

    # Within the block the channel does not end when its streams end: for a program that merges several
    # imports and binds them all in the block.
    def hold
      @raw.hold
      begin
        yield self
      ensure
        @raw.release
      end
    end

    # How many values can be taken out now.
    def length
      @raw.length
    end
    alias size length

    # Whether nothing can be taken out now.
    def empty?
      length.zero?
    end

    # The capacity given when it was made.
    def capacity
      @raw.capacity
    end

    # @return [Symbol] :open, :closed, :lost, or the word of the error that ended it; values may still be
    #   readable
    def state
      code = @raw.state
      code.zero? ? :open : Raw.netchan_error_name(code).to_sym
    end

    # Whether no more values may be sent.
    def closed?
      !@raw.state.zero?
    end

    # Why it has ended; "" while it has not.
    def cause
      @raw.cause
    end

    # An IO that is readable while a take would not wait, for IO.select and event loops. Never read it.
    # Another thread may be faster, so take with timeout: 0. Under a Fiber scheduler, which a take would
    # hold up, wait with channel.to_io.wait_readable first.
    def to_io
      @to_io ||= IO.for_fd(@raw.fd(Raw::NETCHAN_RECV), autoclose: false)
    end

    # An IO that is *readable* while a put would not wait.
    def to_send_io
      @to_send_io ||= IO.for_fd(@raw.fd(Raw::NETCHAN_SEND), autoclose: false)
    end

    # @return [String] with capacity, length and state
    def inspect
      "#<Netchan::Channel capacity #{capacity}, #{length} in it, #{state}>"
    end
  end
end
