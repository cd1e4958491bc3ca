# frozen_string_literal: true
# SPDX-License-Identifier: MIT

module Netchan
  # What went wrong, in the library's words.
  class Error < StandardError
    class << self
      # @return [Integer] the library's number for this class of errors
      attr_reader :code
      # @return [String] the library's name for it, such as "nochannel"
      attr_reader :word
    end

    # The library's number for this error.
    def code
      self.class.code
    end

    # The library's name for this error, such as "nochannel".
    def word
      self.class.word
    end
  end

  # The time given has passed; nothing was done.
  class Timeout < Error; end
  # Ended by the other side's will; nothing is missing.
  class Closed < Error; end
  # Ended by a failure; something may be missing.
  class Lost < Error; end
  # A token ended the wait; nothing was done.
  class Interrupted < Error; end
  # The peer's rights do not allow it.
  class Denied < Error; end
  # There is no channel of that name.
  class NoChannel < Error; end
  # The channel goes the other way.
  class WrongDirection < Error; end
  # The name, or the file, is taken.
  class Exists < Error; end
  # Too much at once; try again later.
  class Busy < Error; end
  # Larger than a limit allows.
  class OverLimit < Error; end
  # Not a legal value.
  class InvalidValue < Error; end
  # No value can be made of an object of this class.
  class WrongType < Error; end
  # An unknown option, or a bad value for one.
  class InvalidOption < Error; end
  # An address that cannot be understood.
  class InvalidURL < Error; end
  # Nobody listens there.
  class Refused < Error; end
  # The peer broke the protocol.
  class ProtocolBroken < Error; end
  # Not in this build or version.
  class NotSupported < Error; end
  # Out of memory.
  class NoMemory < Error; end
  # Out of file descriptors.
  class NoDescriptor < Error; end
  # The object belongs to the parent process.
  class Forked < Error; end
  # The call makes no sense; a bug in the calling program.
  class Misuse < Error; end
  # The system refused an operation.
  class SystemFailure < Error; end
  # A certificate or handshake was not acceptable.
  class TLSFailure < Error; end

  classes = {
    Raw::NETCHAN_TIMEOUT => Timeout,
    Raw::NETCHAN_CLOSED => Closed,
    Raw::NETCHAN_LOST => Lost,
    Raw::NETCHAN_INTERRUPTED => Interrupted,
    Raw::NETCHAN_DENIED => Denied,
    Raw::NETCHAN_NOCHANNEL => NoChannel,
    Raw::NETCHAN_DIRECTION => WrongDirection,
    Raw::NETCHAN_EXISTS => Exists,
    Raw::NETCHAN_BUSY => Busy,
    Raw::NETCHAN_LIMIT => OverLimit,
    Raw::NETCHAN_VALUE => InvalidValue,
    Raw::NETCHAN_TYPE => WrongType,
    Raw::NETCHAN_OPTION => InvalidOption,
    Raw::NETCHAN_URL => InvalidURL,
    Raw::NETCHAN_REFUSED => Refused,
    Raw::NETCHAN_PROTOCOL => ProtocolBroken,
    Raw::NETCHAN_NOTSUP => NotSupported,
    Raw::NETCHAN_NOMEM => NoMemory,
    Raw::NETCHAN_NODESCRIPTOR => NoDescriptor,
    Raw::NETCHAN_FORK => Forked,
    Raw::NETCHAN_USAGE => Misuse,
    Raw::NETCHAN_IO => SystemFailure,
    Raw::NETCHAN_TLS => TLSFailure
  }
  classes.each do |code, error|
    error.instance_variable_set(:@code, code)
    error.instance_variable_set(:@word, Raw.netchan_error_name(code).freeze)
  end
  Raw.set_errors(classes.freeze)
end
