# frozen_string_literal: true
# SPDX-License-Identifier: MIT

module Netchan
  # What exporters and importers have in common.
  class Owner
    DIRECTIONS = {send: Raw::NETCHAN_SEND, recv: Raw::NETCHAN_RECV}.freeze
    LEVELS = {received: Raw::NETCHAN_RECEIVED, taken: Raw::NETCHAN_TAKEN}.freeze
    GROUPS = %w[io limit link policy tls unix].freeze
    private_constant :DIRECTIONS, :LEVELS, :GROUPS

    # One that is closed, and whose links have ended in order, at the end of the block, whose value is
    # returned. Takes what new takes.
    def self.open(*arguments, **options)
      owner = new(*arguments, **options)
      return owner unless block_given?

      begin
        yield owner
      ensure
        owner.wait_closed
      end
    end

    # Forgets a name, ends its streams, closes its channel. Never waits.
    def hangup(name)
      @raw.hangup(name)
      nil
    end

    # Waits until everything that was sent is acknowledged.
    #
    # @param level [:received, :taken]
    # @raise [Lost] something cannot be acknowledged any more
    # @raise [Timeout, Closed]
    def drain(level = :received, timeout: nil)
      @raw.drain(choose(LEVELS, level, "a level"), Netchan.ms(timeout), nil)
      nil
    end

    # Waits until what had been sent when the call began is acknowledged.
    def sync(level = :received, timeout: nil)
      @raw.sync(choose(LEVELS, level, "a level"), Netchan.ms(timeout), nil)
      nil
    end

    # The channel of what went wrong in the background: Hashes with "code", "text" and more.
    #
    # @return [Channel]
    def errors
      @errors ||= Channel.of(@raw.errors)
    end

    # Figures of the moment; netchan_exporter_stats(3) says which.
    #
    # @return [Hash]
    def stats
      @raw.stats
    end

    # Ends everything. Never waits; wait_closed does.
    def close
      @raw.close
      nil
    end

    # Closes, and waits until every link has ended in order.
    def wait_closed(timeout: nil)
      @raw.wait_closed(Netchan.ms(timeout), nil)
      nil
    end

    # @return [String] without figures, which stats has
    def inspect
      "#<#{self.class}>"
    end

    private

    def choose(table, word, what)
      table.fetch(word.to_sym) do
        raise ArgumentError, "#{what} is one of #{table.keys.join(", ")}, not #{word}"
      end
    end

    # A keyword such as link_ack_delay as the library's key: link.ack-delay
    def key_of(word)
      group, rest = word.to_s.split("_", 2)
      return "#{group}.#{rest.tr("_", "-")}" if rest && GROUPS.include?(group)

      word.to_s.tr("_", "-")
    end

    def options_of(words)
      return nil if words.empty?

      options = Raw.options_new
      words.each do |word, value|
        value = value ? "yes" : "no" if [true, false].include?(value)
        options.set(key_of(word), value.to_s)
      end
      options
    end

    def raw_of(channel)
      raise TypeError, "not a Netchan::Channel: #{channel.inspect}" unless channel.is_a?(Channel)

      channel.raw
    end

    # Hands a descriptor to the library, which owns it when the block has succeeded: the library gets a
    # copy, and the IO is closed.
    def hand_over(io)
      return yield io if io.is_a?(Integer)

      copy = io.to_io.dup
      copy.autoclose = false
      begin
        result = yield copy.fileno
      rescue Exception # whatever ends the call, the copy is ours then
        copy.autoclose = true
        copy.close
        raise
      end
      io.close
      result
    end
  end
end
