# frozen_string_literal: true
# SPDX-License-Identifier: MIT

module Netchan
  # Binds channels of one exporter.
  class Importer < Owner
    # @param source [String, IO, Integer] an address (tcp://HOST:PORT, unix:/PATH, fd:N), or a connected
    #   stream socket, which belongs to the library on success
    # @param options those of scope importer in netchan-options(7)
    def initialize(source, timeout: nil, **options)
      super()
      limits = [options_of(options), Netchan.ms(timeout), nil]
      @raw = if source.is_a?(String)
               Raw.importer_connect(source, *limits)
             else
               hand_over(source) { |fd| Raw.importer_from_fd(fd, *limits) }
             end
    end

    # Binds a channel to an exported one. Without a channel it is made.
    #
    # @param direction [:send, :recv] the program's own
    # @param size [Integer] how many values the receiving side will hold (0: the default)
    # @param count [Integer] how many values the import is for (-1: no limit)
    # @param options those of scope import: wait: 1000, async: true, window: 65536, keep_open: true,
    #   return: false
    # @return [Channel]
    def import(name, direction, channel = nil, size: 0, count: -1, capacity: 0, timeout: nil, **options)
      channel ||= Channel.new(capacity)
      @raw.bind(name, raw_of(channel), choose(DIRECTIONS, direction, "a direction"), size, count,
                options_of(options), Netchan.ms(timeout), nil)
      channel
    end

    # The names that the exporter shows, with direction and figures; those that contain filter.
    #
    # @return [Array<Hash>]
    def list(filter = "", timeout: nil)
      @raw.list(filter, Netchan.ms(timeout), nil)
    end
  end
end
