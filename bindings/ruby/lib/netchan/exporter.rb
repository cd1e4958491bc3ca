# frozen_string_literal: true
# SPDX-License-Identifier: MIT

module Netchan
  # Publishes channels by name on one or more addresses.
  class Exporter < Owner
    # @param url [String, nil] an address to listen on at once
    # @param options those of scope exporter in netchan-options(7): limit_value: 1000,
    #   link_heartbeat: 500
    def initialize(url = nil, **options)
      super()
      @raw = Raw.exporter_new(options_of(options))
      listen(url) if url
    end

    # Accepts importers on an address: tcp://HOST:PORT, unix:/PATH or fd:N. May be repeated.
    #
    # @return [String] the address with the port that was picked
    def listen(url, timeout: nil)
      @raw.listen(url, Netchan.ms(timeout), nil)
      addresses.last
    end

    # The addresses that importers can connect to.
    #
    # @return [Array<String>]
    def addresses
      found = []
      while (address = @raw.address(found.length))
        found << address
      end
      found
    end

    # The first of them.
    def address
      @raw.address(0)
    end

    # Serves one importer over a connected stream socket, which belongs to the library on success; the
    # given object is closed then.
    def serve(socket)
      hand_over(socket) { |fd| @raw.serve_fd(fd) }
      nil
    end

    # Publishes a channel under a name. Without a channel it is made.
    #
    # @param direction [:send, :recv] the program's own
    # @param options those of scope export: keep_open: true, return: false
    # @return [Channel]
    def export(name, direction, channel = nil, capacity: 0, **options)
      channel ||= Channel.new(capacity)
      @raw.publish(name, raw_of(channel), choose(DIRECTIONS, direction, "a direction"),
                   options_of(options))
      channel
    end
  end
end
